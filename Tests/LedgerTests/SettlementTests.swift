import Ledger
import Protocol
import Testing

@Suite struct SettlementTests {
    private let anna = TestCommunity.anna
    private let ben = TestCommunity.ben
    private let aggregator = TestCommunity.aggregator
    private let settle = MarketCall.confirmL2P(OfferID(1))

    @Test func `full delivery pays the seller the whole price`() throws {
        var community = try TestCommunity.withDelivery()
        #expect(try community.send(aggregator, settle) == nil)
        #expect(community.balance(anna) == 120)
        #expect(community.balance(ben) == 880)
        #expect(community.state.supply.escrow == .zero)
        let trade = try community.trade(1)
        #expect(trade.status == .settled)
        #expect(trade.sellerAmount == TokenAmount(120))
        #expect(trade.closed?.block == community.head.number)
        #expect(
            community.marketEvents == [
                .sellerPaid(
                    id: OfferID(1), seller: anna, amount: TokenAmount(120), fee: .zero,
                    returned: .zero, burned: .zero)
            ])
    }

    @Test func `every step has its block and its time`() throws {
        var community = try TestCommunity.withDelivery()
        community.wait(7)
        try community.send(aggregator, settle)
        let trade = try community.trade(1)
        let steps = [trade.offered, trade.picked, trade.paid, trade.delivered, trade.closed]
        let head = community.head.number
        #expect(steps.map { $0?.block } == [head - 4, head - 3, head - 2, head - 1, head])
        let seconds: [UInt64?] = [1_000_010, 1_000_020, 1_000_030, 1_001_830, 1_001_837]
        #expect(steps.map { $0?.time.seconds } == seconds)
    }

    @Test func `part of the energy pays its part of the price, rounded down`() throws {
        var community = try TestCommunity.withDelivery(exported: 333)
        try community.send(aggregator, settle)
        #expect(community.balance(anna) == 39)
        #expect(community.balance(ben) == 880 + 81)
        #expect(community.state.supply.escrow == .zero)
    }

    @Test func `nothing delivered returns everything`() throws {
        var community = try TestCommunity.withDelivery(exported: 0, imported: 0)
        try community.send(aggregator, settle)
        let moved = community.receipts.flatMap(\.logs).compactMap { TokenEvent($0) }
        #expect(
            moved == [.transfer(from: NativeContract.market, to: ben, amount: TokenAmount(120))])
        #expect(community.balance(anna) == 0)
        #expect(community.balance(ben) == 1_000)
        #expect(try community.trade(1).returned == TokenAmount(120))
    }

    @Test func `the fee comes out of the seller's part, to the aggregator of the trade`() throws {
        var community = try TestCommunity.withDelivery(fee: 30_000, price: 999, exported: 500)
        #expect(try community.send(TestCommunity.otherAggregator, settle) == nil)
        // 999 * 500 / 1000 = 499; 499 * 3 % = 14
        #expect(community.balance(anna) == 485)
        #expect(community.balance(aggregator) == 14)
        #expect(community.balance(TestCommunity.otherAggregator) == 0)
        #expect(community.balance(ben) == 1 + 500)
        let trade = try community.trade(1)
        #expect(trade.fee == TokenAmount(14))
        #expect(trade.returned == TokenAmount(500))
    }

    @Test func `prices of 32 bits do not overflow`() throws {
        var community = try TestCommunity(TestCommunity.genesis(fee: 1_000_000))
        try community.fund(ben, .max, reference: "all there is")
        try community.send(anna, MarketCall.addOffer(energy: 3_680, price: .max))
        try community.send(ben, MarketCall.pickOffer(OfferID(1)))
        try community.send(aggregator, community.confirm(1))
        community.wait(1_800)
        #expect(
            try community.send(aggregator, community.proof(1, exported: 1_840, imported: 1_840))
                == nil)
        #expect(try community.send(aggregator, settle) == nil)
        #expect(community.balance(anna) == 0)
        #expect(community.balance(aggregator) == UInt64(UInt32.max) / 2)
        #expect(community.balance(ben) == .max - UInt64(UInt32.max) / 2)
    }

    @Test func `payment is released by an aggregator, once, after the proof`() throws {
        var community = try TestCommunity.withPayment()
        #expect(try community.send(aggregator, settle) == "trade 1 is paid, not delivered")
        community = try TestCommunity.withDelivery()
        #expect(
            try community.send(anna, settle)
                == "\(anna) is a prosumer, not an aggregator: it cannot release payments")
        #expect(try community.send(aggregator, settle) == nil)
        #expect(try community.send(aggregator, settle) == "trade 1 is settled, not delivered")
        #expect(community.balance(anna) == 120)
    }

    @Test func `a trade that nobody confirmed is refunded after the window`() throws {
        var community = try TestCommunity.withPick()
        let refund = MarketCall.refund(OfferID(1))
        community.wait(3_600)
        #expect(
            try community.send(ben, refund)
                == "trade 1 can be refunded after 1003620, now it is 1003620")
        community.wait(1)
        #expect(try community.send(TestCommunity.observer, refund) == nil)
        #expect(community.balance(ben) == 1_000)
        #expect(community.state.supply.escrow == .zero)
        #expect(try community.trade(1).status == .refunded)
        #expect(
            community.marketEvents == [
                .tradeRefunded(id: OfferID(1), buyer: ben, amount: TokenAmount(120))
            ])
        #expect(
            try community.send(ben, refund) == "trade 1 is refunded: there is nothing to refund")
        #expect(
            try community.send(aggregator, community.confirm(1))
                == "trade 1 is refunded, not picked")
    }

    @Test func `a paid trade without a proof is refunded, a delivered one is not`() throws {
        let refund = MarketCall.refund(OfferID(1))
        var paid = try TestCommunity.withPayment()
        paid.wait(5_000)
        #expect(try paid.send(ben, refund) == nil)
        #expect(paid.balance(ben) == 1_000)
        var delivered = try TestCommunity.withDelivery()
        delivered.wait(5_000)
        #expect(
            try delivered.send(ben, refund)
                == "trade 1 is delivered: there is nothing to refund")
    }

    @Test func `the seller is paid without the aggregator, a window after delivery`() throws {
        var community = try TestCommunity.withDelivery(fee: 100_000)
        let claim = MarketCall.claim(OfferID(1))
        community.wait(3_600)
        #expect(
            try community.send(anna, claim)
                == "trade 1 can be claimed after 1005430, now it is 1005430")
        community.wait(1)
        #expect(try community.send(anna, claim) == nil)
        #expect(community.balance(anna) == 108)
        #expect(community.balance(aggregator) == 12)
        #expect(try community.send(anna, claim) == "trade 1 is settled, not delivered")
    }

    @Test func `an undelivered trade cannot be claimed`() throws {
        var community = try TestCommunity.withPayment()
        community.wait(100_000)
        #expect(
            try community.send(anna, MarketCall.claim(OfferID(1)))
                == "trade 1 is paid, not delivered")
    }
}
