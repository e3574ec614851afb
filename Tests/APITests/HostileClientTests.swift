import Ledger
import Protocol
import TestKit
import Testing

@testable import API

/// Clients that mean harm: they are refused, counted, and hold up nobody.
struct HostileClientTests {
    /// How often calls were answered with an error of `code`.
    private func errors(_ code: Int, _ server: APIServer) -> String? {
        server.metrics.text(with: []).split(separator: "\n")
            .first { $0.hasPrefix("busbar_rpc_errors_total{code=\"\(code)\"}") }
            .flatMap { $0.split(separator: " ").last.map(String.init) }
    }

    private func attack(_ body: (APIServer) async throws -> Void) async throws {
        try await APIServer.run { server async throws in
            try await body(server)
            #expect(try await server.rpc("eth_chainId") == "0x1267")
        }
    }

    @Test func `deep, broken and empty calls are counted`() async throws {
        try await attack { server in
            for depth in [50, 1_000, 500_000] {
                let answer = try await server.client.post("/", String(repeating: "[", count: depth))
                #expect(try answer.json["error"]?["code"] == -32_700)
            }
            #expect(errors(-32_700, server) == "3")
            for text in ["[]", "{}", "1", "null", #"{"jsonrpc":"1.0","method":"x","id":1}"#] {
                let answer = try await server.client.post("/", text)
                #expect(try answer.json["error"]?["code"] == -32_600)
            }
            #expect(errors(-32_600, server) == "5")
        }
    }

    @Test func `a giant batch is refused whole`() async throws {
        try await attack { server in
            let call = #"{"jsonrpc":"2.0","id":1,"method":"eth_chainId"}"#
            let batch = "[" + [String](repeating: call, count: 20_000).joined(separator: ",") + "]"
            let answer = try await server.client.post("/", batch)
            #expect(try answer.json["error"]?["message"] == "batch too large")
            #expect(errors(-32_600, server) == "1")
        }
    }

    @Test func `parameters of every wrong shape are refused`() async throws {
        let shapes: [JSON] = [
            nil, true, 0, -1, "", "0x", "0xzz", [], [[]], ["a": [1]], .number("1e400"),
            .string(String(repeating: "0x", count: 10_000)),
        ]
        try await attack { server in
            for method in [
                "eth_getBalance", "eth_call", "eth_getLogs", "eth_getBlockByNumber",
                "eth_getBlockByHash", "eth_sendRawTransaction", "eth_getTransactionByHash",
                "eth_newFilter", "eth_getFilterChanges", "eth_estimateGas", "web3_sha3",
            ] {
                for first in shapes {
                    for second in [JSON.null, "latest", ["blockHash": 1]] {
                        let call: JSON = [
                            "jsonrpc": "2.0", "id": 1, "method": .string(method),
                            "params": [first, second],
                        ]
                        let text = String(decoding: call.encoded, as: UTF8.self)
                        let answer = try await server.client.post("/", text)
                        #expect(answer.status == 200)
                        #expect(try answer.json["error"]?["code"] != -32_603, "\(text.prefix(200))")
                    }
                }
            }
        }
    }

    @Test func `listeners beyond a client's share are told to come back`() async throws {
        try await attack { server in
            let feed = server.node.feed
            var streams: [AsyncStream<CommittedBlock>] = []
            while let stream = feed.blocks(for: "127.0.0.1") { streams.append(stream) }
            #expect(streams.count == BlockFeed.maximumListeners / 4)
            let answer = try await server.client.get("/api/v1/events")
            #expect(answer.status == 503)
            #expect(answer.headers["retry-after"] == "1")
            streams = []
            #expect(feed.listenerCount == 0)
        }
    }

    @Test func `who has taken every place keeps nobody from listening`() async throws {
        try await attack { server in
            let feed = server.node.feed
            var streams: [AsyncStream<CommittedBlock>] = []
            for client in 0..<4 {
                while let stream = feed.blocks(for: "\(client)") { streams.append(stream) }
            }
            #expect(feed.listenerCount == BlockFeed.maximumListeners)
            let own = try #require(feed.blocks(for: "owner"))
            #expect(feed.listenerCount == BlockFeed.maximumListeners)
            try await server.node.seal()
            for await block in own {
                #expect(block.header.number == 1)
                break
            }
            // One of them was told that it listens no more.
            var ended = 0
            for stream in streams {
                var blocks = stream.makeAsyncIterator()
                if await blocks.next() == nil { ended += 1 }
            }
            #expect(ended == 1)
        }
    }

    @Test func `to wait for finality takes no listener's place`() async throws {
        try await attack { server in
            let (node, feed) = (server.node, server.node.feed)
            var streams: [AsyncStream<CommittedBlock>] = []
            for client in ["127.0.0.1", "1", "2", "3"] {
                while let stream = feed.blocks(for: client) { streams.append(stream) }
            }
            let offer = node.call(
                node.seller, NativeContract.market, MarketCall.addOffer(energy: 500, price: 9))
            let body: JSON = ["raw": server.raw(offer)]
            let text = String(decoding: body.encoded, as: UTF8.self)
            async let answer = server.client.post(
                "/api/v1/transactions?wait=final&timeout=30", text)
            try await eventually("the request waits") {
                feed.listenerCount == BlockFeed.maximumListeners + 1
            }
            try await eventually("the pool has it") { node.latest.current.pool.count == 1 }
            try await node.seal()
            #expect(try await answer.status == 200)
            #expect(streams.count == BlockFeed.maximumListeners)
        }
    }

    @Test func `a search of many blocks counts as many calls`() async throws {
        let start = ContinuousClock.now
        try await APIServer.run(requestsPerSecond: 5, clock: { start }) { server async throws in
            for _ in 0..<300 { try await server.node.seal() }
            func search(_ last: String) async throws -> JSON {
                try await server.rpc("eth_getLogs", ["fromBlock": "0x1", "toBlock": .string(last)])
            }
            // Of ten calls: one and one, one and two, one and two, and then the one alone.
            #expect(try await search("0x65") == [])
            #expect(try await search("0xc9") == [])
            #expect(try await search("0xc9") == [])
            #expect(try await search("0xc9")["code"] == -32_005)
            #expect(try await search("0x2") == [])
        }
    }

    @Test func `events that were missed count as a search of their blocks`() async throws {
        let start = ContinuousClock.now
        try await APIServer.run(requestsPerSecond: 5, clock: { start }) { server async throws in
            for _ in 0..<300 { try await server.node.seal() }
            func reconnect() async throws -> String {
                try await server.client.exchange(
                    "GET /api/v1/events HTTP/1.1\r\nhost: localhost\r\n"
                        + "last-event-id: 0\r\n\r\n", until: "\r\n\r\n")
            }
            // Of ten requests: one and two, three times.
            for _ in 0..<3 { #expect(try await reconnect().hasPrefix("HTTP/1.1 200")) }
            #expect(try await reconnect().hasPrefix("HTTP/1.1 429"))
            try await eventually("they have gone") { server.node.feed.listenerCount == 0 }
        }
    }

    @Test func `a history of many blocks counts as many calls`() async throws {
        let start = ContinuousClock.now
        try await APIServer.run(requestsPerSecond: 12, clock: { start }) { server async throws in
            var filters: [JSON] = []
            for _ in 0..<4 { filters.append(try await server.rpc("eth_newBlockFilter")) }
            for _ in 0..<300 { try await server.node.seal() }
            // Of the twenty that are left: one and two, six times.
            for filter in filters.prefix(3) {
                let hashes = try await server.rpc("eth_getFilterChanges", filter)
                #expect(hashes.elements?.count == 300)
            }
            for _ in 0..<3 {
                let history = try await server.rpc("eth_feeHistory", "0x12c", "latest")
                #expect(history["gasUsedRatio"]?.elements?.count == 300)
            }
            #expect(try await server.rpc("eth_getFilterChanges", filters[3])["code"] == -32_005)
            #expect(try await server.rpc("eth_feeHistory", "0x12c", "latest")["code"] == -32_005)
        }
    }

    @Test func `a block of many transactions counts as many calls`() async throws {
        let start = ContinuousClock.now
        try await APIServer.run(requestsPerSecond: 3, clock: { start }) { server async throws in
            let node = server.node
            for sender in [node.seller, node.buyer, node.aggregator, node.exchange] {
                for _ in 0..<30 {
                    let call = node.call(
                        sender, NativeContract.market, MarketCall.addOffer(energy: 500, price: 9))
                    _ = try await node.submit(call.encoded)
                }
            }
            try await node.seal()
            try #require(node.latest.current.pool.count == 0)
            let path = "/api/v1/blocks/1/transactions"
            // Of six requests: one and one, three times.
            #expect(try await server.client.get(path).status == 200)
            #expect(try await server.rpc("eth_getBlockReceipts", "0x1").elements?.count == 120)
            #expect(
                try await server.rpc("eth_getBlockByNumber", "0x1", true)["transactions"]?
                    .elements?.count == 120)
            #expect(try await server.client.get(path).status == 429)
        }
    }
}
