import Ledger
import Protocol
import Testing

@Suite struct SettlementTests {
    private let anna = Neighbourhood.anna
    private let ben = Neighbourhood.ben
    private let aggregator = Neighbourhood.aggregator
    private let settle = MarketCall.confirmL2P(OfferID(1))

    @Test func `full delivery pays the seller the whole price`() throws {
        var street = try Neighbourhood.withDelivery()
        #expect(try street.send(aggregator, settle) == nil)
        #expect(street.balance(anna) == 120)
        #expect(street.balance(ben) == 880)
        #expect(street.state.supply.escrow == .zero)
        let trade = try street.trade(1)
        #expect(trade.status == .settled)
        #expect(trade.sellerAmount == TokenAmount(120))
        #expect(trade.closed?.block == street.head.number)
        #expect(
            street.marketEvents == [
                .sellerPaid(
                    id: OfferID(1), seller: anna, amount: TokenAmount(120), fee: .zero,
                    returned: .zero)
            ])
    }

    @Test func `every step has its block and its time`() throws {
        var street = try Neighbourhood.withDelivery()
        street.wait(7)
        try street.send(aggregator, settle)
        let trade = try street.trade(1)
        let steps = [trade.offered, trade.picked, trade.paid, trade.delivered, trade.closed]
        let head = street.head.number
        #expect(steps.map { $0?.block } == [head - 4, head - 3, head - 2, head - 1, head])
        let seconds: [UInt64?] = [1_000_010, 1_000_020, 1_000_030, 1_001_830, 1_001_837]
        #expect(steps.map { $0?.time.seconds } == seconds)
    }

    @Test func `part of the energy pays its part of the price, rounded down`() throws {
        var street = try Neighbourhood.withDelivery(exported: 333)
        try street.send(aggregator, settle)
        #expect(street.balance(anna) == 39)
        #expect(street.balance(ben) == 880 + 81)
        #expect(street.state.supply.escrow == .zero)
    }

    @Test func `nothing delivered returns everything`() throws {
        var street = try Neighbourhood.withDelivery(imported: 0)
        try street.send(aggregator, settle)
        #expect(street.balance(anna) == 0)
        #expect(street.balance(ben) == 1_000)
        #expect(try street.trade(1).returned == TokenAmount(120))
    }

    @Test func `the fee comes out of the seller's part, to the aggregator of the trade`() throws {
        var street = try Neighbourhood.withDelivery(fee: 30_000, price: 999, exported: 500)
        #expect(try street.send(Neighbourhood.otherAggregator, settle) == nil)
        // 999 * 500 / 1000 = 499; 499 * 3 % = 14
        #expect(street.balance(anna) == 485)
        #expect(street.balance(aggregator) == 14)
        #expect(street.balance(Neighbourhood.otherAggregator) == 0)
        #expect(street.balance(ben) == 1 + 500)
        let trade = try street.trade(1)
        #expect(trade.fee == TokenAmount(14))
        #expect(trade.returned == TokenAmount(500))
    }

    @Test func `prices of 32 bits do not overflow`() throws {
        var street = try Neighbourhood(Neighbourhood.genesis(fee: 1_000_000))
        try street.fund(ben, .max, reference: "all there is")
        try street.send(anna, MarketCall.addOffer(energy: 3_680, price: .max))
        try street.send(ben, MarketCall.pickOffer(OfferID(1)))
        try street.send(aggregator, MarketCall.confirmP2L(OfferID(1)))
        street.wait(1_800)
        #expect(
            try street.send(aggregator, street.proof(1, exported: 1_840, imported: 1_840)) == nil)
        #expect(try street.send(aggregator, settle) == nil)
        #expect(street.balance(anna) == 0)
        #expect(street.balance(aggregator) == UInt64(UInt32.max) / 2)
        #expect(street.balance(ben) == .max - UInt64(UInt32.max) / 2)
    }

    @Test func `payment is released by an aggregator, once, after the proof`() throws {
        var street = try Neighbourhood.withPayment()
        #expect(try street.send(aggregator, settle) == "trade 1 is paid, not delivered")
        street = try Neighbourhood.withDelivery()
        #expect(
            try street.send(anna, settle)
                == "\(anna) is a prosumer, not an aggregator: it cannot release payments")
        #expect(try street.send(aggregator, settle) == nil)
        #expect(try street.send(aggregator, settle) == "trade 1 is settled, not delivered")
        #expect(street.balance(anna) == 120)
    }

    @Test func `a trade that nobody confirmed is refunded after the window`() throws {
        var street = try Neighbourhood.withPick()
        let refund = MarketCall.refund(OfferID(1))
        street.wait(3_600)
        #expect(
            try street.send(ben, refund)
                == "trade 1 can be refunded after 1003620, now it is 1003620")
        street.wait(1)
        #expect(try street.send(Neighbourhood.observer, refund) == nil)
        #expect(street.balance(ben) == 1_000)
        #expect(street.state.supply.escrow == .zero)
        #expect(try street.trade(1).status == .refunded)
        #expect(
            street.marketEvents == [
                .tradeRefunded(id: OfferID(1), buyer: ben, amount: TokenAmount(120))
            ])
        #expect(
            try street.send(ben, refund) == "trade 1 is refunded: there is nothing to refund")
        #expect(
            try street.send(aggregator, MarketCall.confirmP2L(OfferID(1)))
                == "trade 1 is refunded, not picked")
    }

    @Test func `a paid trade without a proof is refunded, a delivered one is not`() throws {
        let refund = MarketCall.refund(OfferID(1))
        var paid = try Neighbourhood.withPayment()
        paid.wait(5_000)
        #expect(try paid.send(ben, refund) == nil)
        #expect(paid.balance(ben) == 1_000)
        var delivered = try Neighbourhood.withDelivery()
        delivered.wait(5_000)
        #expect(
            try delivered.send(ben, refund)
                == "trade 1 is delivered: there is nothing to refund")
    }

    @Test func `the seller is paid without the aggregator, a window after delivery`() throws {
        var street = try Neighbourhood.withDelivery(fee: 100_000)
        let claim = MarketCall.claim(OfferID(1))
        street.wait(3_600)
        #expect(
            try street.send(anna, claim)
                == "trade 1 can be claimed after 1005430, now it is 1005430")
        street.wait(1)
        #expect(try street.send(anna, claim) == nil)
        #expect(street.balance(anna) == 108)
        #expect(street.balance(aggregator) == 12)
        #expect(try street.send(anna, claim) == "trade 1 is settled, not delivered")
    }

    @Test func `an undelivered trade cannot be claimed`() throws {
        var street = try Neighbourhood.withPayment()
        street.wait(100_000)
        #expect(
            try street.send(anna, MarketCall.claim(OfferID(1)))
                == "trade 1 is paid, not delivered")
    }
}
