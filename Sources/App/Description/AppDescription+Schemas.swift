import API

// What each answer of the app consists of. A test holds the answers to it.
extension AppService {
    static let schemas = JSON.object(
        publicSchemas.members + householdSchemas.members + aggregatorSchemas.members)

    private static let publicSchemas: JSON = [
        "MarketTime": object(["time": time, "rate": integer]),
        "App": object([
            "name": text, "street": text, "kind": text, "account": address, "chainId": integer,
            "isPaired": flag, "timeZone": text, "version": text,
            "market": reference("MarketTime"),
        ]),
        "Certificate": object([
            "name": text, "fingerprint": text, "names": list(of: text), "notAfter": time,
        ]),
        "Session": object([
            "role": OpenAPI.oneOf("owner", "viewer", "operator"), "name": orNull(text),
            "label": text, "expiresAt": orNull(time),
        ]),
        "Device": object([
            "id": text, "label": text, "role": OpenAPI.oneOf("owner", "viewer"), "madeAt": time,
            "seenAt": time, "expiresAt": time, "isThis": flag,
        ]),
        "Invitation": object([
            "code": text, "url": text, "role": OpenAPI.oneOf("owner", "viewer", "operator"),
            "isLocal": flag, "label": text, "expiresAt": time, "qr": orNull(list(of: text)),
        ]),
        "Standing": object([
            "time": time, "height": integer, "lastBlockTime": time, "stalledSince": orNull(time),
            "answering": orNull(integer), "quorum": integer, "validators": integer,
            "blocksBehind": integer, "aggregatorSince": orNull(time), "deadline": orNull(time),
        ]),
        "Community": object([
            "name": text, "time": time, "market": reference("MarketTime"), "timeZone": text,
            "day": text, "members": integer, "selfSufficiencyPermille": orNull(integer),
            "selfUsePermille": orNull(integer), "price": orNull(amount),
            "sharedTodayWh": orNull(integer), "openOffers": integer, "running": integer,
            "settled": integer, "settledWh": integer, "asOf": time,
            "source": reference("CommunitySource"),
            "standing": reference("Standing"),
            "trades": object([
                "open": integer, "expired": integer, "cancelled": integer, "picked": integer,
                "paid": integer, "delivered": integer, "settled": integer, "refunded": integer,
            ]),
        ]),
        "CommunitySource": object([
            "kind": OpenAPI.oneOf("meters", "aggregator", "none"), "aggregator": orNull(address),
            "until": orNull(time),
        ]),
        "CommunityDay": object([
            "day": text, "startsAt": time, "slots": integer,
            "source": reference("CommunitySource"),
            "items": list(
                of: object([
                    "startsAt": time, "index": integer, "members": integer, "of": integer,
                    "supplyWh": orNull(integer), "needWh": orNull(integer),
                    "sharedWh": orNull(integer), "price": orNull(amount),
                ])),
        ]),
        "Validators": object([
            "quorum": integer, "answering": orNull(integer), "next": orNull(text),
            "items": list(
                of: object([
                    "address": address, "name": orNull(text), "isAnswering": orNull(flag),
                    "lastVoteAt": orNull(time), "lastVoteHeight": orNull(integer),
                    "missedOfLast100": integer,
                ])),
        ]),
        "Event": object([
            "block": integer, "index": integer, "time": time, "contract": address,
            "transaction": hash, "name": orNull(text), "arguments": anything,
        ]),
        "Reason": object(["code": text, "values": anything, "block": orNull(integer)]),
    ]

    private static let householdSchemas: JSON = [
        "Household": object([
            "name": text, "street": text, "account": address, "aggregator": orNull(address),
            "role": orNull(text), "ratedPowerWatts": orNull(integer), "suspended": flag,
            "suspendedSince": orNull(object(["block": integer, "time": time])),
            "suspensionReason": orNull(text),
            "isRegistered": flag, "balance": amount, "escrow": amount, "due": amount,
            "time": time, "market": reference("MarketTime"), "timeZone": text, "day": text,
            "peakWatts": integer, "live": orNull(reference("Live")),
            "today": orNull(object(day.and(sums))),
            "running": list(of: reference("HouseholdTrade")), "tariff": orNull(reference("Tariff")),
            "isTrading": flag, "standing": reference("Standing"), "led": reference("LED"),
            "isNew": flag, "deliverySeconds": integer,
        ]),
        "Live": object([
            "time": time, "marketTime": time, "connectionWatts": integer,
            "generationWatts": orNull(integer), "neighboursWatts": integer, "split": text,
            "splitOf": orNull(text), "importRegisterWh": integer, "exportRegisterWh": integer,
        ]),
        "Tariff": object(["feedIn": amount, "retail": amount]),
        "LED": object([
            "state": text, "steps": integer, "eighths": integer, "colour": text,
            "rows": list(of: text), "sentence": text,
        ]),
        "HouseholdTrade": object([
            "trade": reference("Trade"), "side": orNull(OpenAPI.oneOf("seller", "buyer")),
            "progress": orNull(object(["ownWh": integer, "deadline": orNull(time)])),
            "waiting": orNull(anything), "why": list(of: reference("Reason")),
        ]),
        "Quarter": object([
            "startsAt": time, "index": integer, "isClosed": flag, "flag": text,
            "exportWh": integer, "importWh": integer, "generationWh": orNull(integer),
            "toNeighboursWh": integer, "toGridWh": integer, "fromNeighboursWh": integer,
            "fromGridWh": integer, "earned": amount, "spent": amount, "fee": amount,
            "trades": list(of: integer), "finalAt": orNull(time),
        ]),
        "Day": object([
            "day": text, "startsAt": time, "slots": integer,
            "items": list(of: reference("Quarter")), "previous": orNull(text),
            "next": orNull(text),
        ]),
        "QuarterWhy": object([
            "quarter": reference("Quarter"), "trades": list(of: reference("HouseholdTrade")),
            "answer": list(of: reference("Reason")),
        ]),
        "Days": object([
            "kind": OpenAPI.oneOf("month", "week"), "month": text, "week": text,
            "startsAt": time, "days": list(of: text), "months": list(of: text),
            "previous": orNull(text), "next": orNull(text),
            "sums": object(sums.and(compared)),
            "items": list(of: object(day.and(["slots": integer]).and(sums))),
        ]),
        "Statement": object([
            "version": integer, "month": text, "household": text, "street": text,
            "account": address, "timeZone": text, "chainId": integer, "genesisHash": hash,
            "madeAt": time, "height": integer, "blockHash": hash, "isWhole": flag,
            "tariff": orNull(reference("Tariff")), "sums": object(sums.and(compared)),
            "items": list(
                of: object([
                    "trade": integer, "side": text, "counterparty": orNull(address),
                    "state": text, "time": orNull(time), "energyWh": integer,
                    "deliveredWh": integer, "amount": amount, "fee": amount, "returned": amount,
                    "savedAgainstRetail": orNull(signed), "blocks": list(of: integer),
                ])),
        ]),
        "Suggestion": object([
            "energyWh": integer, "price": amount, "minutes": integer, "reason": text,
        ]),
        "Rules": object([
            "isEnabled": flag, "sellFrom": amount, "askUpTo": amount, "buyUpTo": amount,
            "reserve": amount, "mostPerDay": amount, "lotWh": integer, "effectiveAt": time,
            "changedAt": orNull(time), "previous": orNull(anything),
        ]),
        "NamedNeighbour": object([
            "address": address, "name": orNull(text), "role": text, "isFavourite": flag,
            "giftPermille": integer,
        ]),
        "OwnPurchases": object([
            "limitPerDay": orNull(amount), "reference": text, "next": orNull(text),
            "items": list(
                of: object([
                    "number": integer, "amount": amount, "reference": text,
                    "status": OpenAPI.oneOf("open", "sold", "declined", "cancelled"),
                    "reason": orNull(text), "orderedAt": time, "closedAt": orNull(time),
                    "transaction": hash, "block": integer,
                ])),
        ]),
        "OwnMeter": object([
            "meter": address, "source": OpenAPI.oneOf("manual", "profile"), "isSetByHand": flag,
            "leastWatts": integer, "mostWatts": integer, "time": time, "powerWatts": integer,
            "importRegisterWh": integer, "exportRegisterWh": integer,
            "aggregator": orNull(anything),
        ]),
    ]

    private static let aggregatorSchemas: JSON = [
        "Office": object([
            "name": text, "street": text, "account": address, "time": time, "timeZone": text,
            "market": reference("MarketTime"), "members": integer, "troubled": integer,
            "openPurchases": integer, "running": integer, "lateDeliveries": integer,
            "standing": reference("Standing"),
        ]),
        "MemberMeter": object([
            "member": address, "name": text, "meteringPoint": text, "meter": address,
            "role": text, "state": OpenAPI.oneOf("ok", "late", "silent"),
            "reasons": list(of: object(["code": text, "values": anything])),
            "lastReadingAt": orNull(time), "powerWatts": orNull(integer),
            "importRegisterWh": integer, "exportRegisterWh": integer, "clockSkewSeconds": integer,
        ]),
        "MeterDay": object([
            "day": text, "startsAt": time, "slots": integer,
            "items": list(
                of: object([
                    "startsAt": time, "index": integer, "isClosed": flag, "flag": text,
                    "exportWh": integer, "importWh": integer,
                ])),
        ]),
        "OfficeMember": object([
            "address": address, "name": text, "meteringPoint": text, "role": text,
            "meterKey": address, "ratedPowerWatts": integer, "suspended": flag,
            "balance": amount, "since": time, "signedInAt": orNull(time),
            "history": list(of: object(action)),
        ]),
        "Action": object(action.and(["name": text])),
        "MemberInvitation": object([
            "id": text, "name": text, "meteringPoint": text, "role": memberRole,
            "ratedPowerWatts": integer, "operator": text, "madeAt": time, "expiresAt": time,
            "account": orNull(address),
        ]),
        "MemberCode": object([
            "id": text, "code": text, "name": text, "expiresAt": time, "at": orNull(text),
            "fingerprint": orNull(hash),
        ]),
        "Registration": object([
            "account": address, "name": text, "role": memberRole, "ratedPowerWatts": integer,
            "isFinal": flag,
        ]),
        "Operator": object([
            "name": text, "madeAt": time, "devices": integer, "seenAt": orNull(time),
            "isThis": flag,
        ]),
        "OfficeOrder": object([
            "buyer": address, "name": text, "number": integer, "amount": amount,
            "reference": text, "orderedAt": orNull(time), "why": text,
        ]),
        "Delivery": object([
            "trade": integer, "seller": address, "sellerName": text, "buyer": address,
            "buyerName": text, "energyWh": integer, "sellerWh": integer, "buyerWh": integer,
            "deadline": time,
            "blockedBy": orNull(OpenAPI.oneOf("not-final", "seller-silent", "buyer-silent")),
        ]),
        "OfficeMonth": object([
            "month": text, "months": list(of: text), "settled": integer, "settledWh": integer,
            "refunded": integer, "fees": amount, "tokensSold": amount, "float": amount,
            "minted": amount, "burned": amount, "balances": amount, "escrow": amount,
            "mints": list(
                of: object([
                    "time": time, "amount": amount, "block": integer, "reference": text,
                ])),
        ]),
    ]

    static let memberRole = OpenAPI.oneOf("prosumer", "consumer")

    private static let day: Members = ["day": text]
    private static let sums: Members = [
        "missing": integer, "toNeighboursWh": integer, "toGridWh": integer,
        "fromNeighboursWh": integer, "fromGridWh": integer, "earned": amount, "spent": amount,
        "fee": amount,
    ]
    private static let compared: Members = [
        "alone": orNull(signed), "actual": orNull(signed),
    ]
    private static let action: Members = [
        "at": time, "operator": text, "what": text, "member": orNull(address),
        "values": anything, "reason": orNull(text),
        "outcome": orNull(OpenAPI.oneOf("done", "refused")), "refusal": orNull(text),
    ]
}

/// Members of an object and their schemas, in order.
private struct Members: ExpressibleByDictionaryLiteral {
    var all: [JSON.Member]

    init(dictionaryLiteral elements: (String, JSON)...) {
        all = elements.map { JSON.Member($0.0, $0.1) }
    }

    func and(_ others: Members) -> Members {
        var sum = self
        sum.all += others.all
        return sum
    }
}

private let text = OpenAPI.text
private let integer = OpenAPI.integer
private let flag = OpenAPI.flag
private let hash = OpenAPI.hash
private let address = OpenAPI.address
private let amount = OpenAPI.amount
private let signed = OpenAPI.signedAmount
private let time = OpenAPI.time
private let anything: JSON = ["type": "object"]

private func object(_ members: Members) -> JSON { OpenAPI.object(members.all) }
private func list(of schema: JSON) -> JSON { OpenAPI.list(of: schema) }
private func orNull(_ schema: JSON) -> JSON { OpenAPI.orNull(schema) }
private func reference(_ name: String) -> JSON { OpenAPI.reference(name) }
