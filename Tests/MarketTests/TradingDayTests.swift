import Ledger
import Protocol
import Testing

@testable import Market

@Suite struct TradingDayTests {
    /// Six measured households, three of them with solar power, from eight in the morning.
    static func measured() throws -> TestCommunity {
        let sources = (1...6).map { MeterSource.profile(ProfileSource(MeasuredDay.profile($0))) }
        return try TestCommunity(sources: sources, prosumers: [0, 1, 3])
    }

    @Test func `six households settle thirty trades in two minutes at speed 60`() throws {
        var community = try Self.measured()
        community.run(seconds: 120)
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
        let books = community.roles[TestCommunity.aggregator].store.content
        let steps = books.steps[settled[0].offer.id]?.map(\.step)
        #expect(steps == ["confirmP2L_Tx", "PoD", "confirmL2P_Tx"])
        for trade in community.trades where trade.buyer != nil {
            #expect(books.trades[trade.offer.id]?.status == trade.status)
        }
    }

    @Test func `no household buys or sells more at once than its limits`() throws {
        var community = try Self.measured()
        for _ in 0..<60 {
            community.run(seconds: 1)
            for household in community.roles.dropFirst(2) {
                let trades = community.trades
                let purchases = trades.filter {
                    $0.buyer == household.account && $0.status.isUnderWay
                }
                let open = trades.filter {
                    $0.offer.seller == household.account && $0.status == .open
                }
                #expect(purchases.count <= TraderLimits().mostOpenPurchases)
                #expect(open.count <= TraderLimits().mostOpenOffers)
            }
        }
    }

    @Test func `readings reach the aggregator's books once a second`() throws {
        var community = try Self.measured()
        community.run(seconds: 10)
        let books = community.roles[TestCommunity.aggregator].store.content
        // Those of the last second are kept with the next.
        #expect(books.readings == 6 * 9)
        #expect(books.names == [Keys.key(10).address: "Ada"])
        #expect(books.members.count == 10)
        let batches = community.effects.compactMap { _, effect in
            if case .store(.aggregator(.readings(let batch))) = effect { batch } else { nil }
        }
        #expect(batches.map(\.count) == Array(repeating: 6, count: 9))
        let meter = TestCommunity.meterKey(0).address
        let readings = batches.flatMap { $0 }.map(\.reading).filter { $0.meter == meter }
        #expect(readings[1].time == readings[0].time.advanced(bySeconds: 60))
        #expect(readings[8].exportRegister > readings[4].exportRegister)
        #expect(community.roles[TestCommunity.aggregator].role.figures.readingCount == 60)
    }

    @Test func `a seller's deliveries to several buyers are all proved`() throws {
        let buyers = [60, 300, 3_000, 90].map { MeterSource.manual($0) }
        var community = try TestCommunity(sources: [.manual(-6_000)] + buyers, prosumers: [0])
        community.run(seconds: 100)
        let now = community.ledger.clock.time(at: community.ledger.now)
        let late = community.trades.filter { trade in
            trade.status.isUnderWay
                && (trade.picked?.time ?? trade.offered.time).advanced(bySeconds: 1_500) < now
        }
        #expect(late.isEmpty)
        #expect(community.trades(.refunded).isEmpty)
        for buyer in community.roles.dropFirst(3) {
            let settled = community.trades(.settled).filter { $0.buyer == buyer.account }
            #expect(settled.count >= 5)
        }
    }

    /// Each lot costs 4,000, as the seller has plenty.
    @Test(arguments: [(11_999 as UInt64, 2), (12_000, 3)])
    func `what was spent in a day counts against the day's limit`(
        _ limit: UInt64, _ purchases: Int
    ) throws {
        var limits = TraderLimits()
        limits.mostTokensPerDay = TokenAmount(limit)
        var community = try TestCommunity(
            sources: [.manual(-6_000), .manual(6_000)], prosumers: [0], limits: limits)
        community.run(seconds: 120)
        let picked = community.trades.filter { $0.buyer == community.account(1) }
        #expect(picked.count == purchases)
        #expect(picked.allSatisfy { $0.status == .settled && $0.returned == .zero })
    }

    @Test func `a reading of another's meter is not taken`() throws {
        var community = try Self.measured()
        community.run(seconds: 2)
        let count = community.roles[TestCommunity.aggregator].role.figures.readingCount
        let reading = try #require(community.reading(0))
        community.tell(
            TestCommunity.aggregator, .received(.reading(reading), from: community.account(1)))
        let aggregator = community.roles[TestCommunity.aggregator]
        #expect(aggregator.role.figures.readingCount == count)
        #expect(
            aggregator.log.last
                == "a reading is refused: meter \(reading.meter) is not the sender's")
    }
}
