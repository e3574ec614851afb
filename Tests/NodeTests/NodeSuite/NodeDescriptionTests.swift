import API
import Foundation
import Keys
import Ledger
import Protocol
import TestKit
import Testing

@testable import Node

/// What a node's description of `/api/v1` says of its app, held to what the node answers.
@Suite struct `The description of the app` {
    private static let methods = ["GET", "POST", "PUT", "PATCH", "DELETE"]

    /// A program with the node's token, and the description that it has read.
    private struct Reader {
        let client: PlainClient
        let headers: [String: String]
        let document: JSON

        init(_ member: TestMember) async throws {
            client = PlainClient(port: member.app.port)
            let token = try AppToken.read(in: member.directory + "/data")
            headers = [
                "authorization": "Bearer " + Hexadecimal.encode(token),
                "content-type": "application/json",
            ]
            document = try await client.get("/api/v1/openapi.json").json
        }

        /// What the node answers, once it takes the connection and lets the request in.
        func send(_ method: String, _ path: String, _ body: String = "{}") async throws -> Answer {
            var answer: Answer?
            try await eventually("\(method) \(path) is let in") {
                answer = try? await client.send(
                    method, "/api/v1" + path, headers: headers, body: method == "GET" ? "" : body)
                return answer.map { $0.status != 429 } ?? false
            }
            return try #require(answer)
        }

        /// What is wrong with an answer by what is described of its status; nil if no JSON is.
        func faults(in answer: Answer, _ method: String, _ path: String) throws -> [String]? {
            let operation = document["paths"]?[path]?[method.lowercased()]
            let content = operation?["responses"]?[String(answer.status)]?["content"]
            guard let schema = content?["application/json"]?["schema"] else { return nil }
            return try SchemaCheck(document: document).faults(in: answer.json, by: schema)
        }

        /// Each described path with its methods.
        var paths: [(path: String, methods: [String: JSON])] {
            guard case .object(let paths)? = document["paths"] else { return [] }
            return paths.map { path in
                guard case .object(let methods) = path.value else { return (path.name, [:]) }
                return (
                    path.name,
                    Dictionary(
                        uniqueKeysWithValues: methods.map { ($0.name.uppercased(), $0.value) })
                )
            }
        }
    }

    /// `path` with something that there is in the place of its variable parts.
    private func concrete(_ path: String, _ community: NodeCommunity) -> String {
        let household = community.household
        let startsAt = RFC3339.text(
            MarketTime(seconds: UInt64(Date().timeIntervalSince1970) / 900 * 900))
        let month = path.hasPrefix("/aggregator") ? "latest" : String(startsAt.prefix(7))
        let values = [
            "{address}": household.account.address.description, "{id}": "1", "{number}": "1",
            "{startsAt}": startsAt, "{month}": month, "{block}": "latest",
            "{period}": String(startsAt.prefix(10)),
            "{buyer}": household.account.address.description,
            "{meter}": household.member.meterKey.description, "{name}": "market",
            "{hash}": Hash32.zero.description,
        ]
        return values.reduce(path) { $0.replacing($1.key, with: $1.value) }
    }

    /// Whether an answer says that nothing lives there.
    private func isNowhere(_ answer: Answer) -> Bool {
        answer.status == 405 || answer.status == 404 && answer.body.contains("nothing is at")
    }

    /// Holds every path to the description: each described method is there, no other one is, and what
    /// GET answers is what was said; the lists in `empty` may be. What begins with one of `elsewhere` is
    /// another kind of node's.
    private func check(
        _ community: NodeCommunity, _ member: TestMember, folder: String, elsewhere: [String],
        empty: [String]
    ) async throws {
        let reader = try await Reader(member)
        let told = reader.paths.flatMap { path, methods in
            methods.keys.map { "\($0) \(Self.place(of: path))" }
        }
        var taken =
            try Self.routes(in: folder, under: folder.lowercased() + "/")
            + Self.routes(in: "Community") + Self.routes(in: "")
        if folder == "Aggregator" { taken += try Self.operatorRoutes() }
        #expect(taken.count > 15)
        #expect(Set(taken).subtracting(told) == [])
        let firsts = Set(reader.paths.map { String($0.path.split(separator: "/").first ?? "") })
        let names = try Self.names()
        #expect(names.count > 8)
        #expect(names.subtracting(firsts) == Set(elsewhere + ["certificate", "certificate.pem"]))
        var emptyLists: [String] = []
        for (path, described) in reader.paths where !path.hasSuffix("events") {
            let concrete = concrete(path, community)
            for method in Self.methods {
                let answer = try await reader.send(method, concrete)
                #expect(
                    isNowhere(answer) == (described[method] == nil),
                    "\(method) \(path): \(answer.status) \(answer.body)")
                #expect(answer.status < 500, "\(method) \(path): \(answer.body)")
                guard answer.status < 300 else { continue }
                let told = described[method]?["responses"]?[String(answer.status)]
                #expect(told != nil, "\(method) \(path): \(answer.status)")
                guard !answer.body.isEmpty,
                    let faults = try reader.faults(in: answer, method, path)
                else { continue }
                #expect(faults == [], "\(method) \(path)")
                if method == "GET", try answer.json["items"]?.elements?.isEmpty == true {
                    emptyLists.append(path)
                }
            }
        }
        try await checkNothing(isBelow: reader, community)
        // A list without entries would fit whatever was said of them.
        #expect(Set(emptyLists).subtracting(empty) == [])
    }

    /// Holds every path to answering at its own place alone: below it nothing is but what is described.
    private func checkNothing(isBelow reader: Reader, _ community: NodeCommunity) async throws {
        for (path, _) in reader.paths {
            let below = path + "/anything"
            guard !reader.paths.contains(where: { Self.fits($0.path, below) }) else { continue }
            for method in ["GET", "DELETE"] {
                let answer = try await reader.send(method, concrete(below, community))
                #expect(
                    method == "GET" ? answer.status == 404 : [404, 405].contains(answer.status),
                    "\(method) \(below): \(answer.status) \(answer.body)")
            }
        }
    }

    /// Whether `path` may be one that `template` describes.
    private static func fits(_ template: String, _ path: String) -> Bool {
        let (parts, others) = (template.split(separator: "/"), path.split(separator: "/"))
        return parts.count == others.count
            && zip(parts, others).allSatisfy { $0 == $1 || $0.hasPrefix("{") }
    }

    @Test func `is what a household's node answers`() async throws {
        try await NodeCommunity.linked(\.household) { community, _ in
            var owner = try await AppBrowser.paired(with: community.household)
            _ = try await owner.send("POST", "meter", ["powerWatts": -1_500])
            let order: JSON = ["amount": "5", "reference": "a"]
            #expect(
                try await owner.send("POST", "household/purchases", order).status == 201)
            let offer: JSON = ["energyWh": 200, "price": "1"]
            #expect(try await owner.send("POST", "household/offers", offer).status == 201)
            try await check(
                community, community.household, folder: "Household",
                elsewhere: ["aggregator", "registrations"],
                empty: [
                    "/community/quarters", "/household/neighbours", "/household/quarters",
                    "/household/statements/{month}", "/accounts/{address}/transfers",
                ])
        }
    }

    @Test func `is what an aggregator's node answers`() async throws {
        try await NodeCommunity.linked(\.office) { community, node in
            _ = try await AppBrowser.paired(with: community.office)
            let order = TokenCall.purchaseTokens(
                of: community.aggregator.address, amount: TokenAmount(7), reference: "b")
            _ = try await node.finalize(
                order, to: NativeContract.token, by: community.household.account)
            let office = try await Reader(community.office)
            let path = "/aggregator/members/\(community.household.account.address)"
            let named = try await office.send(
                "PATCH", path, #"{"name": "No. 1", "reason": "Moved."}"#)
            #expect(named.status == 200, "\(named.body)")
            let household = #"{"name": "2", "role": "consumer", "ratedPowerWatts": 1}"#
            for (path, body) in [
                ("/aggregator/invitations", household),
                ("/aggregator/operators", #"{"operator": "Anna"}"#),
            ] {
                let answer = try await office.send("POST", path, body)
                #expect(answer.status == 201, "\(answer.body)")
                #expect(try office.faults(in: answer, "POST", path) == [])
            }
            try await check(
                community, community.office, folder: "Aggregator",
                elsewhere: ["household", "led"],
                empty: [
                    "/community/quarters", "/aggregator/deliveries", "/offers", "/trades",
                    "/aggregator/quarters", "/aggregator/meters/{meter}/quarters",
                    "/accounts/{address}/transfers",
                ])
        }
    }

    /// The first part of a path and how many it has, after the household's or aggregator's own prefix.
    private static func place(of path: String) -> String {
        let parts = path.split(separator: "/")
        guard let first = parts.first, ["household", "aggregator"].contains(first) else {
            return "\(parts.first ?? "") \(parts.count)"
        }
        return "\(first)/\(parts.dropFirst().first ?? "") \(parts.count - 1)"
    }

    /// What the app's sources in a folder say, one after the other.
    private static func sources(in folder: String) throws -> String {
        let place = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../../Sources/App/\(folder)").standardizedFileURL
        return try FileManager.default.contentsOfDirectory(
            at: place, includingPropertiesForKeys: nil
        ).filter { $0.pathExtension == "swift" }.map { try String(contentsOf: $0, encoding: .utf8) }
            .joined()
    }

    /// What the routers in a folder of the app's sources take: each a method, a name and a count.
    private static func routes(in folder: String, under prefix: String = "") throws -> [String] {
        let sources = try sources(in: folder)
        let named = sources.matches(
            of: /\("(GET|POST|PUT|PATCH|DELETE)", (?:"([a-z]+)"|nil), (\d)\)/
        ).map { "\($0.1) \(prefix)\($0.2 ?? "") \($0.3)" }
        let read = sources.matches(of: /\("([a-z]+)", (\d)\)/).map {
            "GET \(prefix)\($0.1) \($0.2)"
        }
        return named + read
    }

    /// What the router of operators takes.
    private static func operatorRoutes() throws -> [String] {
        try sources(in: "").matches(of: /\("(GET|POST|PUT|PATCH|DELETE)", (\d)\)/).map { route in
            "\(route.1) aggregator/operators \((Int(route.2) ?? 0) + 1)"
        }
    }

    /// The first parts of paths that the app takes by themselves.
    private static func names() throws -> Set<String> {
        let source = try sources(in: "")
        let start = try #require(source.range(of: "switch path.dropFirst(2).first {")?.upperBound)
        let end = try #require(source.range(of: "default:", range: start..<source.endIndex))
        return Set(
            source[start..<end.lowerBound].matches(of: /(?:case|,) "([a-z.]+)"(?=[,:])/)
                .map { String($0.1) })
    }
}
