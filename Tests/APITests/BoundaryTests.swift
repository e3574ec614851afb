import Foundation
import Ledger
import Protocol
import TestKit
import Testing

@testable import API

/// Numbers at the edges, and things that are no numbers, in the place of every value that a client
/// can send: the node answers, it says what was wrong, and it is never its own fault.
@Suite(.timeLimit(.minutes(5))) struct BoundaryTests {
    private static let edges: [UInt64] = [
        0, 1, 127, 255, 1 << 31, (1 << 31) - 1, 1 << 32, (1 << 32) - 1, 1 << 63, (1 << 63) - 1,
        .max - 1, .max,
    ]
    private static let texts: [String] =
        edges.flatMap { [String($0), "0x" + String($0, radix: 16)] }
        + [
            "-1", "-9223372036854775808", "0.5", "1e400", "18446744073709551616", "+1", " 1", "",
            "0x", "0x-1", "0x" + String(repeating: "f", count: 64), "latest", "earliest",
            "0x" + String(repeating: "0", count: 40), "0xfffffffffffffffffffffffffffffffffffffff",
            String(repeating: "9", count: 5_000), "\u{0}\u{1b}[31m\u{202e}", "1-2", "-", "%",
            "18446744073709551615-18446744073709551615",
        ]
    private static let values: [JSON] =
        texts.map { .string($0) }
        + edges.map { .number($0) }
        + ["-1", "-9223372036854775809", "0.5", "1e400"].map {
            .number($0)
        } + [.null, true, [], [:], [[]], ["a": [1]]]

    /// The calls whose answers tell of a fault of the node, or tell nothing; `count` counts.
    private static func faults(
        in answers: JSON, to calls: [JSON], _ count: inout BoundaryCount
    ) -> [String] {
        let answers = answers.elements ?? [answers]
        guard answers.count == calls.count else { return ["\(answers.count) answers"] }
        count.tried += calls.count
        return zip(answers, calls).compactMap { answer, call in
            guard let error = answer["error"] else { return nil }
            let text = "\(String(decoding: call.encoded, as: UTF8.self)): \(error)"
            count.refuse(text, error["message"]?.verbatim)
            return error["code"]?.integer == -32_603 ? text : nil
        }
    }

    private static func filled(_ node: FakeNode) async throws -> JSON {
        let mint = TokenCall.mint(
            to: node.aggregator.address, amount: TokenAmount(5_000_000), reference: "a")
        try await node.seal(node.call(node.exchange, NativeContract.token, mint))
        try await node.settleTrade()
        try await node.setPower(100)
        let offer = node.call(
            node.seller, NativeContract.market, MarketCall.addOffer(energy: 500, price: 1))
        return .string("0x" + Hexadecimal.encode(offer.encoded))
    }

    @Test func `every method bears every boundary in every parameter`() async throws {
        try await APIServer.run(requestsPerSecond: 10_000_000) { server async throws in
            let raw = try await Self.filled(server.node)
            var count = BoundaryCount()
            count.values = Self.values.count
            for (method, parameters) in RPCExamples.calls(server.node, raw) {
                count.parameters += parameters.replacements(by: .null).count
                let choices = Self.values.flatMap { parameters.replacements(by: $0) }
                for start in stride(from: 0, to: choices.count, by: 100) {
                    let batch = choices[start..<min(start + 100, choices.count)].map { changed in
                        ["jsonrpc": "2.0", "id": 1, "method": .string(method), "params": changed]
                            as JSON
                    }
                    let text = String(decoding: JSON.array(batch).encoded, as: UTF8.self)
                    let answers = try await server.client.post("/", text).json
                    #expect(Self.faults(in: answers, to: batch, &count) == [])
                }
            }
            #expect(count.unexplained == [])
            count.report("JSON-RPC")
        }
    }

    @Test func `the table of calls has every method there is`() throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../Sources/API/RPC").standardizedFileURL
        let sources = try FileManager.default.contentsOfDirectory(
            at: folder, includingPropertiesForKeys: nil
        ).map { try String(contentsOf: $0, encoding: .utf8) }.joined()
        let named = sources.matches(of: /"((?:eth|net|web3)_[A-Za-z0-9]+)"/).map { String($0.1) }
        let tried = RPCExamples.calls(try FakeNode(), "0x").map(\.method)
        #expect(Set(named) == Set(tried))
    }

    @Test func `a filter bears every boundary as long as it lives`() async throws {
        try await APIServer.run(requestsPerSecond: 10_000_000) { server async throws in
            _ = try await Self.filled(server.node)
            var names: [JSON] = []
            for from in Self.edges {
                for to in Self.edges.filter({ $0 >= from }) + [nil] {
                    let edge = to.map { JSON.string("0x" + String($0, radix: 16)) }
                    let name = try await server.rpc(
                        "eth_newFilter",
                        [
                            "fromBlock": .string("0x" + String(from, radix: 16)),
                            "toBlock": edge ?? .null,
                        ])
                    names.append(name)
                }
            }
            for _ in 0..<2 {
                for name in names {
                    #expect(try await server.rpc("eth_getFilterChanges", name).elements != nil)
                    #expect(try await server.rpc("eth_getFilterLogs", name)["code"] != -32_603)
                }
                try await server.node.seal()
            }
        }
    }

    /// What `answer` was, counted; a fault of the node or a refusal without a reason is none.
    private static func note(_ what: String, _ answer: Answer, _ count: inout BoundaryCount) {
        count.tried += 1
        #expect(answer.status < 500, "\(what)")
        if answer.status >= 400 { count.refuse(what, try? answer.json["title"]?.verbatim) }
    }

    /// The described paths, each with what its methods take in the path and in the query.
    private static func described(
        _ client: PlainClient
    ) async throws -> [(path: String, method: String, names: [String])] {
        let document = try await client.get("/api/v1/openapi.json").json
        guard case .object(let paths)? = document["paths"] else { throw BadFixture() }
        return paths.flatMap { path in
            ["get", "post"].compactMap { method in
                guard let operation = path.value[method] else { return nil }
                let names = operation["parameters"]?.elements ?? []
                return (path.name, method, names.compactMap { $0["name"]?.verbatim })
            }
        }
    }

    @Test func `the description has every path there is, and the test every body`() async throws {
        let source = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../Sources/API/REST/RESTService.swift").standardizedFileURL
        let served = try String(contentsOf: source, encoding: .utf8)
            .matches(of: /"([a-z.]+)", (\d)\)/).map { "\($0.1) \($0.2)" }
        try await APIServer.run { server async throws in
            let described = try await Self.described(server.client)
            let paths = described.map { path, _, _ in
                let parts = path.split(separator: "/")
                return "\(parts.first ?? "") \(parts.count)"
            }
            #expect(Set(served) == Set(paths + ["openapi.json 1"]))
            let bodies = described.filter { $0.method == "post" }.map(\.path)
            #expect(Set(bodies) == Set(Self.bodies("0x").map(\.path)))
        }
    }

    @Test func `events bear every boundary in the last that a client knows`() async throws {
        try await APIServer.run(requestsPerSecond: 10_000_000) { server async throws in
            _ = try await Self.filled(server.node)
            var count = BoundaryCount()
            (count.parameters, count.values) = (1, Self.texts.count)
            for text in Self.texts where text.utf8.allSatisfy({ $0 >= 0x20 }) {
                let head = try await server.client.exchange(
                    """
                    GET /api/v1/events HTTP/1.1\r\nhost: localhost\r\n\
                    last-event-id: \(text)\r\n\r\n
                    """, until: "retry: 2000")
                #expect(head.hasPrefix("HTTP/1.1 200"), "\(text)")
                count.tried += 1
            }
            count.report("events")
        }
    }

    @Test func `every path bears every boundary in every parameter`() async throws {
        try await APIServer.run(requestsPerSecond: 10_000_000) { server async throws in
            _ = try await Self.filled(server.node)
            var count = BoundaryCount()
            count.values = Self.texts.count
            for (path, method, names) in try await Self.described(server.client)
            where path != "/events" {
                count.parameters += names.count
                for name in names {
                    for text in Self.texts {
                        let target = Self.target(path, name, text)
                        let answer =
                            method == "get"
                            ? try await server.client.get(target)
                            : try await server.client.post(target, "{}")
                        Self.note(target, answer, &count)
                    }
                }
            }
            #expect(count.unexplained == [])
            count.report("REST paths")
        }
    }

    /// `path` with `text` for the parameter `name`, and 1 for the others.
    private static func target(_ path: String, _ name: String, _ text: String) -> String {
        let value = text.utf8.map { "%" + String(0x100 + Int($0), radix: 16).dropFirst() }.joined()
        let concrete =
            path.contains("{\(name)}")
            ? path.replacing("{\(name)}", with: value) : path + "?\(name)=\(value)"
        return "/api/v1" + concrete.replacing(/\{[a-z]+\}/, with: "1")
    }

    /// What is posted, and where.
    private static func bodies(_ raw: JSON) -> [(path: String, body: JSON)] {
        [("/transactions", ["raw": raw]), ("/meter", ["powerWatts": 100])]
    }

    @Test func `every body bears every boundary in every member`() async throws {
        try await APIServer.run(requestsPerSecond: 10_000_000) { server async throws in
            let raw = try await Self.filled(server.node)
            var count = BoundaryCount()
            count.values = Self.values.count
            for (path, body) in Self.bodies(raw) {
                count.parameters += body.replacements(by: .null).count
                for changed in Self.values.flatMap({ body.replacements(by: $0) }) {
                    let text = String(decoding: changed.encoded, as: UTF8.self)
                    let answer = try await server.client.post("/api/v1" + path, text)
                    Self.note("\(path) \(text)", answer, &count)
                }
            }
            #expect(count.unexplained == [])
            count.report("REST bodies")
        }
    }
}
