import Ledger
import Protocol
import TestKit
import Testing

@testable import API

/// What can be asked in several ways is told alike in each of them.
@Suite struct `One thing that is asked in several ways` {
    @Test func `an event has one place: live, told again, in its receipt and in a search`()
        async throws
    {
        try await APIServer.run { server async throws in
            let node = server.node
            let mint = TokenCall.mint(
                to: node.aggregator.address, amount: TokenAmount(5_000_000), reference: "a")
            try await node.seal(node.call(node.exchange, NativeContract.token, mint))
            async let received = server.client.exchange(
                "GET /api/v1/events HTTP/1.1\r\nhost: localhost\r\n\r\n", until: "SellerPaid")
            try await eventually("the node has a listener") { node.feed.listenerCount == 1 }
            try await node.settleTrade()
            let live = try place(of: "SellerPaid", in: try await received)
            let again = try await server.client.exchange(
                "GET /api/v1/events HTTP/1.1\r\nhost: localhost\r\nlast-event-id: 1\r\n\r\n",
                until: "SellerPaid")
            #expect(try place(of: "SellerPaid", in: again) == live)

            let market = JSON.string(NativeContract.market.description)
            let logs = try await server.rpc(
                "eth_getLogs", ["fromBlock": "0x0", "address": market])
            let log = try #require(logs.elements?.last)
            let number = try #require(log["logIndex"]?.verbatim)
            // It is not the first of its transaction, and its transaction is the first.
            #expect(number != log["transactionIndex"]?.verbatim)
            let block = try #require(log["blockNumber"]?.verbatim)
            let digits = [block, number].map { UInt64($0.dropFirst(2), radix: 16) ?? .max }
            #expect(live == "\(digits[0])-\(digits[1])")
            let receipt = try await server.rpc(
                "eth_getTransactionReceipt", log["transactionHash"] ?? .null)
            #expect(receipt["logs"]?.elements?.last == log)
        }
    }

    /// The place of the event called `name` among those of a stream.
    private func place(of name: String, in stream: String) throws -> String {
        let event = try #require(stream.split(separator: "event: ").last { $0.contains(name) })
        let line = try #require(event.split(separator: "\n").first { $0.hasPrefix("id: ") })
        return String(line.dropFirst(4))
    }

    @Test func `the state of an earlier block is not told, whatever is asked of it`() async throws {
        try await APIServer.run { server async throws in
            let node = server.node
            try await node.seal(
                node.call(
                    node.seller, NativeContract.market,
                    MarketCall.addOffer(energy: 500, price: 9)))
            try await node.seal()
            let account = JSON.string(node.seller.address.description)
            let call: JSON = [
                "to": .string(NativeContract.token.description),
                "data": .string("0x" + Hexadecimal.encode(TokenCall.totalSupply())),
            ]
            for (method, first) in [
                ("eth_call", call), ("eth_estimateGas", call), ("eth_getBalance", account),
                ("eth_getCode", account), ("eth_getTransactionCount", account),
            ] {
                let earlier = try await server.rpc(method, first, "0x1")
                #expect(
                    earlier["message"]?.verbatim?.hasPrefix("historical state is not available")
                        == true, "\(method)")
                let newest = try await server.rpc(method, first, "0x2")
                #expect(newest == (try await server.rpc(method, first, "latest")), "\(method)")
                #expect(newest.verbatim?.hasPrefix("0x") == true, "\(method)")
            }
        }
    }

    @Test func `a member is shown and answered as suspended, until it is reinstated`()
        async throws
    {
        try await APIServer.run { server async throws in
            let node = server.node
            let account = node.seller.address
            func expect(suspended: Bool) async throws {
                for path in ["accounts", "members"] {
                    let shown = try await server.client.get("/api/v1/\(path)/\(account)").json
                    #expect(shown["suspended"] == .bool(suspended), "\(path)")
                }
                let offer = node.call(
                    node.seller, NativeContract.market,
                    MarketCall.addOffer(energy: 500, price: 9))
                let body: JSON = ["raw": server.raw(offer)]
                let answer = try await server.client.post(
                    "/api/v1/transactions", String(decoding: body.encoded, as: UTF8.self))
                let answered = try await server.rpc("eth_sendRawTransaction", server.raw(offer))
                if suspended {
                    #expect(try answer.json["reason"] == "suspended")
                    #expect(answered["data"]?["reason"] == "suspended")
                } else {
                    #expect(answer.status == 202)
                    #expect(answered["data"]?["reason"] == "known")
                }
            }
            let community = NativeContract.community
            try await node.seal(
                node.call(node.aggregator, community, CommunityCall.suspend(account)))
            try await expect(suspended: true)
            try await node.seal(
                node.call(node.aggregator, community, CommunityCall.reinstate(account)))
            try await expect(suspended: false)
        }
    }

    @Test func `a place among new transactions holds when old ones are dropped`() {
        let recent = RecentSubmissions()
        var wrong: [UInt64] = []
        for number in 0..<UInt64(20_000) {
            let hash = SHA256.hash(number.bigEndianBytes)
            recent.note(hash)
            let isRight = recent.count == number + 1 && recent.hashes(after: number) == [hash]
            if !isRight { wrong.append(number) }
        }
        #expect(wrong.isEmpty)
    }
}
