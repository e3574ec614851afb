import Foundation
import Testing

/// The default testnet as its users meet it, with faults that it promises to survive.
@Suite(.serialized) struct TradingTests {
    @Test func `neighbours trade, and go on through the loss of any and of all nodes`()
        async throws
    {
        try await RunningTestnet.with(["--speed", "60"]) { testnet in
            try await tradesByItself(testnet)
            try await survivesOneValidator(&testnet)
            try await standsStillWithoutQuorum(&testnet)
            try await survivesAll(&testnet)
            try await verifies(testnet)
        }
    }

    private func tradesByItself(_ testnet: RunningTestnet) async throws {
        let status = try await testnet.status()
        #expect(status.nodes.count == 12)
        #expect(status.nodes.filter(\.alive).count == 12)
        let roles = Dictionary(grouping: status.nodes, by: \.role).mapValues(\.count)
        #expect(
            roles == ["validator": 4, "aggregator": 1, "exchange": 1, "household": 6])
        #expect(try await testnet.settles(20, moreThan: 0, within: .seconds(120)))
        try await testnet.expectAgreement(of: 12)
    }

    private func survivesOneValidator(_ testnet: inout RunningTestnet) async throws {
        let before = try await testnet.settledTrades()
        try testnet.kill(["v2"])
        #expect(try await testnet.settles(3, moreThan: before, within: .seconds(60)))
        try await testnet.expectAgreement(of: 11)
        let resumed = try await testnet.resume()
        #expect(resumed.exitCode == 0, "\(resumed.text)")
        let current = testnet
        // It votes again: its seal stands in certificates of new blocks.
        let address = try testnet.node("v2").address.description
        let votes = try await eventually(within: .seconds(30)) {
            let head = try await current.get("v1", "/api/v1/blocks?limit=5")
            return "\(head.body ?? "")".lowercased().contains(address)
        }
        #expect(votes, "v2 takes part again")
        try await testnet.expectAgreement(of: 12)
    }

    private func standsStillWithoutQuorum(_ testnet: inout RunningTestnet) async throws {
        let before = try await testnet.settledTrades()
        try testnet.kill(["v1", "v3"])
        let current = testnet
        // What was under way may still end; then nothing more becomes final.
        var height = try await current.height("h01")
        let isStill = try await eventually(within: .seconds(20), every: .seconds(3)) {
            let now = try await current.height("h01")
            defer { height = now }
            return now == height
        }
        #expect(isStill)
        // Reading goes on, and says since when nothing has become final.
        let saysSince = try await eventually(within: .seconds(30), every: .seconds(1)) {
            let status = try await current.get("h01", "/api/v1/status")
            return status.status == 200
                && (status.body as? [String: Any])?["stalledSince"] is String
        }
        #expect(saysSince)
        let resumed = try await testnet.resume()
        #expect(resumed.exitCode == 0, "\(resumed.text)")
        let after = testnet
        let goesOn = try await eventually(within: .seconds(10)) {
            try await after.height("h01") > height
        }
        #expect(goesOn)
        #expect(try await testnet.settles(1, moreThan: before, within: .seconds(60)))
    }

    private func survivesAll(_ testnet: inout RunningTestnet) async throws {
        let current = testnet
        let head = try #require(
            try await current.rpc("h01", "eth_getBlockByNumber", ["latest", false])
                as? [String: Any])
        let number = try #require(head["number"] as? String)
        let hash = try #require(head["hash"] as? String)
        let before = try await testnet.settledTrades()
        try testnet.kill(testnet.names)
        let resumed = try await testnet.resume()
        #expect(resumed.exitCode == 0, "\(resumed.text)")
        let after = testnet
        for name in testnet.names {
            let holds = try await eventually(within: .seconds(30)) {
                let block = try await after.rpc(name, "eth_getBlockByNumber", [number, false])
                return (block as? [String: Any])?["hash"] as? String == hash
            }
            #expect(holds, "\(name) lost the final block \(number)")
        }
        #expect(try await testnet.settles(3, moreThan: before, within: .seconds(60)))
        try await testnet.expectAgreement(of: 12)
    }

    private func verifies(_ testnet: RunningTestnet) async throws {
        let data = try testnet.node("h05").data
        let stopped = try await testnet.busbar(["network", "down"])
        #expect(stopped.exitCode == 0, "\(stopped.text)")
        let sound = try await RunningTestnet.busbar(["chain", "verify", "--data", data])
        #expect(sound.exitCode == 0, "\(sound.text)")
    }
}
