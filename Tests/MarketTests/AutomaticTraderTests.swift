import Ledger
import Protocol
import Simulation
import Testing

@testable import Market

@Suite struct AutomaticTraderTests {
    private var ledger: FakeLedger
    private let aggregator: SimulatedKey
    private let seller: SimulatedKey
    private let buyer: SimulatedKey
    private let other = Keys.key(12)

    init() throws {
        let validator = Keys.key(1)
        aggregator = Keys.key(2)
        let exchange = Keys.key(3)
        seller = Keys.key(10)
        buyer = Keys.key(11)
        let plain = [
            (validator, MemberRole.validator), (aggregator, .aggregator), (exchange, .exchange),
        ]
        let homes = [(seller, UInt8(50)), (buyer, UInt8(51)), (other, UInt8(52))]
        let members =
            plain.map { key, role in
                Member(
                    account: key.address, role: role, meterKey: .zero, ratedPower: Watts(0),
                    certificateHash: .zero)
            }
            + (homes.map { key, meter in
                Member(
                    account: key.address, role: .prosumer, meterKey: Keys.key(meter).address,
                    ratedPower: Watts(20_000), certificateHash: .zero)
            })
        let start = Timestamp(milliseconds: 1_700_000_000_000)
        ledger = try FakeLedger(
            genesis: Genesis(
                chainID: 9_001, name: "Traders", timestamp: start,
                marketClock: MarketClock(
                    origin: MarketTime(seconds: 1_700_000_000), ledgerOrigin: start, rate: 1),
                members: members))
        try ledger.call(
            NativeContract.token,
            TokenCall.mint(
                to: aggregator.address, amount: TokenAmount(10_000_000), reference: "a"),
            by: exchange)
        try ledger.call(
            NativeContract.token,
            TokenCall.transfer(to: buyer.address, amount: TokenAmount(20_000)), by: aggregator)
    }

    private func actions(
        of key: SimulatedKey, power: Int32, delivered: [UInt32] = [],
        _ change: (inout TraderLimits) -> Void = { _ in }
    ) -> [TradeAction] {
        var limits = TraderLimits()
        change(&limits)
        let time = ledger.clock.time(at: ledger.now)
        var trades = OwnTrades(of: key.address)
        trades.follow(ledger.state, at: time)
        return AutomaticTrader(account: key.address, limits: limits).actions(
            in: AutomaticTrader.Situation(
                state: ledger.state, time: time, power: power, trades: trades,
                delivered: Set(delivered.map { OfferID($0) })))
    }

    private mutating func offer(_ energy: UInt32, _ price: UInt32, by key: SimulatedKey? = nil)
        throws
    {
        try ledger.call(
            NativeContract.market, MarketCall.addOffer(energy: energy, price: price),
            by: key ?? seller)
    }

    @Test func `a surplus is offered in lots, as many as are expected`() {
        #expect(actions(of: seller, power: -10).isEmpty)
        #expect(actions(of: seller, power: -40).isEmpty)
        #expect(actions(of: seller, power: -60).count == 1)
        let many = actions(of: seller, power: -5_000)
        #expect(many.count == 6)
        let expires = MarketTime(seconds: 1_700_003_600)
        #expect(many[0] == .offer(WattHours(50), price: TokenAmount(4_000), expires: expires))
    }

    @Test func `the price lies within the limits and falls with the surplus`() {
        let trader = AutomaticTrader(account: seller.address, limits: TraderLimits())
        let prices = [0, 500, 2_500, 5_000, 1_000_000].map {
            trader.askingPrice(surplus: $0, of: Watts(20_000)).baseUnits
        }
        #expect(prices == [200_000, 185_000, 140_000, 80_000, 80_000])
    }

    @Test mutating func `offers that are open count against the limit`() throws {
        try offer(50, 4_000)
        try offer(50, 4_000)
        #expect(actions(of: seller, power: -5_000).count == 4)
        #expect(actions(of: seller, power: -5_000) { $0.mostOpenOffers = 2 }.isEmpty)
    }

    @Test mutating func `whoever draws from the grid takes its offers back`() throws {
        try offer(50, 4_000)
        #expect(actions(of: seller, power: 10) == [.cancel(OfferID(1))])
    }

    @Test mutating func `the cheapest acceptable offer is picked`() throws {
        try offer(100, 12_000)
        try offer(50, 4_500)
        try offer(50, 5_000)
        try offer(50, 1_000, by: buyer)
        #expect(actions(of: buyer, power: 500).contains(.pick(OfferID(2))))
        #expect(!actions(of: buyer, power: 5).contains(.pick(OfferID(2))))
    }

    @Test mutating func `what is dearer than the limit is not bought`() throws {
        try offer(50, 4_500)
        #expect(
            actions(of: buyer, power: 500) { $0.highestPurchasePrice = TokenAmount(89_999) }.isEmpty
        )
        #expect(
            actions(of: buyer, power: 500) { $0.highestPurchasePrice = TokenAmount(90_000) }
                == [.pick(OfferID(1))])
    }

    @Test mutating func `neither balance nor the day's limit is exceeded`() throws {
        try offer(1_000, 20_001)
        #expect(actions(of: buyer, power: 500).isEmpty)
        try offer(50, 4_500)
        #expect(actions(of: buyer, power: 500) { $0.mostTokensPerDay = TokenAmount(4_499) }.isEmpty)
        #expect(actions(of: buyer, power: 500) == [.pick(OfferID(2))])
    }

    @Test mutating func `what was spent today counts, and is forgotten tomorrow`() throws {
        try offer(50, 4_500)
        try offer(50, 4_500)
        try ledger.call(NativeContract.market, MarketCall.pickOffer(OfferID(1)), by: buyer)
        var trades = OwnTrades(of: buyer.address)
        let time = ledger.clock.time(at: ledger.now)
        trades.follow(ledger.state, at: time)
        #expect(trades.spentToday == TokenAmount(4_500))
        trades.follow(ledger.state, at: time.advanced(bySeconds: 86_400))
        #expect(trades.spentToday == .zero)
    }

    /// Those that are too dear, too large for the purse or its own come first by number, and the cheap
    /// ones that a purse cannot pay come first by price.
    @Test mutating func `any number of absurd offers hides no good one`() throws {
        for _ in 0..<40 { try offer(50, 4_000_000) }
        for _ in 0..<11 { try offer(20_000, 1_000_000) }
        for _ in 0..<9 { try offer(50, 1, by: buyer) }
        try offer(50, 4_500)
        #expect(actions(of: buyer, power: 500).contains(.pick(OfferID(61))))
    }

    @Test mutating func `it buys ahead what it will draw, and waits for no proof`() throws {
        for _ in 0..<9 { try offer(5, 450) }
        // 9 kW draw 20 Wh in eight seconds.
        #expect(actions(of: buyer, power: 9_000).count == 4)
        #expect(actions(of: buyer, power: 500).count == 1)
        for id in 1...3 as ClosedRange<UInt32> {
            try ledger.call(NativeContract.market, MarketCall.pickOffer(OfferID(id)), by: buyer)
        }
        #expect(actions(of: buyer, power: 500).isEmpty)
        #expect(actions(of: buyer, power: 9_000).count == 1)
        #expect(actions(of: buyer, power: 9_000) { $0.mostOpenPurchases = 3 }.isEmpty)
        #expect(actions(of: buyer, power: 500, delivered: [1, 2]).isEmpty)
        #expect(actions(of: buyer, power: 500, delivered: [1, 2, 3]).count == 1)
    }

    @Test mutating func `of one who is late it buys no more, and expects nothing`() throws {
        for _ in 0..<9 { try offer(5, 450) }
        for id in 1...3 as ClosedRange<UInt32> {
            try ledger.call(NativeContract.market, MarketCall.pickOffer(OfferID(id)), by: buyer)
        }
        ledger.advance(milliseconds: 617_000)
        #expect(actions(of: buyer, power: 90_000).isEmpty)
        // What has been delivered is not late, however long its proof takes.
        #expect(actions(of: buyer, power: 500, delivered: [1, 2, 3]).count == 1)
        for _ in 0..<5 { try offer(5, 600, by: other) }
        let others = (10...14 as ClosedRange<UInt32>).map { TradeAction.pick(OfferID($0)) }
        #expect(Set(actions(of: buyer, power: 90_000)) == Set(others))
        #expect(actions(of: buyer, power: 500).count == 1)
    }

    @Test mutating func `one purchase at a time where little is drawn`() throws {
        try offer(50, 4_500)
        try offer(50, 4_500)
        try ledger.call(NativeContract.market, MarketCall.pickOffer(OfferID(1)), by: buyer)
        #expect(actions(of: buyer, power: 500).isEmpty)
    }

    @Test mutating func `a trader that is switched off does nothing`() throws {
        try offer(50, 4_500)
        #expect(actions(of: buyer, power: 500) { $0.isEnabled = false }.isEmpty)
        #expect(actions(of: seller, power: -5_000) { $0.isEnabled = false }.isEmpty)
    }

    @Test(arguments: [UInt64.max, 0])
    mutating func `limits beyond reason do no harm`(_ value: UInt64) throws {
        try offer(50, 4_500)
        for power in [Int32.min, -1, 0, .max] {
            _ = actions(of: buyer, power: power) {
                $0.lowestSalePrice = TokenAmount(value)
                $0.highestSalePrice = TokenAmount(value)
                $0.highestPurchasePrice = TokenAmount(value)
                $0.lot = WattHours(value)
                $0.offerSeconds = value
                $0.mostTokensPerDay = TokenAmount(value)
                $0.mostOpenOffers = value == 0 ? .min : .max
                $0.mostOpenSales = value == 0 ? .min : .max
                $0.mostOpenPurchases = value == 0 ? .min : .max
            }
        }
    }
}
