// What each answer of `/api/v1` consists of. A test holds every answer to it.
extension OpenAPI {
    static let schemas: JSON = [
        "Status": object([
            "name": text, "role": text, "account": address, "version": text,
            "chainId": integer, "genesisHash": hash, "height": integer, "blockHash": hash,
            "stateRoot": hash, "lastBlockTime": time, "lastBlockAgeSeconds": integer,
            "stalledSince": orNull(time), "highestBlock": integer, "blocksBehind": integer,
            "pendingTransactions": integer, "marketTime": time,
            "peers": list(
                of: object([
                    "account": address, "role": text, "height": orNull(integer),
                ])),
        ]),
        "Genesis": object([
            "chainId": integer, "name": text, "hash": hash, "time": time,
            "tokenName": text, "tokenSymbol": text, "tokenDecimals": integer,
            "marketClockRate": integer, "aggregatorFeeMillionths": integer,
            "deliveryWindowSeconds": integer, "sellerSharePerMille": integer,
        ]),
        "Block": object([
            "number": integer, "hash": hash, "parentHash": hash, "time": time,
            "proposer": address, "stateRoot": hash, "round": integer, "seals": integer,
            "gasUsed": integer, "sizeBytes": integer, "transactions": list(of: hash),
        ]),
        "Transaction": [
            "oneOf": [
                reference("FinalTransaction"), reference("PendingTransaction"),
                reference("DroppedTransaction"),
            ]
        ],
        "FinalTransaction": object([
            "hash": hash, "status": oneOf("final", "failed"), "reason": orNull(text),
            "from": address, "to": orNull(address), "nonce": integer,
            "function": orNull(text), "data": data, "block": integer, "blockHash": hash,
            "index": integer, "time": time, "gasUsed": integer,
        ]),
        "PendingTransaction": object(
            [
                "hash": hash, "status": oneOf("pending"), "reason": orNull(text),
                "from": address, "to": orNull(address), "nonce": integer, "data": data,
            ], optional: ["reason", "from", "to", "nonce", "data"]),
        "DroppedTransaction": object([
            "hash": hash, "status": oneOf("dropped"), "reason": text, "detail": text,
            "from": address, "to": orNull(address), "nonce": integer, "data": data, "time": time,
        ]),
        "Trace": object([
            "hash": hash, "node": text, "role": text, "account": address,
            "source": orNull(oneOf(TransactionTrace.Source.allCases.map(\.rawValue))),
            "block": orNull(integer), "round": orNull(integer),
            "stages": list(
                of: object([
                    "stage": oneOf(TransactionTrace.Stage.allCases.map(\.rawValue)), "time": time,
                    "microseconds": integer,
                ])),
        ]),
        "Account": object([
            "address": address, "nonce": integer, "balance": amount, "trades": integer,
            "forgottenTrades": integer, "role": orNull(text), "suspended": orNull(flag),
        ]),
        "Transfer": object([
            "block": integer, "time": time, "from": orNull(address),
            "to": orNull(address), "amount": amount,
        ]),
        "Member": object([
            "address": address, "role": text, "meterKey": orNull(address),
            "ratedPowerWatts": integer, "suspended": flag, "balance": amount,
        ]),
        "Trade": trade,
        "Market": object([
            "offers": object(of: integer, "open", "expired", "cancelled"),
            "trades": object(of: integer, "picked", "paid", "delivered", "settled", "refunded"),
            "settledWh": integer, "tokens": reference("Tokens"), "height": integer,
        ]),
        "Tokens": object(of: amount, "minted", "burned", "escrow", "balances"),
        "Purchase": object([
            "buyer": address, "number": integer, "status": text, "seller": orNull(address),
            "amount": amount, "reference": text,
        ]),
        "Contract": object(["name": text, "address": address]),
        "ABI": list(of: ["type": "object"]),
        "Meter": object([
            "meter": address, "time": time, "importRegisterWh": integer,
            "exportRegisterWh": integer, "powerWatts": integer,
        ]),
        "Problem": problemSchema,
    ]

    /// Beside a code stand the members that belong to it.
    private static let problemSchema = object(
        [
            "type": text, "title": text, "status": integer, "detail": text, "reason": text,
            "code": text, "until": time, "since": time, "triesLeft": integer, "number": integer,
            "mostWh": integer, "mostPermille": integer, "needed": amount, "balance": amount,
            "seller": address,
            "nextPrice": orNull(amount),
        ],
        optional: [
            "detail", "reason", "code", "until", "since", "triesLeft", "number", "mostWh",
            "mostPermille",
            "needed", "balance", "seller", "nextPrice",
        ])

    private static let trade = object([
        "id": integer, "state": text, "seller": address, "recipient": orNull(address),
        "buyer": orNull(address),
        "energyWh": integer, "price": amount, "offeredAt": time,
        "expiresAt": orNull(time), "deliveredWh": integer, "sellerAmount": amount,
        "fee": amount, "returned": amount, "burned": amount,
        "steps": list(
            of: object([
                "step": text, "block": integer, "time": time, "marketTime": time,
                "transaction": hash,
            ])),
    ])

    package static let text: JSON = ["type": "string"]
    package static let integer: JSON = ["type": "integer"]
    package static let flag: JSON = ["type": "boolean"]
    package static let hash = pattern("^0x[0-9a-f]{64}$")
    package static let address = pattern("^0x[0-9a-f]{40}$")
    package static let amount = pattern("^[0-9]+$")
    /// An amount that may be negative.
    package static let signedAmount = pattern("^-?[0-9]+$")
    package static let data = pattern("^0x([0-9a-f]{2})*$")
    package static let time: JSON = ["type": "string", "format": "date-time"]

    private static func pattern(_ expression: String) -> JSON {
        ["type": "string", "pattern": .string(expression)]
    }

    package static func oneOf(_ texts: String...) -> JSON { oneOf(texts) }

    private static func oneOf(_ texts: [String]) -> JSON {
        ["type": "string", "enum": .array(texts.map { .string($0) })]
    }

    package static func orNull(_ schema: JSON) -> JSON { ["oneOf": [schema, ["type": "null"]]] }

    package static func list(of schema: JSON) -> JSON { ["type": "array", "items": schema] }

    package static func reference(_ schema: String) -> JSON {
        ["$ref": .string("#/components/schemas/\(schema)")]
    }

    /// An object with these members and no others; each must be there unless it is `optional`.
    package static func object(
        _ members: KeyValuePairs<String, JSON>, optional: [String] = []
    ) -> JSON {
        object(members.map { JSON.Member($0.key, $0.value) }, optional: optional)
    }

    package static func object(_ members: [JSON.Member], optional: [String] = []) -> JSON {
        let required = members.map(\.name).filter { !optional.contains($0) }
        return [
            "type": "object", "properties": .object(members),
            "required": .array(required.map { .string($0) }), "additionalProperties": false,
        ]
    }

    /// An object whose members, all of them required, fit one schema.
    private static func object(of schema: JSON, _ names: String...) -> JSON {
        [
            "type": "object", "properties": .object(names.map { JSON.Member($0, schema) }),
            "required": .array(names.map { .string($0) }), "additionalProperties": false,
        ]
    }
}
