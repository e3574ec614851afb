import Ledger
import Protocol
import Testing

@Suite struct ExpiryTests {
    private let anna = TestCommunity.anna
    private let carla = TestCommunity.carla

    /// Anna's offer 1 and Carla's offer 2, which expires at second 100.
    private func community() throws -> TestCommunity {
        var community = try TestCommunity.withOffer()
        try community.send(carla, MarketCall.addOffer(energy: 10, price: 5, expires: 1_000_100))
        return community
    }

    @Test func `an expired offer cannot be picked or taken back, and is not listed`() throws {
        var community = try community()
        community.wait(89)
        let early = MarketTime(seconds: community.now)
        #expect(community.state.openOffers(from: OfferID(0), count: 9, at: early).count == 2)
        community.wait(1)
        let late = MarketTime(seconds: community.now)
        let open = community.state.openOffers(from: OfferID(0), count: 9, at: late)
        #expect(open.map(\.id) == [OfferID(1)])
        #expect(try community.trade(2).status == .open)
        #expect(try community.trade(2).status(at: late) == .expired)
        let pick = MarketCall.pickOffer(OfferID(2))
        #expect(try community.send(TestCommunity.ben, pick) == "offer 2 expired at 1000100")
        let cancel = MarketCall.cancelOffer(OfferID(2))
        #expect(try community.send(carla, cancel) == "offer 2 expired at 1000100")
    }

    @Test func `anyone may have an expired offer marked`() throws {
        var community = try community()
        #expect(
            try community.send(TestCommunity.observer, MarketCall.refund(OfferID(2)))
                == "trade 2 is open: there is nothing to refund")
        community.wait(200)
        #expect(try community.send(TestCommunity.observer, MarketCall.refund(OfferID(2))) == nil)
        #expect(community.marketEvents == [.offerExpired(id: OfferID(2), seller: carla)])
        #expect(try community.trade(2).status == .expired)
        #expect(
            try community.send(TestCommunity.observer, MarketCall.refund(OfferID(2)))
                == "trade 2 is expired: there is nothing to refund")
    }

    @Test func `a market that is used marks expired offers by itself`() throws {
        var community = try community()
        community.wait(200)
        var expired: [MarketEvent] = []
        for _ in 0..<3 {
            try community.send(anna, MarketCall.addOffer(energy: 1, price: 1))
            expired += community.marketEvents.filter { $0.id == OfferID(2) }
        }
        #expect(expired == [.offerExpired(id: OfferID(2), seller: carla)])
        #expect(try community.trade(2).status == .expired)
    }

    @Test func `an offer without expiry stands for a day`() throws {
        var community = try community()
        let left = try community.trade(1).offer.timeOffered.seconds + 86_399 - community.now
        community.wait(left)
        #expect(try community.send(TestCommunity.ben, MarketCall.pickOffer(OfferID(1))) == nil)
    }
}
