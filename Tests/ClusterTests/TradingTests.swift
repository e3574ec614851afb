import API
import Client
import Foundation
import Glibc
import Keys
import Ledger
import Protocol
import TestKit
import Testing

/// The default testnet as its users meet it, with faults that it promises to survive.
@Suite(
    .serialized,
    SharedTestnet(
        manifest: RunningTestnet.checkout + "/cluster/manifests/default.toml",
        options: ["--speed", "60"]))
struct TradingTests {
    private let testnet: RunningTestnet

    init() throws {
        testnet = try SharedTestnet.testnet
    }

    @Test func `twelve nodes start, trade by themselves and agree`() async throws {
        let status = try await testnet.status()
        #expect(status.nodes.count == 12)
        #expect(status.nodes.filter(\.alive).count == 12)
        let roles = Dictionary(grouping: status.nodes, by: \.role).mapValues(\.count)
        #expect(
            roles == ["validator": 4, "aggregator": 1, "exchange": 1, "household": 6])
        #expect(try await testnet.settles(20, moreThan: 0, within: .seconds(120)))
        try await testnet.expectAgreement(of: 12)
    }

    @Test func `trades go on without one validator, which votes again once it is back`()
        async throws
    {
        let before = try await testnet.settledTrades()
        try testnet.kill(["v2"])
        #expect(try await testnet.settles(3, moreThan: before, within: .seconds(60)))
        try await testnet.expectAgreement(of: 11)
        try await testnet.resume()
        // It votes again: its seal stands in certificates of new blocks.
        let address = try testnet.node("v2").address.description
        let votes = try await eventually(within: .seconds(30)) {
            let head = try await testnet.get("v1", "/api/v1/blocks?limit=5")
            return head.body?.compact.lowercased().contains(address) == true
        }
        #expect(votes, "v2 takes part again")
        try await testnet.expectAgreement(of: 12)
    }

    @Test func `without a quorum nothing becomes final, and reading goes on`() async throws {
        let before = try await testnet.settledTrades()
        try testnet.kill(["v1", "v3"])
        // What was under way may still end; then nothing more becomes final.
        var height = try await testnet.height("h01")
        let isStill = try await eventually(within: .seconds(20), every: .seconds(3)) {
            let now = try await testnet.height("h01")
            defer { height = now }
            return now == height
        }
        #expect(isStill)
        // The status says since when nothing has become final.
        let saysSince = try await eventually(within: .seconds(30), every: .seconds(1)) {
            let status = try await testnet.get("h01", "/api/v1/status")
            return status.status == 200 && status.body?["stalledSince"]?.verbatim != nil
        }
        #expect(saysSince)
        try await testnet.resume()
        let goesOn = try await eventually(within: .seconds(10)) {
            try await testnet.height("h01") > height
        }
        #expect(goesOn)
        #expect(try await testnet.settles(1, moreThan: before, within: .seconds(60)))
    }

    @Test func `what was final survives the loss of all nodes at once`() async throws {
        let head = try #require(try await testnet.block(at: "h01"))
        let number = try #require(head["number"]?.quantity)
        let before = try await testnet.settledTrades()
        try testnet.kill(testnet.names)
        try await testnet.resume()
        for name in testnet.names {
            let holds = try await eventually(within: .seconds(30)) {
                try await testnet.block(number, at: name)?["hash"] == head["hash"]
            }
            #expect(holds, "\(name) lost the final block \(number)")
        }
        #expect(try await testnet.settles(3, moreThan: before, within: .seconds(60)))
        try await testnet.expectAgreement(of: 12)
    }

    /// The silent member is a household whose node is away: somebody picks with its key.
    @Test func `trades go on beside a member that picks all there is and answers nothing`()
        async throws
    {
        let picker = try testnet.key(of: "h05")
        try await testnet.send(SIGTERM, to: "h05")
        let before = try await testnet.settledTrades()
        var picks = 0
        let end = ContinuousClock.now.advanced(by: .seconds(40))
        while ContinuousClock.now < end {
            let offers =
                try await testnet.ask("h01") { client in
                    try ContractReader(client: client).results(
                        .market, "listOffers", [.number(UInt32(0)), .number(UInt32(100))])
                }.first?.elements ?? []
            for id in offers.compactMap({ $0.elements?.first?.number(as: UInt32.self) }) {
                let outcome = try await testnet.submit(
                    MarketCall.pickOffer(OfferID(id)), to: NativeContract.market, by: picker,
                    at: "h01")
                if outcome.succeeded { picks += 1 }
            }
        }
        #expect(picks > 0)
        #expect(try await testnet.settles(5, moreThan: before, within: .seconds(30)))
        try await testnet.resume()
    }

    @Test func `a stopped household's whole ledger verifies from its files alone`() async throws {
        try await testnet.send(SIGTERM, to: "h05")
        let sound = try await RunningTestnet.busbar(
            ["chain", "verify", "--data", testnet.node("h05").data])
        #expect(sound.exitCode == 0, "\(sound.text)")
        try await testnet.resume()
    }
}
