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

    /// Every method, called as clients call it, over a node with one trade.
    private static func calls(_ node: FakeNode, _ raw: JSON) -> [(method: String, JSON)] {
        let head = node.latest.current
        let (address, hash) = (JSON.string(node.seller.address.description), head.hash)
        let block = JSON.string(hash.description)
        let market = JSON.string(NativeContract.market.description)
        let trade = JSON.string("0x" + Hexadecimal.encode(MarketCall.trade(OfferID(1))))
        let call: JSON = ["from": address, "to": market, "input": trade, "value": "0x0"]
        let logs: JSON = [
            "fromBlock": "0x1", "toBlock": "0x2", "address": [market],
            "topics": [block, [block]],
        ]
        return [
            ("web3_clientVersion", []), ("web3_sha3", ["0x00"]), ("net_version", []),
            ("net_listening", []), ("net_peerCount", []), ("eth_chainId", []),
            ("eth_syncing", []), ("eth_accounts", []), ("eth_mining", []),
            ("eth_blockNumber", []), ("eth_gasPrice", []), ("eth_maxPriorityFeePerGas", []),
            ("eth_blobBaseFee", []), ("eth_sendRawTransaction", [raw]),
            ("eth_getBalance", [address, "latest"]), ("eth_getCode", [address, "0x1"]),
            ("eth_getStorageAt", [address, "0x0", "latest"]),
            ("eth_getTransactionCount", [address, ["blockNumber": "0x1"]]),
            ("eth_call", [call, ["blockHash": block]]), ("eth_estimateGas", [call, "latest"]),
            ("eth_feeHistory", ["0x4", "latest", [10, .number("50.5")]]),
            ("eth_feeHistory", [4, "0x1", [10]]),
            ("eth_getBlockByNumber", ["0x1", true]), ("eth_getBlockByHash", [block, true]),
            ("eth_getBlockTransactionCountByNumber", ["0x1"]),
            ("eth_getBlockTransactionCountByHash", [block]),
            ("eth_getUncleCountByBlockNumber", ["0x1"]), ("eth_getUncleCountByBlockHash", [block]),
            ("eth_getTransactionByBlockNumberAndIndex", ["0x1", "0x0"]),
            ("eth_getTransactionByBlockHashAndIndex", [block, "0x0"]),
            ("eth_getBlockReceipts", ["0x1"]), ("eth_getTransactionByHash", [block]),
            ("eth_getTransactionReceipt", [block]), ("eth_getLogs", [logs]),
            ("eth_getLogs", [["blockHash": block]]), ("eth_newFilter", [logs]),
            ("eth_newBlockFilter", []), ("eth_newPendingTransactionFilter", []),
            ("eth_getFilterChanges", ["0x1"]), ("eth_getFilterLogs", ["0x1"]),
            ("eth_uninstallFilter", ["0x1"]),
        ]
    }

    /// `json` with each of its values in turn, whole and inside, replaced by `value`.
    private static func replacing(_ json: JSON, by value: JSON) -> [JSON] {
        switch json {
        case .array(let elements):
            [value]
                + elements.indices.flatMap { place in
                    replacing(elements[place], by: value).map { changed in
                        var elements = elements
                        elements[place] = changed
                        return .array(elements)
                    }
                }
        case .object(let members):
            [value]
                + members.indices.flatMap { place in
                    replacing(members[place].value, by: value).map { changed in
                        var members = members
                        members[place] = JSON.Member(members[place].name, changed)
                        return .object(members)
                    }
                }
        default: [value]
        }
    }

    /// The parts of the answers that tell of a fault of the node, or tell nothing.
    private static func faults(in answers: JSON, to calls: [JSON]) -> [String] {
        let answers = answers.elements ?? [answers]
        guard answers.count == calls.count else { return ["\(answers.count) answers"] }
        return zip(answers, calls).compactMap { answer, call in
            guard let error = answer["error"] else { return nil }
            let isOwn =
                error["code"]?.integer == -32_603 || error["message"]?.text?.isEmpty != false
            return isOwn ? "\(String(decoding: call.encoded, as: UTF8.self)): \(error)" : nil
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
            for (method, parameters) in Self.calls(server.node, raw) {
                let choices = Self.values.flatMap { Self.replacing(parameters, by: $0) }
                for start in stride(from: 0, to: choices.count, by: 100) {
                    let batch = choices[start..<min(start + 100, choices.count)].map { changed in
                        ["jsonrpc": "2.0", "id": 1, "method": .string(method), "params": changed]
                            as JSON
                    }
                    let text = String(decoding: JSON.array(batch).encoded, as: UTF8.self)
                    let answers = try await server.client.post("/", text).json
                    #expect(Self.faults(in: answers, to: batch) == [])
                }
            }
        }
    }

    @Test func `the table of calls has every method there is`() throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../Sources/API/RPC").standardizedFileURL
        let sources = try FileManager.default.contentsOfDirectory(
            at: folder, includingPropertiesForKeys: nil
        ).map { try String(contentsOf: $0, encoding: .utf8) }.joined()
        let named = sources.matches(of: /"((?:eth|net|web3)_[A-Za-z0-9]+)"/).map { String($0.1) }
        let tried = Self.calls(try FakeNode(), "0x").map(\.method)
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

    @Test func `every path bears every boundary in every parameter`() async throws {
        try await APIServer.run(requestsPerSecond: 10_000_000) { server async throws in
            _ = try await Self.filled(server.node)
            let document = try await server.client.get("/api/v1/openapi.json").json
            guard case .object(let paths)? = document["paths"] else { throw BadFixture() }
            for path in paths where path.name != "/events" {
                let parameters = path.value["get"]?["parameters"]?.elements ?? []
                for name in parameters.compactMap({ $0["name"]?.text }) {
                    for text in Self.texts {
                        let value = text.utf8.map {
                            "%" + String(0x100 + Int($0), radix: 16).dropFirst()
                        }
                        .joined()
                        let isInPath = path.name.contains("{\(name)}")
                        let concrete =
                            isInPath
                            ? path.name.replacing("{\(name)}", with: value)
                            : path.name + "?\(name)=\(value)"
                        let answer = try await server.client.get(
                            "/api/v1" + concrete.replacing(/\{[a-z]+\}/, with: "1"))
                        #expect(answer.status < 500, "\(concrete)")
                        #expect(
                            try answer.status < 400 || answer.json["title"]?.text != nil,
                            "\(concrete)")
                    }
                }
            }
        }
    }

    @Test func `every body bears every boundary in every member`() async throws {
        try await APIServer.run(requestsPerSecond: 10_000_000) { server async throws in
            let raw = try await Self.filled(server.node)
            let bodies: [(String, JSON)] = [
                ("/transactions", ["raw": raw]), ("/meter", ["powerWatts": 100]),
            ]
            for (path, body) in bodies {
                for changed in Self.values.flatMap({ Self.replacing(body, by: $0) }) {
                    let text = String(decoding: changed.encoded, as: UTF8.self)
                    let answer = try await server.client.post("/api/v1" + path, text)
                    #expect(answer.status < 500, "\(path) \(text)")
                }
            }
        }
    }
}
