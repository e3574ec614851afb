import Protocol
import TestKit
import Testing

@testable import Ledger

/// A pick whose buyer signs a start, and one whose buyer is silent.
@Suite struct StartTests {
    private let anna = TestCommunity.anna
    private let ben = TestCommunity.ben
    private let aggregator = TestCommunity.aggregator
    private let other = TestCommunity.otherAggregator
    private let release = MarketCall.releaseOffer(OfferID(1))

    // The start.

    /// Why a payment is not registered whose start differs from a good one by `change`.
    private func refusal(
        by signer: Address? = nil, _ change: (inout MeterReceipt) -> Void
    ) throws -> String? {
        var community = try TestCommunity.withPick()
        community.wait(20)
        var start = community.start(1)
        change(&start)
        let signed = start.signed(
            by: PlainKey(address: signer ?? start.meter), in: community.state.domain)
        let reason = try community.send(
            aggregator, MarketCall.confirmP2L(OfferID(1), start: signed))
        #expect(try community.trade(1).status == (reason == nil ? .paid : .picked))
        return reason
    }

    @Test func `no payment is registered without the buyer's start`() throws {
        let (annas, bens) = (TestCommunity.meter(of: anna), TestCommunity.meter(of: ben))
        #expect(try refusal { _ in } == nil)
        #expect(
            try refusal { $0.tradeID = OfferID(2) }
                == "the buyer's start: it is for trade 2, not for 1")
        #expect(
            try refusal { $0.meter = annas }
                == "the buyer's start: meter \(annas) is not \(ben)'s, which is \(bens)")
        #expect(
            try refusal { $0.direction = .export }
                == "the buyer's start: it is of export, not of import")
        #expect(
            try refusal { $0.endRegister = WattHours(701) }
                == "the buyer's start: it is a receipt over energy or time")
        #expect(
            try refusal { $0.startTime = MarketTime(seconds: $0.startTime.seconds - 1) }
                == "the buyer's start: it is a receipt over energy or time")
        #expect(
            try refusal(by: aggregator) { _ in }
                == "the buyer's start: it is not signed by meter \(bens)")
    }

    @Test func `a start is of a few seconds before or after now`() throws {
        func at(_ seconds: UInt64) throws -> String? {
            try refusal {
                $0.startTime = MarketTime(seconds: seconds)
                $0.endTime = MarketTime(seconds: seconds)
            }
        }
        // It is picked at 1,000,020 and handed in at 1,000,040.
        #expect(try at(1_000_030) == nil)
        #expect(
            try at(1_000_029)
                == "the buyer's start: it is of 1000029, before 1000030: sign a new one")
        #expect(try at(1_000_050) == nil)
        #expect(
            try at(1_000_051) == "the buyer's start: it is of 1000051, after now, 1000040")
        var community = try TestCommunity.withPick()
        let early = community.confirm(1) {
            $0.startTime = MarketTime(seconds: 1_000_019)
            $0.endTime = MarketTime(seconds: 1_000_019)
        }
        #expect(
            try community.send(aggregator, early)
                == "the buyer's start: it is of 1000019, before 1000020: sign a new one")
    }

    @Test func `the buyer hands its start in itself, and nobody is due a fee`() throws {
        var community = try TestCommunity.withPick(fee: 100_000)
        #expect(
            try community.send(anna, community.confirm(1))
                == "\(anna) is a prosumer, not an aggregator: it cannot confirm payments")
        #expect(try community.send(ben, community.confirm(1)) == nil)
        #expect(
            community.marketEvents == [
                .peerPaid(
                    id: OfferID(1), buyer: ben, aggregator: .zero, price: TokenAmount(120))
            ])
        #expect(try community.trade(1).aggregator == nil)
        community.wait(1_800)
        #expect(
            try community.send(TestCommunity.carla, community.proof(1))?
                .hasSuffix("it cannot prove delivery") == true)
        #expect(
            try community.send(other, community.proof(1))
                == "\(other) is the aggregator of neither household of trade 1")
        #expect(try community.send(aggregator, community.proof(1)) == nil)
        #expect(try community.send(aggregator, MarketCall.confirmL2P(OfferID(1))) == nil)
        #expect(community.balance(anna) == 120)
        #expect(community.balance(aggregator) == 0)
    }

    @Test func `a start proves no delivery`() throws {
        var community = try TestCommunity.withPayment()
        community.wait(1_800)
        let empty = community.proof(1) { _, buyer in
            buyer.endRegister = buyer.startRegister
            buyer.endTime = buyer.startTime
        }
        #expect(
            try community.send(aggregator, empty)
                == "the buyer's receipt: it is a start, which shows no delivery")
        #expect(
            try community.send(
                ben, MarketCall.handInReceipt(OfferID(1), community.signed(community.start(1))))
                == "the buyer's receipt: it is a start, which shows no delivery")
    }

    // The release.

    @Test func `a pick without a start is released, and the offer is open again`() throws {
        var community = try TestCommunity.withPick()
        community.wait(5)
        #expect(
            try community.send(aggregator, release)
                == "the pick of offer 1 can be released after 1000025, now it is 1000025")
        community.wait(1)
        #expect(
            try community.send(ben, release)
                == "\(ben) is a consumer, not an aggregator: it cannot release picks")
        #expect(
            try community.send(other, release)
                == "\(other) is the aggregator of neither household of trade 1")
        #expect(try community.send(aggregator, release) == nil)
        #expect(
            community.marketEvents == [
                .offerReleased(
                    id: OfferID(1), seller: anna, buyer: ben, price: TokenAmount(120))
            ])
        let trade = try community.trade(1)
        #expect(trade.status == .open)
        #expect(trade.buyer == nil && trade.picked == nil)
        #expect(trade.released == [ben])
        #expect(community.balance(ben) == 1_000)
        #expect(community.state.supply.escrow == .zero)
        #expect(community.state.cheapestOffers(count: 9, at: .zero).map(\.id) == [OfferID(1)])
        #expect(community.state.marketStanding(of: anna).offers == [OfferID(1)])
        #expect(community.state.marketStanding(of: ben).picks == [])
        #expect(community.state.trades(of: ben, from: 0, count: 9) == [])
        #expect(try community.send(aggregator, release) == "trade 1 is open, not picked")
    }

    @Test func `whoever let a pick wait picks nothing for a while, and that offer never`() throws {
        var community = try TestCommunity.withPick()
        community.wait(6)
        #expect(try community.send(anna, release) == nil)
        try community.send(anna, MarketCall.addOffer(energy: 1_000, price: 120))
        #expect(
            try community.send(ben, MarketCall.pickOffer(OfferID(2)))
                == "you pick nothing until 1000036: picks of yours were released, as your meter "
                + "signed no start")
        community.wait(10)
        #expect(
            try community.send(ben, MarketCall.pickOffer(OfferID(1)))
                == "your pick of offer 1 was released: it is others' to pick")
        #expect(try community.send(ben, MarketCall.pickOffer(OfferID(2))) == nil)
        #expect(community.state.picksPaused(of: ben) == .zero)
        try community.fund(TestCommunity.carla, 500, reference: "invoice 2")
        #expect(try community.send(TestCommunity.carla, MarketCall.pickOffer(OfferID(1))) == nil)
        #expect(community.state.trades(of: ben, from: 0, count: 9) == [OfferID(2)])
    }

    /// Four picks at once, held for six seconds each, and then nothing for 40 seconds.
    @Test func `a silent member holds less than one offer on the average`() throws {
        var community = try TestCommunity()
        try community.fund(ben, 1_000, reference: "invoice 1")
        for id in 1...4 as ClosedRange<UInt32> {
            try community.send(anna, MarketCall.addOffer(energy: 10, price: 1))
            #expect(try community.send(ben, MarketCall.pickOffer(OfferID(id))) == nil)
        }
        community.wait(6)
        let released = community.now
        for id in 1...4 as ClosedRange<UInt32> {
            #expect(try community.send(aggregator, MarketCall.releaseOffer(OfferID(id))) == nil)
        }
        #expect(community.state.picksPaused(of: ben) == MarketTime(seconds: released + 40))
    }

    @Test func `of those whose picks were released the last eight are known`() throws {
        var community = try TestCommunity.withOffer()
        var buyers: [Address] = []
        for number in 40...48 as ClosedRange<UInt8> {
            let buyer = TestCommunity.account(number)
            buyers.append(buyer)
            try community.send(
                aggregator, to: NativeContract.community,
                CommunityCall.register(TestCommunity.member(buyer, .consumer, power: 11_000)))
            try community.fund(buyer, 500, reference: "invoice \(number)")
            #expect(try community.send(buyer, MarketCall.pickOffer(OfferID(1))) == nil)
            community.wait(6)
            #expect(try community.send(anna, release) == nil)
        }
        #expect(try community.trade(1).released == Array(buyers.dropFirst()))
        #expect(try community.trade(1).releaseCount == 9)
    }

    @Test func `a pick that has its start cannot be released`() throws {
        var community = try TestCommunity.withPayment()
        community.wait(100)
        #expect(try community.send(aggregator, release) == "trade 1 is paid, not picked")
        #expect(try community.send(anna, release) == "trade 1 is paid, not picked")
    }

    @Test func `an offer whose time is over is not open again`() throws {
        var community = try TestCommunity()
        try community.fund(ben, 1_000, reference: "invoice 1")
        let expires = community.now + 5
        try community.send(anna, MarketCall.addOffer(energy: 10, price: 1, expires: expires))
        try community.send(ben, MarketCall.pickOffer(OfferID(1)))
        community.wait(6)
        #expect(try community.send(anna, release) == nil)
        #expect(try community.trade(1).status == .expired)
        #expect(community.balance(ben) == 1_000)
        #expect(community.state.marketStanding(of: anna) == MarketStanding())
    }
}
