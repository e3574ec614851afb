/// The description of `/api/v1` for programs (OpenAPI 3.1).
package enum OpenAPI {
    /// What every node answers.
    static let document: String = written(with: nil)

    /// What a node answers that has an app, too.
    static func written(with app: AppDescription?) -> String {
        var (paths, schemas) = (Self.paths, Self.schemas)
        if let app {
            for path in app.paths { add(path, to: &paths) }
            schemas = .object(members(of: schemas) + members(of: app.schemas))
        }
        let json: JSON = [
            "openapi": "3.1.0",
            "info": [
                "title": "Busbar", "version": "1",
                "description": .string(
                    "Amounts are decimal strings of token base units (6 decimals), energy is in Wh, "
                        + "times are RFC 3339 in UTC. Lists are paged by limit and cursor."),
            ],
            "servers": [["url": "/api/v1"]], "paths": .object(paths),
            "components": [
                "schemas": schemas, "responses": ["Problem": problem],
                "securitySchemes": app == nil ? [:] : securitySchemes,
            ],
        ]
        return String(decoding: json.encoded, as: UTF8.self)
    }

    /// Puts what the app says of a path beside what REST says of its other methods.
    private static func add(_ path: PathDescription, to paths: inout [JSON.Member]) {
        let method = JSON.Member(path.method.lowercased(), path.operation)
        guard let index = paths.firstIndex(where: { $0.name == path.path }) else {
            return paths.append(JSON.Member(path.path, .object([method])))
        }
        let others = members(of: paths[index].value).filter { $0.name != method.name }
        paths[index] = JSON.Member(path.path, .object(others + [method]))
    }

    private static func members(of value: JSON) -> [JSON.Member] {
        if case .object(let members) = value { members } else { [] }
    }

    private static let securitySchemes: JSON = [
        "session": [
            "type": "apiKey", "in": "cookie", "name": "busbar-ACCOUNT",
            "description": .string(
                "the cookie that signing in sets; what changes something carries x-busbar: 1 beside it"
            ),
        ],
        "token": [
            "type": "http", "scheme": "bearer",
            "description": "the token in the node's directory, for its owner's programs",
        ],
    ]

    private static let paths: [JSON.Member] =
        [
            get("/status", "How the node and its chain stand", "Status"),
            get("/genesis", "What the chain began with", "Genesis"),
            list("/blocks", "The last blocks", "Block"),
            get("/blocks/{block}", "A block by height or hash, or latest", "Block"),
            list("/blocks/{block}/transactions", "A block's transactions", "Transaction"),
            transactions,
            get(
                "/transactions/{hash}", "A transaction, pending, final or failed", "Transaction",
                query: ["wait", "timeout"]),
            get(
                "/transactions/{hash}/trace",
                "When a transaction reached each stage of its way through this node, by the node's "
                    + "own clock; for the last \(TransactionTrace.remembered) that it has seen",
                "Trace"),
            get("/accounts/{address}", "An account", "Account"),
            list("/accounts/{address}/transactions", "What an account sent", "Transaction"),
            list("/accounts/{address}/transfers", "An account's movements of tokens", "Transfer"),
            list("/members", "The community's members", "Member", query: ["role"]),
            get("/members/{address}", "A member", "Member"),
            list(
                "/offers",
                "The open offers, newest first; those whose recipient is nobody, which anyone may "
                    + "pick, the cheapest first", "Trade",
                query: ["seller", "recipient"]),
            get("/offers/{id}", "An offer and what came of it", "Trade"),
            list(
                "/trades", "Offers and trades, newest first", "Trade",
                query: ["state", "party", "seller", "buyer", "recipient"]),
            get("/trades/{id}", "A trade with each step's block and time", "Trade"),
            get("/market", "The market in figures", "Market"),
            get("/tokens", "The tokens minted, burned, held and in escrow", "Tokens"),
            list("/tokens/purchases", "The open purchases of tokens", "Purchase"),
            list("/contracts", "The native contracts", "Contract"),
            get("/contracts/{name}/abi", "A contract's ABI", "ABI"),
            events, meter,
        ]

    private static func get(
        _ path: String, _ summary: String, _ schema: String, query: [String] = []
    ) -> JSON.Member {
        JSON.Member(path, ["get": operation(summary, ["200": reference(schema)], path, query)])
    }

    private static func list(
        _ path: String, _ summary: String, _ schema: String, query: [String] = []
    ) -> JSON.Member {
        let page = page(of: reference(schema))
        return JSON.Member(
            path, ["get": operation(summary, ["200": page], path, query + ["limit", "cursor"])])
    }

    /// A page of a list.
    package static func page(of schema: JSON) -> JSON {
        let next: JSON = ["type": ["string", "null"], "description": "the next page's cursor"]
        return object(["items": list(of: schema), "next": next])
    }

    /// What a path does, and what it answers by status, of `type`; nothing where the schema is null.
    static func operation(
        _ summary: String, _ answers: KeyValuePairs<String, JSON>, _ path: String,
        _ query: [String] = [], headers: [String] = [], type: String = "application/json",
        problems: [(status: String, codes: [String])] = []
    ) -> JSON {
        let names = path.split(separator: "/").filter { $0.hasPrefix("{") }
            .map { String($0.dropFirst().prefix { $0 != "}" }) }
        var parameters = names.map { parameter($0, in: "path") }
        parameters += query.map { parameter($0, in: "query") }
        parameters += headers.map { parameter($0, in: "header") }
        let responses = answers.map { status, schema -> JSON.Member in
            let answer: JSON = ["description": .string(summary)]
            guard schema != .null else { return JSON.Member(status, answer) }
            let content = JSON.object([JSON.Member(type, ["schema": schema])])
            return JSON.Member(status, answer.adding(["content": content]))
        }
        let refusals = problems.map { status, codes in
            JSON.Member(
                status,
                [
                    "description": .string(
                        "A problem whose code is " + codes.joined(separator: ", ")),
                    "x-codes": .array(codes.map { .string($0) }),
                    "content": ["application/problem+json": ["schema": reference("Problem")]],
                ])
        }
        return [
            "summary": .string(summary), "parameters": .array(parameters),
            "responses": JSON.object(responses + refusals).adding([
                "default": ["$ref": "#/components/responses/Problem"]
            ]),
        ]
    }

    private static func parameter(_ name: String, in place: String) -> JSON {
        [
            "name": .string(name), "in": .string(place), "required": .bool(place == "path"),
            "schema": ["type": "string"],
        ]
    }

    private static let transactions = JSON.Member(
        "/transactions",
        [
            "post": operation(
                "Takes a signed transaction; 202 while it is pending",
                ["200": reference("FinalTransaction"), "202": reference("PendingTransaction")],
                "/transactions", ["wait", "timeout"]
            ).adding(["requestBody": body("raw", "string")])
        ])

    private static let events = JSON.Member(
        "/events",
        [
            "get": [
                "summary": "Final blocks and market events, as they come",
                "responses": [
                    "200": [
                        "description": .string(
                            "Server-sent events named block and market; gap tells of blocks that "
                                + "lie too far back, end from which block on to go on"),
                        "content": ["text/event-stream": ["schema": ["type": "string"]]],
                    ]
                ],
            ]
        ])

    private static let meter = JSON.Member(
        "/meter",
        [
            "get": operation(
                "What the household's meter shows", ["200": reference("Meter")], "/meter"),
            "post": operation("Sets a manual meter", ["204": nil], "/meter").adding([
                "requestBody": body("powerWatts", "integer")
            ]),
        ])

    private static func body(_ name: String, _ type: String) -> JSON {
        [
            "required": true,
            "content": [
                "application/json": [
                    "schema": [
                        "type": "object", "required": [.string(name)],
                        "properties": .object([.init(name, ["type": .string(type)])]),
                    ]
                ]
            ],
        ]
    }

    private static let problem: JSON = [
        "description": "A problem (RFC 9457)",
        "content": ["application/problem+json": ["schema": reference("Problem")]],
    ]
}
