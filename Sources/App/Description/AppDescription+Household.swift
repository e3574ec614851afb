import API

// What a household's app answers.
extension AppService {
    static let householdPaths: [PathDescription] = [
        PathDescription(
            "GET", "/household", "All that the first page needs", for: .visitor,
            ["200": OpenAPI.reference("Household")]),
        PathDescription(
            "GET", "/household/events",
            "What happens, as it comes: beat, power, step, delivery, rules, led, standing, day, reset",
            for: .visitor, ["200": OpenAPI.text], type: "text/event-stream", query: ["last"],
            headers: ["last-event-id"], codes: ["503": ["busy"]]),
        PathDescription(
            "GET", "/household/quarters",
            "A day's quarters of an hour, of today unless one is named",
            for: .visitor, ["200": OpenAPI.reference("Day")], query: ["day"]),
        PathDescription(
            "GET", "/household/quarters/{startsAt}/why", "Why a quarter came out as it did",
            for: .visitor, ["200": OpenAPI.reference("QuarterWhy")]),
        PathDescription(
            "GET", "/household/days",
            "The days of a month or a week, of this month unless another is named",
            for: .visitor, ["200": OpenAPI.reference("Days")], query: ["month", "week"]),
        PathDescription(
            "GET", "/household/statements/{month}", "A month's statement",
            for: .visitor, ["200": OpenAPI.reference("Statement")]),
        PathDescription(
            "GET", "/household/statements/{period}.csv",
            "A month, week or day as a table: a row a quarter of an hour", for: .visitor,
            ["200": OpenAPI.text], type: "text/csv", headers: ["accept-language"]),
        PathDescription(
            "GET", "/household/trades/{id}", "An offer or trade, and the household's part in it",
            for: .visitor, ["200": OpenAPI.reference("HouseholdTrade")]),
        PathDescription(
            "GET", "/household/suggestion", "What could be offered now; 204 if nothing",
            for: .visitor, ["200": OpenAPI.reference("Suggestion"), "204": nil]),
        PathDescription(
            "GET", "/household/rules", "The rules by which the node trades, with a tag",
            for: .visitor, ["200": OpenAPI.reference("Rules")]),
        PathDescription(
            "PUT", "/household/rules", "Changes some of them", for: .owner,
            ["200": OpenAPI.reference("Rules")], headers: ["if-match"],
            body: OpenAPI.object(
                [
                    "isEnabled": OpenAPI.flag, "sellFrom": OpenAPI.amount,
                    "askUpTo": OpenAPI.amount, "buyUpTo": OpenAPI.amount,
                    "reserve": OpenAPI.amount, "mostPerDay": OpenAPI.amount,
                    "lotWh": OpenAPI.integer,
                ],
                optional: [
                    "isEnabled", "sellFrom", "askUpTo", "buyUpTo", "reserve", "mostPerDay", "lotWh",
                ]), codes: ["412": ["changed"]]),
        PathDescription(
            "GET", "/household/neighbours", "The other households, and what this one calls them",
            for: .visitor, ["200": OpenAPI.page(of: OpenAPI.reference("NamedNeighbour"))]),
        PathDescription(
            "PUT", "/household/neighbours/{address}",
            "Names one, and says what part of the surplus is given to it", for: .owner,
            ["204": nil],
            body: OpenAPI.object(
                [
                    "name": OpenAPI.text, "isFavourite": OpenAPI.flag,
                    "giftPermille": OpenAPI.integer,
                ], optional: ["isFavourite", "giftPermille"]), codes: ["409": ["too-much-given"]]),
        PathDescription(
            "GET", "/household/purchases", "The orders of tokens in the last blocks", for: .visitor,
            ["200": OpenAPI.reference("OwnPurchases")], codes: ["503": ["busy"]]),
        PathDescription(
            "GET", "/household/meter", "What the meter shows, and within what it can be set",
            for: .visitor, ["200": OpenAPI.reference("OwnMeter")], codes: ["503": ["busy"]]),
        PathDescription(
            "GET", "/led", "The matrix of lamps", for: .visitor, ["200": OpenAPI.reference("LED")]),
        PathDescription(
            "GET", "/meter", "What the household's meter shows", for: .visitor,
            ["200": OpenAPI.reference("Meter")], codes: ["503": ["busy"]]),
        PathDescription(
            "POST", "/meter", "Sets a manual meter", for: .owner, ["204": nil],
            body: OpenAPI.object(["powerWatts": OpenAPI.integer])),
    ]

    /// What becomes a transaction: 201 once it is final, 202 after ten seconds without.
    static let orderPaths: [PathDescription] = [
        order(
            "POST", "/household/offers", "Offers energy", number: "trade",
            body: OpenAPI.object(
                [
                    "energyWh": OpenAPI.integer, "price": OpenAPI.amount,
                    "forSeconds": OpenAPI.integer,
                    "recipient": OpenAPI.orNull(OpenAPI.address),
                ], optional: ["forSeconds", "recipient"]),
            codes: [
                "403": ["not-consumer", "suspended"], "422": ["above-rated-power", "key-used"],
                "503": ["busy", "not-final"],
            ]),
        order(
            "DELETE", "/household/offers/{id}", "Takes an offer back", number: "trade",
            codes: [
                "403": ["suspended"], "409": ["offer-taken"], "422": ["key-used"],
                "503": ["busy", "not-final"],
            ]),
        order(
            "POST", "/household/picks", "Buys what an offer offers, at the price that was seen",
            number: "trade",
            body: OpenAPI.object(["trade": OpenAPI.integer, "price": OpenAPI.amount]),
            codes: [
                "403": ["suspended"],
                "409": ["offer-taken", "expired", "own-offer", "for-another", "too-few-tokens"],
                "422": ["key-used"], "503": ["busy", "not-final"],
            ]),
        order(
            "POST", "/household/purchases", "Orders tokens of the aggregator", number: "number",
            body: OpenAPI.object(
                ["amount": OpenAPI.amount, "reference": OpenAPI.text], optional: ["reference"]),
            codes: [
                "403": ["suspended"], "409": ["purchase-open"], "422": ["key-used"],
                "503": ["busy", "not-final"],
            ]),
        order(
            "DELETE", "/household/purchases/{number}", "Takes the open order back",
            number: "number",
            codes: ["403": ["suspended"], "422": ["key-used"], "503": ["busy", "not-final"]]),
    ]

    private static func order(
        _ method: String, _ path: String, _ summary: String, number: String, body: JSON? = nil,
        codes: KeyValuePairs<String, [String]>
    ) -> PathDescription {
        let done = OpenAPI.object([
            number: OpenAPI.orNull(OpenAPI.integer), "transaction": OpenAPI.hash,
        ])
        let waiting = OpenAPI.object([
            number: OpenAPI.orNull(OpenAPI.integer), "transaction": ["type": "null"],
        ])
        return PathDescription(
            method, path, summary, for: .owner, ["201": done, "202": waiting],
            headers: ["idempotency-key"], body: body,
            codes: codes)
    }
}
