import Ledger
import Protocol
import Testing

@testable import Node

@Suite struct TradingDayTests {
    /// Six measured households, three of them with solar power, from eight in the morning.
    static func measured() async throws -> TestCommunity {
        let sources = try (1...6).map { number in
            ProfileSource(
                try HouseholdProfile(csv: MeasuredDay.csv, household: "h0\(number)", name: "day"))
        }
        return try await TestCommunity(sources: sources, prosumers: [0, 1, 3])
    }

    @Test func `six households settle thirty trades in two minutes at speed 60`() async throws {
        let community = try await Self.measured()
        try await community.run(seconds: 120)
        let settled = community.trades(.settled)
        #expect(settled.count >= 30)
        #expect(community.trades(.refunded).isEmpty)
        #expect(settled.allSatisfy { $0.deliveredEnergy > .zero && $0.sellerAmount > .zero })
        let state = community.ledger.state
        let supply = state.supply
        let balances = state.members().map { state.account($0.account).balance.baseUnits }
        #expect(
            balances.reduce(0, +) + supply.escrow.baseUnits
                == supply.minted.baseUnits - supply.burned.baseUnits)
        let steps = try community.aggregator.store.steps(of: settled[0].offer.id).map(\.step)
        #expect(steps == ["confirmP2L_Tx", "PoD", "confirmL2P_Tx"])
    }

    @Test func `no household has two purchases at once, nor sells more than its limit`()
        async throws
    {
        let community = try await Self.measured()
        for _ in 0..<60 {
            try await community.run(seconds: 1)
            for household in community.householdServices {
                let trades = community.trades
                let purchases = trades.filter {
                    $0.buyer == household.account && $0.status.isUnderWay
                }
                let open = trades.filter {
                    $0.offer.seller == household.account && $0.status == .open
                }
                #expect(purchases.count <= 1)
                #expect(open.count <= TraderLimits().mostOpenOffers)
            }
        }
    }

    @Test func `readings reach the aggregator's books once a second`() async throws {
        let community = try await Self.measured()
        try await community.run(seconds: 10)
        // Those of the last second are kept with the next.
        #expect(try community.aggregator.store.readingCount() == 6 * 9)
        #expect(try community.aggregator.store.users().compactMap(\.name) == ["Ada"])
        let meter = try Keys.key(50).address
        let readings = try community.aggregator.store.readings(of: meter, count: 5).map(\.reading)
        #expect(readings.count == 5)
        #expect(readings[0].time == readings[1].time.advanced(bySeconds: 60))
        #expect(readings[0].exportRegister > readings[4].exportRegister)
    }
}

extension TradingDayTests {
    @Test func `a seller's deliveries to several buyers are all proved`() async throws {
        let seller = ManualSource(power: -6_000)
        let buyers = [60, 300, 3_000, 90].map { ManualSource(power: $0) }
        let community = try await TestCommunity(sources: [seller] + buyers, prosumers: [0])
        try await community.run(seconds: 100)
        let late = community.trades.filter { trade in
            trade.status.isUnderWay
                && (trade.picked?.time ?? trade.offered.time).advanced(bySeconds: 1_500)
                    < community.ledger.clock.time(at: community.ledger.now)
        }
        #expect(late.isEmpty)
        #expect(community.trades(.refunded).isEmpty)
        for services in community.householdServices.dropFirst() {
            let settled = community.trades(.settled).filter { $0.buyer == services.account }
            #expect(settled.count >= 5)
        }
    }
}
