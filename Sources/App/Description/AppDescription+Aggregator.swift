import API

// What the operator's console answers.
extension AppService {
    static let aggregatorPaths: [PathDescription] = [
        PathDescription(
            "GET", "/aggregator", "The overview", for: .visitor,
            ["200": OpenAPI.reference("Office")]),
        PathDescription(
            "GET", "/aggregator/meters", "The members' meters, those in trouble first",
            for: .visitor,
            ["200": OpenAPI.page(of: OpenAPI.reference("MemberMeter"))]),
        PathDescription(
            "GET", "/aggregator/meters/{meter}/quarters",
            "A day of one meter, of today unless one is named", for: .visitor,
            ["200": OpenAPI.reference("MeterDay")], query: ["day"]),
        PathDescription(
            "GET", "/aggregator/quarters",
            "A day of all households together, of today unless one is named", for: .visitor,
            ["200": OpenAPI.reference("CommunityDay")], query: ["day"]),
        PathDescription(
            "GET", "/aggregator/members", "The members, with what was done about each",
            for: .visitor, ["200": OpenAPI.page(of: OpenAPI.reference("OfficeMember"))],
            query: ["limit", "cursor"]),
        act(
            "POST", "/aggregator/members", "Registers a member",
            body: OpenAPI.object(
                [
                    "account": OpenAPI.address, "meterKey": OpenAPI.address,
                    "certificateHash": OpenAPI.hash,
                    "role": memberRole,
                    "ratedPowerWatts": OpenAPI.integer, "name": OpenAPI.text,
                    "meteringPoint": OpenAPI.text,
                ], optional: ["name", "meteringPoint"]),
            codes: ["409": ["already-registered"], "422": ["key-used"], "503": ["busy"]]),
        act(
            "PATCH", "/aggregator/members/{address}",
            "Suspends a member, lets one back in, or names one",
            body: OpenAPI.object(
                [
                    "suspended": OpenAPI.flag, "name": OpenAPI.text,
                    "meteringPoint": OpenAPI.text, "reason": OpenAPI.text,
                ], optional: ["suspended", "name", "meteringPoint"]),
            codes: ["422": ["reason-missing", "key-used"], "503": ["busy"]]),
        PathDescription(
            "GET", "/aggregator/purchases", "The open orders of tokens", for: .visitor,
            ["200": OpenAPI.page(of: OpenAPI.reference("OfficeOrder"))]),
        act(
            "POST", "/aggregator/purchases/{buyer}/sale", "Sells what a member ordered",
            body: OpenAPI.object(["number": OpenAPI.integer], optional: ["number"]),
            codes: ["422": ["key-used"], "503": ["busy"]]),
        act(
            "POST", "/aggregator/purchases/{buyer}/refusal", "Declines what a member ordered",
            body: OpenAPI.object(
                ["number": OpenAPI.integer, "reason": OpenAPI.text], optional: ["number"]),
            codes: ["422": ["reason-missing", "key-used"], "503": ["busy"]]),
        PathDescription(
            "GET", "/aggregator/deliveries", "The running deliveries, and what holds them up",
            for: .visitor, ["200": OpenAPI.page(of: OpenAPI.reference("Delivery"))]),
        PathDescription(
            "GET", "/aggregator/months/{month}", "A month in figures, latest for this one",
            for: .visitor, ["200": OpenAPI.reference("OfficeMonth")], codes: ["503": ["busy"]]),
        PathDescription(
            "GET", "/aggregator/months/{month}.csv",
            "A month as a table: a row a household, and one for all", for: .visitor,
            ["200": OpenAPI.text], type: "text/csv", headers: ["accept-language"]),
        PathDescription(
            "GET", "/aggregator/audit", "Who did what, and what came of it", for: .visitor,
            ["200": OpenAPI.page(of: OpenAPI.reference("Action"))], query: ["limit", "cursor"]),
    ]

    /// Who is to become a member, and who an operator.
    static let admissionPaths: [PathDescription] = [
        PathDescription(
            "GET", "/aggregator/invitations", "The households that are invited, and no members yet",
            for: .visitor, ["200": OpenAPI.page(of: OpenAPI.reference("MemberInvitation"))]),
        PathDescription(
            "POST", "/aggregator/invitations",
            "Invites a household: the code is told once, and by default good for 14 days",
            for: .operator, ["201": OpenAPI.reference("MemberCode")],
            body: OpenAPI.object(
                [
                    "name": OpenAPI.text, "meteringPoint": OpenAPI.text, "role": memberRole,
                    "ratedPowerWatts": OpenAPI.integer, "days": OpenAPI.integer,
                ], optional: ["meteringPoint", "days"]),
            codes: ["409": ["too-many-invitations"]]),
        PathDescription(
            "DELETE", "/aggregator/invitations/{id}", "Takes an invitation back", for: .operator,
            ["204": nil]),
        PathDescription(
            "POST", "/registrations",
            "A household hands in its keys with its code: 201 once it is registered, 202 before",
            for: .anyone,
            [
                "201": OpenAPI.reference("Registration"), "202": OpenAPI.reference("Registration"),
            ],
            body: OpenAPI.object([
                "code": OpenAPI.text, "account": OpenAPI.address, "meterKey": OpenAPI.address,
                "certificateHash": OpenAPI.hash, "accountSignature": OpenAPI.data,
                "meterSignature": OpenAPI.data,
            ]),
            codes: [
                "401": ["wrong-code"],
                "409": ["already-registered", "code-used", "not-registered"],
                "410": ["code-expired"], "422": ["wrong-signature"], "429": ["paused"],
                "503": ["busy"],
            ]),
        PathDescription(
            "GET", "/aggregator/operators", "Who runs the aggregator", for: .visitor,
            ["200": OpenAPI.page(of: OpenAPI.reference("Operator"))]),
        PathDescription(
            "POST", "/aggregator/operators",
            "A code for another operator, who chooses a password with it", for: .operator,
            ["201": OpenAPI.reference("Invitation")],
            body: OpenAPI.object(["operator": OpenAPI.text]), codes: ["409": ["operator-exists"]]),
        PathDescription(
            "DELETE", "/aggregator/operators/{name}", "Removes an operator, and ends its sessions",
            for: .operator, ["204": nil], codes: ["409": ["last-operator"]]),
    ]

    /// What operators do: 200 once it is final, 202 after ten seconds without.
    private static func act(
        _ method: String, _ path: String, _ summary: String, body: JSON,
        codes: KeyValuePairs<String, [String]>
    ) -> PathDescription {
        PathDescription(
            method, path, summary, for: .operator,
            [
                "200": OpenAPI.object(["transaction": OpenAPI.orNull(OpenAPI.hash)]),
                "202": OpenAPI.object(["transaction": ["type": "null"]]),
            ], headers: ["idempotency-key"], body: body, codes: codes)
    }
}
