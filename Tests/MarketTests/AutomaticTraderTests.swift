import Ledger
import Protocol
import Simulation
import Testing

@testable import Market

@Suite struct AutomaticTraderTests {
    var ledger: FakeLedger
    let aggregator: SimulatedKey
    let seller: SimulatedKey
    let buyer: SimulatedKey
    let other = Keys.key(12)
    /// Who has not sold to the buyer.
    private let strangers = (13...16 as ClosedRange<UInt8>).map(Keys.key)
    /// Up to where the meters' registers are proved.
    private var register: UInt64 = 0
    private var stranger: SimulatedKey { strangers[0] }
    private var newcomer: SimulatedKey { strangers[3] }

    init() throws {
        let validator = Keys.key(1)
        aggregator = Keys.key(2)
        let exchange = Keys.key(3)
        seller = Keys.key(10)
        buyer = Keys.key(11)
        let plain = [
            (validator, MemberRole.validator), (aggregator, .aggregator), (exchange, .exchange),
        ]
        let homes = zip([seller, buyer, other] + strangers, 50...56 as ClosedRange<UInt8>)
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
        let start = Timestamp(milliseconds: 1_700_000_000_000 - 86_400_000)
        ledger = try FakeLedger(
            genesis: Genesis(
                chainID: 9_001, name: "Traders", timestamp: start,
                marketClock: MarketClock(
                    origin: MarketTime(seconds: 1_700_000_000 - 86_400), ledgerOrigin: start,
                    rate: 1),
                members: members))
        try ledger.call(
            NativeContract.token,
            TokenCall.mint(
                to: aggregator.address, amount: TokenAmount(10_000_000), reference: "a"),
            by: exchange)
        try ledger.call(
            NativeContract.token,
            TokenCall.transfer(to: buyer.address, amount: TokenAmount(20_002)), by: aggregator)
        // Both have delivered to the buyer on the day before.
        for key in [seller, other] { try deliver(by: key) }
        ledger.advance(milliseconds: 1_700_000_000_000 - ledger.now.milliseconds)
    }

    /// The offers of a test, counted from 1: there are two before it.
    func id(_ number: UInt32) -> OfferID { OfferID(number + 2) }

    /// Takes a trade from its offer to its end; of 10 Wh so much is shown by both meters.
    mutating func deliver(by key: SimulatedKey, exported: UInt64 = 10) throws {
        let id = try #require(ledger.state.nextOfferID)
        try offer(10, 1, by: key)
        try pay(id)
        let paid = ledger.clock.time(at: ledger.now)
        ledger.advance(milliseconds: 60_000)
        let register = register
        self.register += exported
        func receipt(_ account: Address, _ direction: FlowDirection) throws -> SignedMeterReceipt {
            let meter = try #require(ledger.state.member(account)?.meterKey)
            return MeterReceipt(
                tradeID: id, meter: meter, direction: direction,
                startRegister: WattHours(register), endRegister: WattHours(register + exported),
                startTime: paid, endTime: paid.advanced(bySeconds: 60)
            ).signed(by: SimulatedKey(address: meter), in: ledger.state.domain)
        }
        let proof = MarketCall.proofOfDelivery(
            id, seller: try receipt(key.address, .export),
            buyer: try receipt(buyer.address, .import))
        try ledger.call(NativeContract.market, proof, by: aggregator)
        try ledger.call(NativeContract.market, MarketCall.confirmL2P(id), by: aggregator)
    }

    /// The buyer picks an offer, and its payment is registered.
    mutating func pay(_ id: OfferID) throws {
        try ledger.call(NativeContract.market, MarketCall.pickOffer(id), by: buyer)
        let meter = try #require(ledger.state.member(buyer.address)?.meterKey)
        let now = ledger.clock.time(at: ledger.now)
        let start = MeterReceipt(
            tradeID: id, meter: meter, direction: .import, startRegister: .zero,
            endRegister: .zero, startTime: now, endTime: now
        ).signed(by: SimulatedKey(address: meter), in: ledger.state.domain)
        try ledger.call(
            NativeContract.market, MarketCall.confirmP2L(id, start: start), by: aggregator)
    }

    func actions(
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
                state: ledger.state, height: ledger.head.number + 1, time: time, power: power,
                trades: trades,
                delivered: Set(delivered.map(id))))
    }

    mutating func offer(
        _ energy: UInt32, _ price: UInt32, to recipient: SimulatedKey? = nil,
        by key: SimulatedKey? = nil
    ) throws {
        let call =
            recipient.map { MarketCall.addOffer(energy: energy, price: price, to: $0.address) }
            ?? MarketCall.addOffer(energy: energy, price: price)
        try ledger.call(NativeContract.market, call, by: key ?? seller)
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
        #expect(actions(of: seller, power: 10) == [.cancel(id(1))])
    }

    @Test mutating func `the cheapest acceptable offer is picked`() throws {
        try offer(100, 12_000)
        try offer(50, 4_500)
        try offer(50, 5_000)
        try offer(50, 1_000, by: buyer)
        #expect(actions(of: buyer, power: 500).contains(.pick(id(2))))
        #expect(!actions(of: buyer, power: 5).contains(.pick(id(2))))
    }

    @Test mutating func `what is dearer than the limit is not bought`() throws {
        try offer(50, 4_500)
        #expect(
            actions(of: buyer, power: 500) { $0.highestPurchasePrice = TokenAmount(89_999) }.isEmpty
        )
        #expect(
            actions(of: buyer, power: 500) { $0.highestPurchasePrice = TokenAmount(90_000) }
                == [.pick(id(1))])
    }

    @Test mutating func `neither balance nor the day's limit is exceeded`() throws {
        try offer(1_000, 20_001)
        #expect(actions(of: buyer, power: 500).isEmpty)
        try offer(50, 4_500)
        #expect(actions(of: buyer, power: 500) { $0.mostTokensPerDay = TokenAmount(4_499) }.isEmpty)
        #expect(actions(of: buyer, power: 500) == [.pick(id(2))])
    }

    @Test mutating func `what was spent today counts, and is forgotten tomorrow`() throws {
        try offer(50, 4_500)
        try offer(50, 4_500)
        try ledger.call(NativeContract.market, MarketCall.pickOffer(id(1)), by: buyer)
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
        #expect(actions(of: buyer, power: 500).contains(.pick(id(61))))
    }

    @Test mutating func `it buys ahead what it will draw, and waits for no proof`() throws {
        for _ in 0..<9 { try offer(5, 450) }
        // 9 kW draw 20 Wh in eight seconds.
        #expect(actions(of: buyer, power: 9_000).count == 4)
        #expect(actions(of: buyer, power: 500).count == 1)
        for number in 1...3 as ClosedRange<UInt32> {
            try ledger.call(NativeContract.market, MarketCall.pickOffer(id(number)), by: buyer)
        }
        #expect(actions(of: buyer, power: 500).isEmpty)
        #expect(actions(of: buyer, power: 9_000).count == 1)
        #expect(actions(of: buyer, power: 9_000) { $0.mostOpenPurchases = 3 }.isEmpty)
        #expect(actions(of: buyer, power: 500, delivered: [1, 2]).isEmpty)
        #expect(actions(of: buyer, power: 500, delivered: [1, 2, 3]).count == 1)
    }

    @Test mutating func `of one who is late it buys no more, and expects nothing`() throws {
        for _ in 0..<9 { try offer(5, 450) }
        for number in 1...3 as ClosedRange<UInt32> {
            try ledger.call(NativeContract.market, MarketCall.pickOffer(id(number)), by: buyer)
        }
        ledger.advance(milliseconds: 617_000)
        #expect(actions(of: buyer, power: 90_000).isEmpty)
        // What has been delivered is not late, however long its proof takes.
        #expect(actions(of: buyer, power: 500, delivered: [1, 2, 3]).count == 1)
        for _ in 0..<5 { try offer(15, 1_800, by: other) }
        let others = (10...14 as ClosedRange<UInt32>).map { TradeAction.pick(id($0)) }
        // After two deliveries the ledger takes six picks at once.
        let picks = actions(of: buyer, power: 90_000)
        #expect(picks.count == 3 && Set(picks).isSubset(of: others))
        #expect(actions(of: buyer, power: 500).count == 1)
    }

    @Test mutating func `one purchase at a time where little is drawn`() throws {
        try offer(50, 4_500)
        try offer(50, 4_500)
        try ledger.call(NativeContract.market, MarketCall.pickOffer(id(1)), by: buyer)
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

    @Test mutating func `nothing is expected of who has not delivered, and one is bought of it`()
        throws
    {
        for _ in 0..<9 { try offer(5, 450) }
        for _ in 0..<40 { try offer(1_000, 1, by: stranger) }
        // 9 kW draw 20 Wh in eight seconds: the stranger's thousand come on top.
        let picks = actions(of: buyer, power: 9_000)
        #expect(picks.count == 5 && picks.first == .pick(id(10)))
        #expect(picks.dropFirst().allSatisfy { $0 != .pick(id(11)) })
        try ledger.call(NativeContract.market, MarketCall.pickOffer(id(10)), by: buyer)
        #expect(actions(of: buyer, power: 500).count == 1)
        #expect(actions(of: buyer, power: 9_000).count == 4)
    }

    @Test
    mutating func `who delivers is bought of as others are, until it delivers less than half`()
        throws
    {
        try deliver(by: stranger)
        for _ in 0..<9 { try offer(5, 450, by: stranger) }
        #expect(actions(of: buyer, power: 9_000).count == 4)
        try deliver(by: stranger, exported: 4)
        #expect(actions(of: buyer, power: 9_000).count == 1)
        try deliver(by: stranger, exported: 5)
        #expect(actions(of: buyer, power: 9_000).count == 4)
    }

    /// At once, then after an hour, after two, and a day at the most.
    @Test mutating func `who delivers nothing is tried again, and less and less often`() throws {
        for hours in [0, 1, 2, 4, 8, 16, 24, 24] as [UInt64] {
            let next = try #require(ledger.state.nextOfferID)
            try offer(10, 1, by: stranger)
            try pay(next)
            ledger.advance(milliseconds: 3_601_000)
            try ledger.call(NativeContract.market, MarketCall.refund(next), by: buyer)
            if hours > 0 { ledger.advance(milliseconds: hours * 3_600_000 - 1_000) }
            try offer(10, 1, by: stranger)
            let pick = TradeAction.pick(OfferID(next.value + 1))
            if hours > 0 {
                #expect(actions(of: buyer, power: 500).isEmpty)
                ledger.advance(milliseconds: 1_000)
            }
            #expect(actions(of: buyer, power: 500) == [pick])
            try ledger.call(
                NativeContract.market, MarketCall.cancelOffer(OfferID(next.value + 1)), by: stranger
            )
        }
    }

    @Test mutating func `what failed at the same time counts once`() throws {
        let ids = [id(1), id(2), id(3)]
        for id in ids {
            try offer(10, 1, by: stranger)
            try pay(id)
        }
        ledger.advance(milliseconds: 3_601_000)
        for id in ids {
            try ledger.call(NativeContract.market, MarketCall.refund(id), by: buyer)
            ledger.advance(milliseconds: 1_000)
        }
        try offer(10, 1, by: stranger)
        #expect(actions(of: buyer, power: 500) == [.pick(id(4))])
    }

    @Test mutating func `a few who have not delivered are tried at once, and no more`() throws {
        for key in strangers { try offer(10, 1, by: key) }
        #expect(actions(of: buyer, power: 500).count == 3)
    }

    @Test mutating func `it picks no more at once than the ledger takes`() throws {
        try ledger.call(
            NativeContract.token,
            TokenCall.transfer(to: newcomer.address, amount: TokenAmount(20_000)), by: aggregator)
        let sellers = [seller, other, stranger, buyer]
        for _ in 0..<4 { for key in sellers { try offer(5, 450, by: key) } }
        let picks = actions(of: newcomer, power: 90_000)
        #expect(picks.count == 3)
        for number in 1...4 as ClosedRange<UInt32> {
            try ledger.call(NativeContract.market, MarketCall.pickOffer(id(number)), by: newcomer)
        }
        #expect(actions(of: newcomer, power: 90_000).isEmpty)
    }
}
