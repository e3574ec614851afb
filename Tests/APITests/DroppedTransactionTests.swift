import Ledger
import Protocol
import TestKit
import Testing

@testable import API

/// What a client learns of a transaction that was acknowledged and can get into no block any more.
struct DroppedTransactionTests {
    private let offer = MarketCall.addOffer(energy: 100, price: 10)

    private func submit(
        _ call: SignedTransaction, at server: APIServer, wait: String = ""
    ) async throws -> Answer {
        let raw = "0x" + Hexadecimal.encode(call.encoded)
        return try await server.client.post(
            "/api/v1/transactions\(wait)", #"{"raw": "\#(raw)"}"#)
    }

    @Test func `one that lost its nonce is called dropped, with the reason`() async throws {
        try await APIServer.run { server async throws in
            let node = server.node
            let call = node.call(node.seller, NativeContract.market, offer)
            let hash = Keccak256.hash(call.encoded).description
            #expect(try await submit(call, at: server).status == 202)
            let rival = node.call(
                node.seller, NativeContract.market, MarketCall.addOffer(energy: 7, price: 7),
                nonce: 0)
            try await node.sealOnly(rival)

            let answer = try await server.client.get("/api/v1/transactions/\(hash)").json
            #expect(answer["status"] == "dropped" && answer["reason"] == "replaced")
            #expect(answer["detail"]?.text?.verbatim.contains("took its nonce") == true)
            #expect(answer["nonce"] == 0 && answer["hash"] == .string(hash))
            let waiting = try await server.client.get(
                "/api/v1/transactions/\(hash)?wait=final&timeout=1")
            #expect(try waiting.json["status"] == "dropped")

            let told = try await server.rpc("eth_getTransactionByHash", .string(hash))
            #expect(told["status"] == "dropped" && told["reason"] == "replaced")
            #expect(told["blockHash"] == nil && told["nonce"] == "0x0")
            #expect(try await server.rpc("eth_getTransactionReceipt", .string(hash)) == .null)
        }
    }

    @Test func `one whose sender was suspended says so, also to whoever waits for it`()
        async throws
    {
        try await APIServer.run { server async throws in
            let node = server.node
            let call = node.call(node.seller, NativeContract.market, offer)
            let waiting = Task {
                try await submit(call, at: server, wait: "?wait=final&timeout=2")
            }
            try await eventually("it waits") { node.latest.current.pool.count == 1 }
            try await node.sealOnly(
                node.call(
                    node.aggregator, NativeContract.community,
                    CommunityCall.suspend(node.seller.address)))
            let answer = try await waiting.value.json
            #expect(answer["status"] == "dropped" && answer["reason"] == "refused")
            #expect(answer["detail"]?.text?.verbatim.contains("is suspended") == true)
        }
    }

    @Test func `one that waits, or is final, has no such words`() async throws {
        try await APIServer.run { server async throws in
            let node = server.node
            let call = node.call(node.seller, NativeContract.market, offer)
            let hash = JSON.string(Keccak256.hash(call.encoded).description)
            #expect(try await submit(call, at: server).status == 202)
            #expect(try await server.rpc("eth_getTransactionByHash", hash)["status"] == nil)
            try await node.seal()
            #expect(try await server.rpc("eth_getTransactionByHash", hash)["status"] == nil)
            #expect(try await server.rpc("eth_getTransactionByHash", hash)["blockHash"] != nil)
        }
    }

    @Test func `under pressure JSON-RPC says when to come again, alone and in a batch`()
        async throws
    {
        try await APIServer.run { server async throws in
            let node = server.node
            node.contents.withLock { $0.isBusy = true }
            let raw =
                "0x"
                + Hexadecimal.encode(
                    node.call(node.seller, NativeContract.market, offer).encoded)
            let call =
                #"{"jsonrpc":"2.0","id":1,"method":"eth_sendRawTransaction","params":["\#(raw)"]}"#
            let other = #"{"jsonrpc":"2.0","id":2,"method":"eth_chainId"}"#
            let alone = try await server.client.post("/", call)
            #expect(alone.headers["retry-after"] == "1")
            let error = try alone.json["error"]
            #expect(error?["code"] == -32_005)
            #expect(error?["data"]?["retryAfterSeconds"] == 1)
            let batch = try await server.client.post("/", "[\(other),\(call)]")
            #expect(batch.headers["retry-after"] == "1")
            let calm = try await server.client.post("/", "[\(other)]")
            #expect(calm.headers["retry-after"] == nil)
        }
    }
}
