import API
import Keys
import Ledger
import Protocol
import TestKit
import Testing

@testable import Node

/// A household's app, asked as a browser asks, at a node in this process.
@Suite struct `A household's app` {
    private let password = AppBrowser.password

    @Test func `gives its pages to everyone, and what is in them to those who sign in`()
        async throws
    {
        try await AppBrowser.withHousehold { member, _ in
            let client = PlainClient(port: member.app.port)
            for path in ["/", "/market/12", "/more/tokens", "/sign-in"] {
                let page = try await client.get(path)
                #expect(page.status == 200, "\(path)")
                #expect(page.headers["content-type"] == "text/html; charset=utf-8")
                let policy = page.headers["content-security-policy"] ?? ""
                #expect(policy.contains("script-src 'self'") && !policy.contains("unsafe"))
            }
            let tag = try #require(try await client.get("/").headers["etag"])
            let again = try await client.get("/", headers: ["if-none-match": tag])
            #expect(again.status == 304 && again.body.isEmpty)
            #expect(try await client.get("/nothing").status == 404)
            #expect(try await client.get("/files/../node.toml").status == 404)
            let browser = AppBrowser(member)
            for path in ["household", "household/events", "meter", "devices"] {
                let answer = try await browser.get(path)
                #expect(
                    answer.status == 401 && answer.code == "signed-out", "\(path)")
            }
            let about = try await browser.get("app").json
            #expect(about["isPaired"] == .bool(false) && about["kind"] == "household")
        }
    }

    @Test func `lets in who was given a code, once, and then who knows the password`()
        async throws
    {
        try await AppBrowser.withHousehold { member, _ in
            let code = try await AppBrowser.code(of: member)
            var first = AppBrowser(member)
            let body: JSON = ["code": .string(code.lowercased()), "password": .string(password)]
            #expect(try await first.send("POST", "pairing", body).status == 204)
            #expect(try await first.get("household").status == 200)
            var second = AppBrowser(member)
            #expect(try await second.send("POST", "pairing", body).status == 410)
            let signIn: JSON = ["password": .string(password), "remember": .bool(true)]
            #expect(try await second.send("POST", "session", signIn).status == 204)
            #expect(try await second.get("session").json["role"] == "owner")
            #expect(try await second.get("devices").json["items"]?.elements?.count == 2)
            #expect(try await second.send("DELETE", "session").status == 204)
            #expect(try await second.get("household").status == 401)
            #expect(try await first.get("household").status == 200)
        }
    }

    @Test func `holds up who guesses, and nobody who is signed in`() async throws {
        try await AppBrowser.withHousehold { member, _ in
            let owner = try await AppBrowser.paired(with: member)
            var guesser = AppBrowser(member)
            for left in [4, 3, 2, 1] {
                let answer = try await guesser.send(
                    "POST", "session", ["password": "wrong password"])
                #expect(answer.status == 401 && answer.triesLeft == left)
            }
            for guess in ["wrong password", password] {
                let answer = try await guesser.send(
                    "POST", "session", ["password": .string(guess)])
                #expect(answer.status == 429 && answer.code == "paused")
                #expect(answer.headers["retry-after"] != nil)
            }
            #expect(try await owner.get("household").status == 200)
            _ = try await AppBrowser.paired(with: member)
        }
    }

    @Test func `shows a viewer all, and lets it change nothing`() async throws {
        try await AppBrowser.withHousehold { member, _ in
            _ = try await AppBrowser.paired(with: member)
            var viewer = try await AppBrowser.paired(with: member, role: "viewer")
            #expect(try await viewer.get("household").status == 200)
            #expect(try await viewer.get("session").json["role"] == "viewer")
            for (method, path) in [
                ("POST", "meter"), ("POST", "household/offers"), ("POST", "household/picks"),
                ("DELETE", "household/offers/1"), ("POST", "invitations"), ("DELETE", "devices/1"),
                ("PUT", "password"),
            ] {
                let answer = try await viewer.send(method, path)
                #expect(answer.status == 403 && answer.code == "viewer", "\(path)")
            }
            #expect(try await viewer.get("devices").status == 403)
        }
    }

    @Test func `takes no change from another site's page`() async throws {
        try await AppBrowser.withHousehold { member, _ in
            let owner = try await AppBrowser.paired(with: member)
            let cookie = try #require(owner.cookie)
            for headers in [
                ["cookie": cookie],
                ["cookie": cookie, "x-busbar": "1", "sec-fetch-site": "cross-site"],
                ["cookie": cookie, "x-busbar": "1", "origin": "https://elsewhere.example"],
            ] {
                let answer = try await owner.client.post(
                    "/api/v1/meter", #"{"powerWatts": 1}"#, headers: headers)
                #expect(answer.status == 403, "\(headers)")
            }
        }
    }

    @Test func `offers energy by hand, and says where it cannot`() async throws {
        try await AppBrowser.withHousehold { member, node in
            var owner = try await AppBrowser.paired(with: member)
            let offer: JSON = ["energyWh": 200, "price": "28000", "forSeconds": 3_600]
            let made = try await owner.send("POST", "household/offers", offer)
            #expect(made.status == 201, "\(made.body)")
            let id = try #require(try made.json["trade"]?.integer)
            let trade = try await owner.get("household/trades/\(id)").json
            #expect(trade["side"] == "seller" && trade["trade"]?["state"] == "open")
            let tooMuch = try await owner.send(
                "POST", "household/offers",
                ["energyWh": 1_000_000, "price": "1", "forSeconds": 60])
            #expect(tooMuch.status == 422 && tooMuch.code == "above-rated-power")
            let own = try await owner.send(
                "POST", "household/picks", ["trade": .number(id), "price": "28000"])
            #expect(own.status == 409 && own.code == "own-offer")
            let cancelled = try await owner.send("DELETE", "household/offers/\(id)")
            #expect(cancelled.status == 201, "\(cancelled.body)")
            let gone = try await owner.send("DELETE", "household/offers/\(id)")
            #expect(gone.status == 409 && gone.code == "offer-taken")
        }
    }

    @Test func `tells a page each second what the meter shows, and what it has missed`()
        async throws
    {
        try await AppBrowser.withHousehold { member, _ in
            var owner = try await AppBrowser.paired(with: member)
            #expect(try await owner.send("POST", "meter", ["powerWatts": -1_500]).status == 204)
            func listen(_ query: String, until end: String) async throws -> String {
                try await owner.client.exchange(
                    """
                    GET /api/v1/household/events\(query) HTTP/1.1\r
                    host: 127.0.0.1:\(owner.client.port)\r
                    cookie: \(owner.cookie ?? "")\r
                    \r

                    """, until: end)
            }
            let text = try await listen("", until: "\"connectionWatts\":-1500")
            #expect(text.contains("event: reset") && text.contains("event: beat"))
            let ids = text.matches(of: /id: (\d+)/).compactMap { UInt64($0.output.1) }
            let last = try #require(ids.last)
            let more = try await listen("?last=\(last - 1)", until: "event: beat")
            #expect(!more.contains("event: reset") && more.contains("id: \(last)\n"))
        }
    }

    /// What is no figure, or one at an edge.
    private static let edges: [JSON] = [
        .null, .bool(true), "", "-1", "1.5", "\u{0}", "\u{1b}[2J",
        .string(String(repeating: "9", count: 400)),
        "18446744073709551615", "18446744073709551616", .number("0"), .number("-1"), .number("1.5"),
        .number("2147483648"), .number("4294967296"), .number("9223372036854775807"),
        .number("18446744073709551615"), .number("1e400"), .array([]), .object([]),
    ]

    /// Every path that takes something, and the names in its body.
    private static let paths: [(method: String, path: String, names: [String])] = [
        ("POST", "household/offers", ["energyWh", "price", "forSeconds", "recipient"]),
        ("POST", "household/picks", ["trade", "price"]),
        ("POST", "household/purchases", ["amount", "reference"]),
        (
            "PUT", "household/rules",
            ["sellFrom", "askUpTo", "buyUpTo", "reserve", "mostPerDay", "lotWh", "isEnabled"]
        ),
        ("POST", "invitations", ["role", "label"]), ("POST", "meter", ["powerWatts"]),
        ("POST", "session", ["password", "remember", "name"]),
        ("POST", "pairing", ["code", "password", "label"]), ("PUT", "password", ["password"]),
    ]

    /// What `ask` answers, once the node takes its connection and lets the request in.
    private static func again(_ ask: () async throws -> Answer) async throws -> Answer {
        var answer: Answer?
        try await eventually("the node lets a request in") {
            answer = try? await ask()
            return answer.map { $0.status != 429 || $0.code != nil } ?? false
        }
        return try #require(answer)
    }

    @Test func `is not at fault itself, whatever figures come`() async throws {
        try await AppBrowser.withHousehold { member, _ in
            var owner = try await AppBrowser.paired(with: member)
            for (method, path, names) in Self.paths {
                for name in names {
                    for edge in Self.edges {
                        let body = JSON.object(names.map { .init($0, $0 == name ? edge : "1") })
                        let answer = try await Self.again {
                            try await owner.send(method, path, body)
                        }
                        #expect(
                            answer.status != 500 && answer.status != 501,
                            "\(path) \(name) \(edge): \(answer.body)")
                    }
                }
                // What it sent may have signed it out, and this second's connections may be used up.
                try await eventually("a browser is paired after \(path)") {
                    guard let next = try? await AppBrowser.paired(with: member) else {
                        return false
                    }
                    owner = next
                    return true
                }
            }
            let places = [
                "-1", "0", "18446744073709551616", "%00", "2021-02-30", "9999-12-31", "x",
            ]
            for place in places {
                for path in [
                    "household/trades/\(place)", "household/quarters?day=\(place)",
                    "household/days?month=\(place)", "household/days?week=\(place)",
                    "household/quarters/\(place)/why",
                    "household/statements/\(place)", "household/statements/\(place).csv",
                    "community/quarters?day=\(place)", "events/log?name=\(place)",
                    "events/log?address=\(place)", "transactions?cursor=\(place)",
                ] {
                    let answer = try await Self.again { try await owner.get(path) }
                    #expect(answer.status < 500, "\(path): \(answer.body)")
                }
            }
            let still = try await Self.again { try await owner.get("household") }
            #expect(still.status == 200)
        }
    }

    @Test func `invites by an address, and draws it for a camera`() async throws {
        try await AppBrowser.withHousehold { member, _ in
            var owner = try await AppBrowser.paired(with: member)
            let answer = try await owner.send("POST", "invitations", ["role": "viewer"]).json
            let code = try #require(answer["code"]?.verbatim)
            let address = "http://127.0.0.1:\(member.app.port)/pair#\(code)"
            #expect(answer["url"] == .string(address))
            // It listens on this machine alone.
            #expect(answer["isLocal"] == .bool(true))
            let rows = try #require(answer["qr"]?.elements?.compactMap { $0.text?.verbatim })
            #expect(rows.count == 29 && rows.allSatisfy { $0.count == 29 })
            #expect(rows.first?.hasPrefix("XXXXXXX.") == true)
        }
    }

    @Test func `takes no offer for nothing, and says so before the ledger does`() async throws {
        try await AppBrowser.withHousehold { member, _ in
            var owner = try await AppBrowser.paired(with: member)
            let offer: JSON = ["energyWh": 100, "price": "0", "forSeconds": 3_600]
            let answer = try await owner.send("POST", "household/offers", offer)
            #expect(answer.status == 400 && answer.body.contains("above 0"), "\(answer.body)")
        }
    }

    @Test func `tells of weeks as of months, and gives the quarters of either as a table`()
        async throws
    {
        try await AppBrowser.withHousehold { member, _ in
            let owner = try await AppBrowser.paired(with: member)
            let month = try await owner.get("household/days").json
            let week = try #require(month["week"]?.verbatim)
            let answer = try await owner.get("household/days?week=\(week)").json
            #expect(answer["kind"] == "week" && answer["week"] == .string(week))
            #expect(answer["days"]?.elements?.count == 7)
            #expect(answer["month"] == month["month"])
            let day = try #require(answer["days"]?.elements?.first?.text?.verbatim)
            for period in [try #require(month["month"]?.verbatim), week, day] {
                let table = try await owner.get("household/statements/\(period).csv")
                #expect(table.status == 200 && table.body.hasPrefix("local_time,utc,flag,"))
            }
            let refused = try await owner.get("household/statements/\(week)")
            #expect(refused.status == 400 && refused.body.contains("no month such as"))
        }
    }

    @Test func `stays signed in when the node starts again`() async throws {
        try await withTemporaryDirectory { directory in
            let community = try NodeCommunity(in: directory)
            let owner = try await community.running(community.household) { _ in
                try await AppBrowser.paired(with: community.household)
            }
            try await community.running(community.household) { _ in
                let still = try await owner.get("household")
                #expect(still.status == 200)
                var again = AppBrowser(community.household)
                let signIn: JSON = ["password": .string(password)]
                let signedIn = try await again.send("POST", "session", signIn)
                #expect(signedIn.status == 204)
            }
        }
    }
}
