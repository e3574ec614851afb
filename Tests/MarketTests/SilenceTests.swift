import Ledger
import Protocol
import Simulation
import TestKit
import Testing

@testable import Market

/// Trades of which one side, or the aggregator, is silent. A second here is a minute of the market: a
/// start has five of them, the window is sixty, and the buyer's receipt has ten more.
@Suite struct SilenceTests {
    private static let (seller, buyer) = (TestCommunity.seller, TestCommunity.buyer)

    /// A seller and a buyer who trade by hand, with an aggregator that runs.
    private static func trio() throws -> TestCommunity {
        var limits = TraderLimits()
        limits.isEnabled = false
        var community = try TestCommunity(
            sources: [.manual(-3_600), .manual(3_600)], prosumers: [0], limits: limits)
        community.run(seconds: 3)
        return community
    }

    private func calls(_ example: Bytes, of index: Int, in community: TestCommunity) -> Int {
        community.submissions(of: community.roles[index].account).count {
            $0.starts(with: example.prefix(4))
        }
    }

    @Test func `a picked trade is paid with the start that the buyer's meter signs`() throws {
        var community = try Self.trio()
        let id = try community.makeTrade(paid: false)
        community.run(seconds: 1)
        let trade = try #require(community.ledger.state.trade(id))
        #expect(trade.status == .paid && trade.aggregator == community.broker)
        community.run(seconds: 12) { $0.trade(id)?.status == .settled }
        #expect(community.ledger.state.trade(id)?.imported == WattHours(500))
    }

    @Test func `a meter signs a start for its own household's pick alone`() throws {
        var community = try TestCommunity.pair()
        let id = try community.makeTrade(paid: false)
        let answers = community.answers(of: Self.buyer, to: .begin(command(id, .import)))
        guard case .receipt(let start)? = answers.first else {
            Issue.record("\(answers)")
            return
        }
        #expect(start.receipt.isStart && start.receipt.direction == .import)
        let now = community.ledger.clock.time(at: community.ledger.now)
        #expect(start.receipt.startTime == now && start.receipt.tradeID == id)
        #expect(community.answers(of: Self.seller, to: .begin(command(id, .export))) == [])
        try community.call(
            NativeContract.market, MarketCall.addOffer(energy: 500, price: 10_000),
            by: community.roles[Self.seller].key)
        let open = OfferID(id.value + 1)
        #expect(community.answers(of: Self.buyer, to: .begin(command(open, .import))) == [])
    }

    @Test func `the seller's meter waits for the start on its own ledger`() throws {
        var community = try TestCommunity.pair()
        let id = try community.makeTrade(paid: false)
        for _ in 0..<4 {
            #expect(community.answers(of: Self.seller, to: .begin(command(id))).isEmpty)
            community.advance(milliseconds: 1_000)
        }
        #expect(
            community.roles[Self.seller].store.content.deliveries[id] == nil)
    }

    @Test func `M70: a pick of one that never answers is released, and another buys`() throws {
        var community = try Self.trio()
        community.cutOff(community.account(1))
        community.stop(Self.buyer)
        let id = try community.makeTrade(paid: false)
        community.run(seconds: 7)
        let trade = try #require(community.ledger.state.trade(id))
        #expect(trade.status == .open && trade.released == [community.account(1)])
        #expect(
            calls(MarketCall.releaseOffer(id), of: TestCommunity.aggregator, in: community) == 1)
        let books = community.roles[TestCommunity.aggregator].store.content
        #expect(books.trades[id]?.status == .open)
        // Its end is written down, whoever brings it about, after a restart too.
        community.restart(TestCommunity.aggregator)
        try community.call(
            NativeContract.market, MarketCall.cancelOffer(id),
            by: community.roles[Self.seller].key)
        let later = community.roles[TestCommunity.aggregator].store.content
        #expect(later.trades[id]?.status == .cancelled)
    }

    @Test func `an aggregator that was away writes down that a pick was released`() throws {
        var community = try Self.trio()
        community.stop(Self.buyer)
        let id = try community.makeTrade(paid: false)
        community.stop(TestCommunity.aggregator)
        community.run(seconds: 12)
        #expect(community.ledger.state.trade(id)?.status == .open)
        community.restart(TestCommunity.aggregator)
        let books = community.roles[TestCommunity.aggregator].store.content
        #expect(books.trades[id]?.status == .open)
    }

    @Test func `of an offer that is picked again the second buyer's side counts`() throws {
        var limits = TraderLimits()
        limits.isEnabled = false
        var community = try TestCommunity(
            sources: [.manual(-3_600), .manual(3_600), .manual(3_600)], prosumers: [0],
            limits: limits)
        community.run(seconds: 3)
        community.stop(Self.buyer)
        let id = try community.makeTrade(paid: false)
        community.run(seconds: 7)
        try community.call(
            NativeContract.market, MarketCall.pickOffer(id),
            by: community.roles[TestCommunity.household(2)].key)
        community.run(seconds: 20) { $0.trade(id)?.status == .settled }
        let trade = try #require(community.ledger.state.trade(id))
        #expect(trade.status == .settled && trade.buyer == community.account(2))
        #expect(trade.imported == WattHours(500))
    }

    /// The ledger would refuse it: five minutes for the start, and ten more for each release.
    @Test func `a trader picks nothing after a release for a while, and that offer never`() throws {
        var community = try Self.trio()
        community.stop(Self.buyer)
        let id = try community.makeTrade(paid: false)
        try community.call(
            NativeContract.market, MarketCall.addOffer(energy: 50, price: 10_000),
            by: community.roles[Self.seller].key)
        let trader = AutomaticTrader(account: community.account(1), limits: TraderLimits())
        func picks() -> [TradeAction] {
            let now = community.ledger.clock.time(at: community.ledger.now)
            var trades = OwnTrades(of: community.account(1))
            trades.follow(community.ledger.state, at: now)
            return trader.actions(
                in: AutomaticTrader.Situation(
                    state: community.ledger.state,
                    height: community.ledger.head.number + 1, time: now, power: 20_000,
                    trades: trades))
        }
        community.run(seconds: 7) { $0.trade(id)?.status == .open }
        #expect(community.ledger.state.trade(id)?.status == .open)
        community.run(seconds: 9)
        #expect(picks() == [])
        community.run(seconds: 2)
        #expect(picks() == [.pick(OfferID(id.value + 1))])
    }

    @Test func `without its aggregator a buyer hands in its start itself`() throws {
        var community = try TestCommunity.pair()
        let id = try community.makeTrade(paid: false)
        community.run(seconds: 2)
        #expect(community.ledger.state.trade(id)?.status == .picked)
        community.run(seconds: 2)
        let trade = try #require(community.ledger.state.trade(id))
        #expect(trade.status == .paid && trade.aggregator == nil)
        #expect(calls(community.confirmation(of: id), of: Self.buyer, in: community) == 1)
    }

    @Test func `without its aggregator a seller releases a pick of one that never answers`() throws
    {
        var community = try TestCommunity.pair()
        community.stop(Self.buyer)
        let id = try community.makeTrade(paid: false)
        community.run(seconds: 10)
        #expect(community.ledger.state.trade(id)?.status == .picked)
        community.run(seconds: 2)
        #expect(community.ledger.state.trade(id)?.status == .open)
    }

    @Test func `M73: two households prove a delivery without their aggregator`() throws {
        var community = try TestCommunity.pair()
        let id = try community.makeTrade()
        community.run(seconds: 54)
        #expect(community.ledger.state.trade(id)?.firstReceipt == nil)
        community.run(seconds: 4)
        let trade = try #require(community.ledger.state.trade(id))
        #expect(trade.status == .delivered && trade.firstReceipt != nil)
        #expect(trade.deliveredEnergy == WattHours(500))
        let receipt = MarketCall.handInReceipt(id, community.start(of: id))
        #expect(calls(receipt, of: Self.seller, in: community) == 1)
        #expect(calls(receipt, of: Self.buyer, in: community) == 1)
        community.run(seconds: 100) { $0.trade(id)?.status == .settled }
        let settled = try #require(community.ledger.state.trade(id))
        #expect(settled.status == .settled && settled.sellerAmount == TokenAmount(10_000))
    }

    /// The seller has another program, which does not wait for the buyer to use what it buys.
    @Test func `a buyer takes its time, however early the seller hands in its receipt`() throws {
        var community = try TestCommunity.pair()
        community.setPower(600, household: 1)
        let id = try community.makeTrade()
        community.run(seconds: 15)
        let began = try #require(
            community.roles[Self.seller].store.content.deliveries[id]?.began)
        let receipt = MeterReceipt(
            tradeID: id, meter: began.meter, direction: .export,
            startRegister: began.exportRegister,
            endRegister: WattHours(began.exportRegister.value + 500), startTime: began.time,
            endTime: began.time.advanced(bySeconds: 600))
        let signed = receipt.signed(
            by: TestCommunity.meterKey(0), in: community.ledger.state.domain)
        try community.call(
            NativeContract.market, MarketCall.handInReceipt(id, signed),
            by: community.roles[Self.seller].key)
        community.run(seconds: 30)
        #expect(community.ledger.state.trade(id)?.exported == WattHours(500))
        #expect(community.ledger.state.trade(id)?.imported == nil)
        community.run(seconds: 15)
        #expect((community.ledger.state.trade(id)?.imported ?? .zero) > WattHours(400))
    }

    @Test func `a seller whose buyer is silent gets its share, and the buyer nothing back`() throws
    {
        var community = try TestCommunity.pair()
        let id = try community.makeTrade()
        community.stop(Self.buyer)
        community.run(seconds: 120) { $0.trade(id)?.status == .settled }
        let trade = try #require(community.ledger.state.trade(id))
        #expect(trade.status == .settled && trade.imported == nil)
        #expect(trade.sellerAmount == TokenAmount(5_000) && trade.burned == TokenAmount(5_000))
        #expect(trade.returned == .zero && trade.deliveredEnergy == .zero)
    }

    @Test func `an aggregator fetches the share as soon as it is due`() throws {
        var community = try Self.trio()
        let id = try community.makeTrade(paid: false)
        community.stop(Self.buyer)
        community.run(seconds: 72) { $0.trade(id)?.status == .settled }
        #expect(community.ledger.state.trade(id)?.burned == TokenAmount(5_000))
        #expect(calls(MarketCall.claim(id), of: TestCommunity.aggregator, in: community) == 1)
        #expect(calls(MarketCall.claim(id), of: Self.seller, in: community) == 0)
    }

    @Test func `a buyer that could use nothing says so, and pays the share`() throws {
        var community = try TestCommunity.pair()
        let id = try community.makeTrade()
        community.setPower(0, household: 1)
        community.run(seconds: 100)
        let trade = try #require(community.ledger.state.trade(id))
        #expect(trade.imported == .zero && trade.exported == WattHours(500))
        community.run(seconds: 100) { $0.trade(id)?.status == .settled }
        let settled = try #require(community.ledger.state.trade(id))
        #expect(settled.returned == TokenAmount(5_000) && settled.burned == .zero)
    }

    @Test func `a seller that delivers nothing gets nothing`() throws {
        var community = try TestCommunity.pair()
        let id = try community.makeTrade()
        community.stop(Self.seller)
        community.run(seconds: 100) { $0.trade(id)?.status == .refunded }
        #expect(community.ledger.state.trade(id)?.returned == TokenAmount(10_000))
    }

    /// Each receipt is signed by the buyer's meter, and none of them reaches the ledger.
    @Test(arguments: 0..<3)
    func `M71: a receipt that the ledger would refuse is asked for again`(_ fault: Int) throws {
        var community = try Self.trio()
        let id = try community.makeTrade(paid: false)
        community.run(seconds: 1)
        let now = community.ledger.clock.time(at: community.ledger.now)
        var receipt = MeterReceipt(
            tradeID: id, meter: TestCommunity.meterKey(1).address, direction: .import,
            startRegister: WattHours(700), endRegister: WattHours(710),
            startTime: now, endTime: now.advanced(bySeconds: 60))
        if fault == 1 { receipt.startTime = MarketTime(seconds: 1) }
        if fault == 2 { receipt.endRegister = WattHours(1_000_000) }
        if fault > 0 { receipt.endTime = now }
        let signed = receipt.signed(
            by: TestCommunity.meterKey(1), in: community.ledger.state.domain)
        community.tell(
            TestCommunity.aggregator, .received(.receipt(signed), from: community.account(1)))
        let books = community.roles[TestCommunity.aggregator].store.content
        #expect(books.trades[id]?.buyerReceipt == nil)
        community.run(seconds: 20) { $0.trade(id)?.status == .settled }
        #expect(community.ledger.state.trade(id)?.deliveredEnergy == WattHours(500))
        let proof = MarketCall.proofOfDelivery(id, seller: signed, buyer: signed)
        #expect(calls(proof, of: TestCommunity.aggregator, in: community) == 1)
    }

    @Test func `of a buyer that signs for next to nothing the seller has its share`() throws {
        var community = try Self.trio()
        let id = try community.makeTrade(paid: false)
        let books = community.roles[TestCommunity.aggregator].store.content
        let began = try #require(books.trades[id]?.buyerBegan)
        // From now on another program speaks for the buyer's meter.
        community.stop(Self.buyer)
        for second in 1...10 as ClosedRange<UInt64> {
            community.run(seconds: 1)
            var reading = began
            reading.time = began.time.advanced(bySeconds: 60 * second)
            reading.importRegister = WattHours(began.importRegister.value + 60 * second)
            community.tell(
                TestCommunity.aggregator, .received(.reading(reading), from: community.account(1)))
        }
        let receipt = MeterReceipt(
            tradeID: id, meter: began.meter, direction: .import,
            startRegister: began.importRegister,
            endRegister: WattHours(began.importRegister.value + 1), startTime: began.time,
            endTime: began.time.advanced(bySeconds: 60))
        let signed = receipt.signed(
            by: TestCommunity.meterKey(1), in: community.ledger.state.domain)
        community.tell(
            TestCommunity.aggregator, .received(.receipt(signed), from: community.account(1)))
        community.settle()
        community.run(seconds: 5) { $0.trade(id)?.status == .settled }
        let trade = try #require(community.ledger.state.trade(id))
        #expect(trade.imported == WattHours(1) && trade.exported == WattHours(500))
        #expect(trade.sellerAmount == TokenAmount(5_000) && trade.burned == .zero)
    }
}
