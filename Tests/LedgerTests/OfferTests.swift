import Protocol
import Testing

@testable import Ledger

@Suite struct OfferTests {
    private let anna = TestCommunity.anna
    private let ben = TestCommunity.ben

    @Test func `a prosumer's offer is stored, listed and told`() throws {
        var community = try TestCommunity()
        community.wait(5)
        let call = MarketCall.addOffer(energy: 1_500, price: 240, expires: 1_000_100)
        #expect(try community.send(anna, call) == nil)
        let offer = Offer(
            id: OfferID(1), seller: anna, energy: WattHours(1_500), price: TokenAmount(240),
            timeOffered: MarketTime(seconds: 1_000_005), expires: MarketTime(seconds: 1_000_100))
        #expect(community.state.offer(OfferID(1)) == offer)
        let trade = try community.trade(1)
        #expect(trade.status == .open)
        #expect(trade.offered == TradeStep(block: 1, time: offer.timeOffered))
        #expect(
            community.state.openOffers(from: OfferID(0), count: 9, at: offer.timeOffered) == [offer]
        )
        #expect(community.state.trades(of: anna, from: 0, count: 9) == [OfferID(1)])
        #expect(community.state.trades(of: anna, from: 7, count: .max).isEmpty)
        #expect(StateEntry(key: StateKey.trade(OfferID(1)).bytes, value: nil).trade == OfferID(1))
        for key: Bytes in [
            [0x74, 0, 0, 0, 0, 1], [0x74, 0, 0, 1], [0x74], [0x75, 0, 0, 0, 1], [],
        ] {
            #expect(StateEntry(key: key, value: nil).trade == nil)
        }
        #expect(community.state.nextOfferID == OfferID(2))
        #expect(
            community.marketEvents == [
                .offerAdded(
                    id: OfferID(1), seller: anna, recipient: .zero, energy: WattHours(1_500),
                    price: TokenAmount(240), timeOffered: offer.timeOffered,
                    expires: offer.expires)
            ])
    }

    @Test func `the record begins with id, seller, energy, price and time`() throws {
        let community = try TestCommunity.withOffer()
        let record = try #require(community.state.value(at: .trade(OfferID(1))))
        let head: Bytes =
            [0, 0, 0, 1] + anna.bytes + [0, 0, 0x03, 0xe8] + [0, 0, 0, 120]
            + UInt64(1_000_010).bigEndianBytes
        #expect(head.count == 40)
        #expect(Array(record.prefix(40)) == head)
    }

    @Test func `an offer is refused for its terms`() throws {
        var community = try TestCommunity()
        func reason(_ energy: UInt32, _ price: UInt32, _ expires: UInt64? = nil) throws -> String? {
            try community.send(
                anna, MarketCall.addOffer(energy: energy, price: price, expires: expires))
        }
        #expect(try reason(0, 1) == "energy is 0 Wh")
        #expect(
            try reason(1, 0)
                == "the price is 0: only an offer that names its recipient is for nothing")
        #expect(
            try reason(90_000, 1)
                == "energy 90000 Wh is more than a connection of 3680 W can deliver in 3600 s")
        #expect(try reason(3_681, 1) != nil)
        #expect(try reason(3_680, 1) == nil)
        #expect(
            try reason(1, 1, 1_000_000)
                == "expiry 1000000 is not after the market's time 1000000")
        #expect(try reason(1, 1, 1_000_001) == nil)
        #expect(community.state.nextOfferID == OfferID(3))
        #expect(community.state.account(anna).nonce == 7)
    }

    @Test func `only prosumers offer`() throws {
        var community = try TestCommunity()
        let offer = MarketCall.addOffer(energy: 1, price: 1)
        #expect(
            try community.send(ben, offer)
                == "\(ben) is a consumer, not a prosumer: it cannot offer energy")
        #expect(
            try community.send(TestCommunity.aggregator, offer)
                == "\(TestCommunity.aggregator) is an aggregator, not a prosumer: "
                + "it cannot offer energy")
        #expect(throws: Reverted(reason: "\(TestCommunity.stranger) is not a registered member")) {
            try community.view(from: TestCommunity.stranger, offer)
        }
    }

    @Test func `a seller takes an open offer back, and nobody else does`() throws {
        var community = try TestCommunity.withOffer()
        let cancel = MarketCall.cancelOffer(OfferID(1))
        #expect(try community.send(ben, cancel) == "offer 1 is not yours but \(anna)'s")
        #expect(try community.send(anna, cancel) == nil)
        #expect(community.marketEvents == [.offerCancelled(id: OfferID(1), seller: anna)])
        #expect(try community.trade(1).status == .cancelled)
        #expect(try community.trade(1).closed?.block == community.head.number)
        #expect(try community.send(anna, cancel) == "offer 1 is cancelled")
        #expect(try community.send(ben, MarketCall.pickOffer(OfferID(1))) == "offer 1 is cancelled")
        let time = MarketTime(seconds: community.now)
        #expect(community.state.openOffers(from: OfferID(0), count: 9, at: time).isEmpty)
        #expect(
            try community.send(anna, MarketCall.cancelOffer(OfferID(7))) == "offer 7 does not exist"
        )
    }

    @Test func `a picked offer cannot be taken back`() throws {
        var community = try TestCommunity.withPick()
        let reason = try community.send(anna, MarketCall.cancelOffer(OfferID(1)))
        #expect(reason == "offer 1 is already picked")
    }

    @Test func `a pick moves the price into escrow`() throws {
        let community = try TestCommunity.withPick()
        #expect(community.balance(ben) == 880)
        #expect(community.state.supply.escrow == TokenAmount(120))
        let trade = try community.trade(1)
        #expect(trade.status == .picked)
        #expect(trade.buyer == ben)
        #expect(
            trade.picked
                == TradeStep(block: community.head.number, time: MarketTime(seconds: community.now))
        )
        #expect(community.state.trades(of: ben, from: 0, count: 9) == [OfferID(1)])
        #expect(
            community.marketEvents == [
                .offerPicked(id: OfferID(1), seller: anna, buyer: ben, price: TokenAmount(120))
            ])
        let tokens = community.receipts.flatMap(\.logs).compactMap { TokenEvent($0) }
        #expect(
            tokens == [.transfer(from: ben, to: NativeContract.market, amount: TokenAmount(120))])
    }

    @Test func `a pick is refused`() throws {
        var community = try TestCommunity.withOffer(price: 1_001)
        let pick = MarketCall.pickOffer(OfferID(1))
        #expect(try community.send(anna, pick) == "offer 1 is your own")
        #expect(try community.send(ben, pick) == "balance 1000 is less than the price 1001")
        #expect(
            try community.send(TestCommunity.carla, pick) == "balance 0 is less than the price 1001"
        )
        for other in [TestCommunity.observer, TestCommunity.aggregator, TestCommunity.exchange] {
            #expect(
                try community.send(other, pick)?.hasSuffix("only households pick offers") == true)
        }
        #expect(
            try community.send(ben, MarketCall.pickOffer(OfferID(2))) == "offer 2 does not exist")
        #expect(try community.trade(1).status == .open)
        #expect(community.balance(ben) == 1_000)
    }

    @Test func `an offer is picked once`() throws {
        var community = try TestCommunity.withPick()
        try community.fund(TestCommunity.carla, 500, reference: "invoice 2")
        let reason = try community.send(TestCommunity.carla, MarketCall.pickOffer(OfferID(1)))
        #expect(reason == "offer 1 is already picked")
        #expect(community.balance(TestCommunity.carla) == 500)
    }
}
