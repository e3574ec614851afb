import Ledger
import Protocol
import TestKit
import Testing

@testable import API

/// Every answer of the REST API is held to what its description promises.
struct DescriptionTests {
    /// A node with something of everything: trades, transfers, an open purchase, a pending
    /// transaction, a meter that was read.
    private func fill(_ node: FakeNode) async throws -> (final: Hash32, pending: Hash32) {
        let token = NativeContract.token
        let mint = TokenCall.mint(
            to: node.aggregator.address, amount: TokenAmount(5_000_000), reference: "a")
        try await node.seal(node.call(node.exchange, token, mint))
        try await node.settleTrade()
        let offer = MarketCall.addOffer(energy: 500, price: 1, expires: 1_780_050_000)
        let purchase = TokenCall.purchaseTokens(
            of: node.aggregator.address, amount: TokenAmount(7), reference: "b")
        let block = try await node.seal(
            node.call(node.seller, NativeContract.market, offer),
            node.call(node.buyer, token, purchase),
            node.call(node.aggregator, NativeContract.market, MarketCall.claim(OfferID(9))))
        try await node.setPower(100)
        let pending = node.call(node.seller, NativeContract.market, offer)
        return (block.transactions[0].hash, try await node.submit(pending.encoded))
    }

    /// Concrete paths of each described one.
    private func paths(
        _ path: String, _ node: FakeNode, _ hashes: (final: Hash32, pending: Hash32)
    ) -> [String] {
        let address = path.hasPrefix("/members") ? node.seller.address : node.aggregator.address
        let values: [String: [String]] = [
            "{block}": ["latest", "0", "1"],
            "{hash}": [hashes.final, hashes.pending].map(\.description),
            "{address}": [address.description], "{id}": ["1", "2"],
            "{name}": ContractABI.all.map(\.name),
        ]
        guard let (name, choices) = values.first(where: { path.contains($0.key) }) else {
            return [path]
        }
        return choices.map { path.replacing(name, with: $0) }
    }

    @Test func `every answer is what the description says`() async throws {
        try await APIServer.run { server async throws in
            let hashes = try await fill(server.node)
            let document = try await server.client.get("/api/v1/openapi.json").json
            let check = SchemaCheck(document: document)
            guard case .object(let described)? = document["paths"] else { throw BadFixture() }
            var emptyLists: [String] = []
            for path in described where path.name != "/events" {
                let schema = path.value["get"]?["responses"]?["200"]?["content"]?[
                    "application/json"]?["schema"]
                guard let schema else { continue }
                var count: Int?
                for concrete in paths(path.name, server.node, hashes) {
                    let answer = try await server.client.get("/api/v1" + concrete)
                    #expect(answer.status == 200, "\(concrete)")
                    #expect(try check.faults(in: answer.json, by: schema) == [], "\(concrete)")
                    if let items = try answer.json["items"]?.elements {
                        count = (count ?? 0) + items.count
                    }
                }
                if count == 0 { emptyLists.append(path.name) }
            }
            // A list without entries would fit whatever was said of them.
            #expect(emptyLists == [])
        }
    }

    @Test func `submissions and problems are answered as described`() async throws {
        try await APIServer.run { server async throws in
            let document = try await server.client.get("/api/v1/openapi.json").json
            let check = SchemaCheck(document: document)
            func faults(_ answer: Answer, by schema: String) throws -> [String] {
                let schema = document["components"]?["schemas"]?[schema] ?? .null
                return try check.faults(in: answer.json, by: schema)
            }
            let node = server.node
            let offer = node.call(
                node.seller, NativeContract.market, MarketCall.addOffer(energy: 500, price: 9))
            let body: JSON = ["raw": server.raw(offer)]
            let text = String(decoding: body.encoded, as: UTF8.self)
            let taken = try await server.client.post("/api/v1/transactions", text)
            #expect(taken.status == 202)
            #expect(try faults(taken, by: "PendingTransaction") == [])
            #expect(try faults(taken, by: "FinalTransaction") != [])
            let known = try await server.client.post("/api/v1/transactions", text)
            #expect(try faults(known, by: "Problem") == [])
            let nowhere = try await server.client.get("/api/v1/nowhere")
            #expect(try faults(nowhere, by: "Problem") == [])
        }
    }

    @Test func `the check of answers finds what is wrong with them`() {
        let schema: JSON = [
            "type": "object", "required": ["a"], "additionalProperties": false,
            "properties": [
                "a": ["type": "string", "pattern": "^[0-9]+$"],
                "b": ["oneOf": [["type": "integer"], ["type": "null"]]],
            ],
        ]
        let check = SchemaCheck(document: [:])
        func count(_ value: JSON) -> Int { check.faults(in: value, by: schema).count }
        #expect(count(["a": "1", "b": 1]) == 0)
        #expect(count(["a": "1", "b": .null]) == 0)
        #expect(count(["b": 1]) == 1)
        #expect(count(["a": "x"]) == 1)
        #expect(count(["a": 1]) == 1)
        #expect(count(["a": "1", "c": 1]) == 1)
        #expect(count(["a": "1", "b": "1"]) == 3)
        #expect(count([]) == 1)
    }
}
