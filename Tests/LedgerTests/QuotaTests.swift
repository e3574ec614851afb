import Protocol
import TestKit
import Testing

@testable import Ledger

/// How much a member may have open at once.
@Suite struct QuotaTests {
    private let anna = TestCommunity.anna
    private let ben = TestCommunity.ben
    private let aggregator = TestCommunity.aggregator
    private let offer = MarketCall.addOffer(energy: 10, price: 1)

    /// Anna has as many offers open as she may.
    private func full() throws -> TestCommunity {
        var community = try TestCommunity()
        try community.fund(ben, 1_000, reference: "invoice 1")
        try community.add(
            (0..<64).map { nonce in
                try community.transaction(
                    anna, to: NativeContract.market, offer, nonce: UInt64(nonce))
            })
        #expect(community.receipts.allSatisfy { $0.revertReason == nil })
        return community
    }

    private let refusal =
        "64 of your offers are open or picked and not paid: no more may be at once"

    @Test func `a member has so many offers at once and no more`() throws {
        var community = try full()
        #expect(try community.send(anna, offer) == refusal)
        #expect(try community.send(TestCommunity.carla, offer) == nil)
        #expect(try community.send(anna, MarketCall.cancelOffer(OfferID(7))) == nil)
        #expect(try community.send(anna, offer) == nil)
        #expect(try community.send(anna, offer) == refusal)
        #expect(community.state.marketStanding(of: anna).offers.count == 64)
    }

    @Test func `what is picked counts until it is paid`() throws {
        var community = try full()
        #expect(try community.send(ben, MarketCall.pickOffer(OfferID(1))) == nil)
        #expect(try community.send(anna, offer) == refusal)
        #expect(try community.send(aggregator, community.confirm(1)) == nil)
        #expect(try community.send(anna, offer) == nil)
        #expect(community.state.marketStanding(of: ben).picks == [OfferID(1)])
        community.wait(1_800)
        #expect(try community.send(aggregator, community.proof(1, exported: 10)) == nil)
        #expect(community.state.marketStanding(of: ben) == MarketStanding())
    }

    @Test func `what is refunded before it is paid leaves room`() throws {
        var community = try full()
        #expect(try community.send(ben, MarketCall.pickOffer(OfferID(1))) == nil)
        community.wait(3_601)
        #expect(try community.send(ben, MarketCall.refund(OfferID(1))) == nil)
        #expect(try community.send(anna, offer) == nil)
    }

    @Test func `offers whose time is over leave room at once`() throws {
        var community = try TestCommunity()
        try community.add(
            (0..<64).map { nonce in
                let call = MarketCall.addOffer(
                    energy: 10, price: 1, expires: TestCommunity.origin + 100)
                return try community.transaction(
                    anna, to: NativeContract.market, call, nonce: UInt64(nonce))
            })
        community.wait(99)
        #expect(try community.send(anna, offer) == refusal)
        community.wait(1)
        #expect(try community.send(anna, offer) == nil)
        #expect(community.state.marketStanding(of: anna).offers == [OfferID(65)])
        #expect(try community.trade(64).status == .expired)
        #expect(community.state.cheapestOffers(count: 99, at: .zero).map(\.id) == [OfferID(65)])
    }

    /// 3,680 W deliver 88,320 Wh in a day.
    @Test func `all offers together are what the connection delivers in a day`() throws {
        var community = try TestCommunity()
        let lot = MarketCall.addOffer(energy: 3_680, price: 1)
        for _ in 0..<23 { #expect(try community.send(anna, lot) == nil) }
        #expect(
            try community.send(anna, MarketCall.addOffer(energy: 3_680 + 1, price: 1)) != nil)
        #expect(try community.send(anna, MarketCall.addOffer(energy: 3_679, price: 1)) == nil)
        #expect(
            try community.send(anna, MarketCall.addOffer(energy: 2, price: 1))
                == "88321 Wh in all your open offers is more than a connection of 3680 W can "
                + "deliver in 86400 s")
        #expect(try community.send(anna, MarketCall.addOffer(energy: 1, price: 1)) == nil)
        #expect(try community.send(anna, MarketCall.cancelOffer(OfferID(1))) == nil)
        #expect(try community.send(anna, lot) == nil)
    }

    @Test func `an offer ends after a day at most`() throws {
        var community = try TestCommunity()
        let day = TestCommunity.origin + 86_400
        #expect(try community.send(anna, offer) == nil)
        #expect(try community.trade(1).offer.expires == MarketTime(seconds: day))
        #expect(
            try community.send(anna, MarketCall.addOffer(energy: 10, price: 1, expires: day + 1))
                == "expiry 1086401 is after 1086400: an offer stands for 86400 s at most")
        #expect(
            try community.send(anna, MarketCall.addOffer(energy: 10, price: 1, expires: day))
                == nil)
        community.wait(86_400)
        #expect(
            try community.send(ben, MarketCall.pickOffer(OfferID(1)))
                == "offer 1 expired at 1086400")
    }

    @Test func `a member has so many picks without delivery and no more`() throws {
        var community = try full()
        for id in 1...4 as ClosedRange<UInt32> {
            #expect(try community.send(ben, MarketCall.pickOffer(OfferID(id))) == nil)
        }
        #expect(
            try community.send(ben, MarketCall.pickOffer(OfferID(5)))
                == "4 of your picks wait for their delivery: no more may at once; each delivery you "
                + "take allows one more")
        #expect(try community.send(aggregator, community.confirm(3)) == nil)
        #expect(try community.send(ben, MarketCall.pickOffer(OfferID(5))) != nil)
        community.wait(1_800)
        #expect(try community.send(aggregator, community.proof(3, exported: 10)) == nil)
        #expect(try community.send(ben, MarketCall.pickOffer(OfferID(5))) == nil)
    }

    @Test func `the record of what is open is read as it was written`() throws {
        let standing = MarketStanding(
            energy: WattHours(9), offers: [OfferID(3), OfferID(5)], picks: [OfferID(4)],
            pausedUntil: MarketTime(seconds: 77))
        #expect(try MarketStanding(decoding: standing.encoded) == standing)
        for length in [0, 8, 16, 19, 20, 23] {
            #expect(throws: MalformedBytes.self) {
                try MarketStanding(decoding: Bytes(standing.encoded.prefix(length)))
            }
        }
    }
}
