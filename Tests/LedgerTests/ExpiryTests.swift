import Ledger
import Protocol
import Testing

@Suite struct ExpiryTests {
    private let anna = Neighbourhood.anna
    private let carla = Neighbourhood.carla

    /// Anna's offer 1 and Carla's offer 2, which expires at second 100.
    private func street() throws -> Neighbourhood {
        var street = try Neighbourhood.withOffer()
        try street.send(carla, MarketCall.addOffer(energy: 10, price: 5, expires: 1_000_100))
        return street
    }

    @Test func `an expired offer cannot be picked or taken back, and is not listed`() throws {
        var street = try street()
        street.wait(89)
        let early = MarketTime(seconds: street.now)
        #expect(street.state.openOffers(from: OfferID(0), count: 9, at: early).count == 2)
        street.wait(1)
        let late = MarketTime(seconds: street.now)
        let open = street.state.openOffers(from: OfferID(0), count: 9, at: late)
        #expect(open.map(\.id) == [OfferID(1)])
        #expect(try street.trade(2).status == .open)
        #expect(try street.trade(2).status(at: late) == .expired)
        let pick = MarketCall.pickOffer(OfferID(2))
        #expect(try street.send(Neighbourhood.ben, pick) == "offer 2 expired at 1000100")
        let cancel = MarketCall.cancelOffer(OfferID(2))
        #expect(try street.send(carla, cancel) == "offer 2 expired at 1000100")
    }

    @Test func `anyone may have an expired offer marked`() throws {
        var street = try street()
        #expect(
            try street.send(Neighbourhood.observer, MarketCall.refund(OfferID(2)))
                == "trade 2 is open: there is nothing to refund")
        street.wait(200)
        #expect(try street.send(Neighbourhood.observer, MarketCall.refund(OfferID(2))) == nil)
        #expect(street.marketEvents == [.offerExpired(id: OfferID(2), seller: carla)])
        #expect(try street.trade(2).status == .expired)
        #expect(
            try street.send(Neighbourhood.observer, MarketCall.refund(OfferID(2)))
                == "trade 2 is expired: there is nothing to refund")
    }

    @Test func `a market that is used marks expired offers by itself`() throws {
        var street = try street()
        street.wait(200)
        var expired: [MarketEvent] = []
        for _ in 0..<3 {
            try street.send(anna, MarketCall.addOffer(energy: 1, price: 1))
            expired += street.marketEvents.filter { $0.id == OfferID(2) }
        }
        #expect(expired == [.offerExpired(id: OfferID(2), seller: carla)])
        #expect(try street.trade(2).status == .expired)
    }

    @Test func `an offer without expiry stands for ever`() throws {
        var street = try street()
        street.wait(10_000_000)
        #expect(try street.send(Neighbourhood.ben, MarketCall.pickOffer(OfferID(1))) == nil)
    }
}
