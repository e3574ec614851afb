import Foundation
import Testing

/// The default neighbourhood as its users meet it, with faults that it promises to survive.
@Suite(.serialized) struct TradingTests {
    @Test func `neighbours trade, and go on through the loss of any and of all nodes`()
        async throws
    {
        try await TestNeighbourhood.with(["--speed", "60"]) { street in
            try await tradesByItself(street)
            try await survivesOneValidator(&street)
            try await standsStillWithoutQuorum(&street)
            try await survivesAll(&street)
            try await verifies(street)
        }
    }

    private func tradesByItself(_ street: TestNeighbourhood) async throws {
        let status = try await street.status()
        #expect(status.nodes.count == 12)
        #expect(status.nodes.filter(\.alive).count == 12)
        let roles = Dictionary(grouping: status.nodes, by: \.role).mapValues(\.count)
        #expect(
            roles == ["validator": 4, "aggregator": 1, "exchange": 1, "household": 6])
        #expect(try await street.settles(20, moreThan: 0, within: .seconds(120)))
        try await street.expectAgreement(of: 12)
    }

    private func survivesOneValidator(_ street: inout TestNeighbourhood) async throws {
        let before = try await street.settledTrades()
        try street.kill(["v2"])
        #expect(try await street.settles(3, moreThan: before, within: .seconds(60)))
        try await street.expectAgreement(of: 11)
        let resumed = try await street.resume()
        #expect(resumed.exitCode == 0, "\(resumed.text)")
        let current = street
        // It votes again: its seal stands in certificates of new blocks.
        let address = try street.node("v2").address.description
        let votes = try await eventually(within: .seconds(30)) {
            let head = try await current.get("v1", "/api/v1/blocks?limit=5")
            return "\(head.body ?? "")".lowercased().contains(address)
        }
        #expect(votes, "v2 takes part again")
        try await street.expectAgreement(of: 12)
    }

    private func standsStillWithoutQuorum(_ street: inout TestNeighbourhood) async throws {
        let before = try await street.settledTrades()
        try street.kill(["v1", "v3"])
        let current = street
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
        let resumed = try await street.resume()
        #expect(resumed.exitCode == 0, "\(resumed.text)")
        let after = street
        let goesOn = try await eventually(within: .seconds(10)) {
            try await after.height("h01") > height
        }
        #expect(goesOn)
        #expect(try await street.settles(1, moreThan: before, within: .seconds(60)))
    }

    private func survivesAll(_ street: inout TestNeighbourhood) async throws {
        let current = street
        let head = try #require(
            try await current.rpc("h01", "eth_getBlockByNumber", ["latest", false])
                as? [String: Any])
        let number = try #require(head["number"] as? String)
        let hash = try #require(head["hash"] as? String)
        let before = try await street.settledTrades()
        try street.kill(street.names)
        let resumed = try await street.resume()
        #expect(resumed.exitCode == 0, "\(resumed.text)")
        let after = street
        for name in street.names {
            let holds = try await eventually(within: .seconds(30)) {
                let block = try await after.rpc(name, "eth_getBlockByNumber", [number, false])
                return (block as? [String: Any])?["hash"] as? String == hash
            }
            #expect(holds, "\(name) lost the final block \(number)")
        }
        #expect(try await street.settles(3, moreThan: before, within: .seconds(60)))
        try await street.expectAgreement(of: 12)
    }

    private func verifies(_ street: TestNeighbourhood) async throws {
        let data = try street.node("h05").data
        let stopped = try await street.busbar(["network", "down"])
        #expect(stopped.exitCode == 0, "\(stopped.text)")
        let sound = try await TestNeighbourhood.busbar(["chain", "verify", "--data", data])
        #expect(sound.exitCode == 0, "\(sound.text)")
    }
}
