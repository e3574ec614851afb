import Ledger
import Protocol
import Testing

@testable import Market

/// One seller, one buyer, set by hand; the aggregator, or a household, stops somewhere.
@Suite struct ResumptionTests {
    private static func pair(sold: Int32 = 3_000, bought: Int32 = 1_500) throws -> TestCommunity {
        try TestCommunity(sources: [.manual(-sold), .manual(bought)], prosumers: [0])
    }

    enum Stop: CaseIterable, Sendable {
        case beforeConfirmation, afterConfirmation, beforeProof, afterProof, beforeRelease
        case afterRelease

        var selector: Bytes {
            let call =
                switch self {
                case .beforeConfirmation, .afterConfirmation:
                    MarketCall.confirmP2L(OfferID(1), start: Self.signed)
                case .beforeProof, .afterProof: Self.proof
                case .beforeRelease, .afterRelease: MarketCall.confirmL2P(OfferID(1))
                }
            return Bytes(call.prefix(4))
        }

        var isAfter: Bool {
            switch self {
            case .beforeConfirmation, .beforeProof, .beforeRelease: false
            case .afterConfirmation, .afterProof, .afterRelease: true
            }
        }

        private static var signed: SignedMeterReceipt {
            let receipt = MeterReceipt(
                tradeID: OfferID(1), meter: .zero, direction: .import, startRegister: .zero,
                endRegister: .zero, startTime: MarketTime(seconds: 0),
                endTime: MarketTime(seconds: 0))
            return SignedMeterReceipt(
                receipt: receipt, signature: Signature(r: 1, s: 1, yParity: false))
        }

        private static var proof: Bytes {
            MarketCall.proofOfDelivery(OfferID(1), seller: signed, buyer: signed)
        }
    }

    @Test(arguments: Stop.allCases, [false, true])
    func `an aggregator that stops at a step goes on, with its books or without`(
        _ stop: Stop, _ losesStore: Bool
    ) throws {
        var community = try Self.pair()
        community.stop(TestCommunity.aggregator, stop.selector, isAfter: stop.isAfter)
        community.run(seconds: 12)
        #expect(community.roles[TestCommunity.aggregator].isStopped)
        // What the stop left under way, or has just ended.
        let id =
            community.trades.first { $0.status.isUnderWay }?.offer.id
            ?? community.trades.first { $0.buyer != nil }?.offer.id
        community.restart(TestCommunity.aggregator, losingStore: losesStore)
        let first = try #require(id)
        community.run(seconds: 30) { $0.trade(first)?.status == .settled }
        let trade = try #require(community.ledger.state.trade(first))
        #expect(trade.status == .settled)
        #expect(trade.deliveredEnergy == trade.offer.energy)
        let books = community.roles[TestCommunity.aggregator].store.content
        // A trade that was over before the books were lost is in them no more.
        if !(losesStore && stop == .afterRelease) {
            #expect(books.trades[first]?.status == .settled)
        }
    }

    @Test func `a household that restarts during a delivery goes on with it`() throws {
        var community = try Self.pair(sold: 300, bought: 300)
        community.run(seconds: 30) { $0.trade(OfferID(1))?.status == .paid }
        community.run(seconds: 2)
        community.restart(TestCommunity.household(0))
        community.restart(TestCommunity.household(1))
        community.run(seconds: 30) { $0.trade(OfferID(1))?.status == .settled }
        #expect(community.trades.first?.status == .settled)
    }

    @Test(arguments: [0, 1])
    func `a lost link costs time, not the trade`(_ household: Int) throws {
        var community = try Self.pair(sold: 300, bought: 300)
        community.run(seconds: 30) { $0.trade(OfferID(1))?.status == .paid }
        community.cutOff(community.account(household))
        community.run(seconds: 20)
        #expect(community.trades.first?.status == .paid)
        community.reconnect(community.account(household))
        community.run(seconds: 20) { $0.trade(OfferID(1))?.status == .settled }
        #expect(community.trades.first?.status == .settled)
    }

    @Test func `what a seller delivered to a buyer that is away is not overtaken`() throws {
        var community = try TestCommunity(
            sources: [-6_000, 300, 300].map { .manual($0) }, prosumers: [0])
        community.run(seconds: 30) { $0.trade(OfferID(1))?.status == .paid }
        let first = try #require(community.trades.first { $0.status == .paid })
        community.run(seconds: 2)
        let buyer = try #require(first.buyer)
        community.cutOff(buyer)
        // Longer than a delivery lasts, with other trades of the seller under way.
        community.run(seconds: 25)
        #expect(community.trades.contains { $0.buyer != nil && $0.buyer != buyer })
        community.reconnect(buyer)
        community.run(seconds: 30) { $0.trade(first.offer.id)?.status == .settled }
        #expect(community.ledger.state.trade(first.offer.id)?.status == .settled)
        community.run(seconds: 10)
        #expect(community.trades(.refunded).isEmpty)
    }

    @Test func `what was delivered in time is paid for in proportion`() throws {
        var community = try Self.pair(sold: 3_000, bought: 60)
        community.run(seconds: 40)
        let trade = try #require(community.trades(.settled).first)
        #expect((9...11).contains(trade.deliveredEnergy.value))
        #expect(trade.returned > .zero)
        #expect(
            trade.sellerAmount.baseUnits
                == trade.offer.price.baseUnits * trade.deliveredEnergy.value / 50)
    }

    @Test func `where nothing is delivered the buyer gets the escrow back`() throws {
        var community = try Self.pair()
        community.run(seconds: 30) { $0.trade(OfferID(1))?.buyer != nil }
        community.setPower(0, household: 0)
        community.run(seconds: 90) { $0.trade(OfferID(1))?.status == .refunded }
        let trade = try #require(community.trades.first)
        #expect(trade.status == .refunded)
        #expect(trade.returned == trade.offer.price)
        // The buyer's meter is free again.
        community.setPower(-3_000, household: 0)
        community.run(seconds: 40)
        #expect(!community.trades(.settled).isEmpty)
    }

    @Test func `without an aggregator and a seller the buyer fetches the escrow back itself`()
        throws
    {
        var community = try Self.pair()
        community.run(seconds: 1)  // the exchange mints for the aggregator, which sells tokens
        community.run(seconds: 5) { $0.trade(OfferID(1))?.buyer != nil }
        community.stop(TestCommunity.aggregator)
        community.stop(TestCommunity.household(0))
        #expect(community.trades.first?.status.isUnderWay == true)
        community.run(seconds: 90) { $0.trade(OfferID(1))?.status == .refunded }
        #expect(community.trades.first?.status == .refunded)
    }

    /// Its clock was wrong when a step failed, and is right again.
    @Test func `a clock that was an hour ahead does not stop an aggregator for an hour`() throws {
        var community = try Self.pair()
        community.run(seconds: 30) { $0.trade(OfferID(1))?.status == .paid }
        try #require(community.trades.first?.status == .paid)
        let late = community.ledger.now.advanced(byMilliseconds: 3_600_000)
        // It takes the trade for one that is late, and its refund is reverted.
        community.tell(TestCommunity.aggregator, .tick, at: late)
        let block = try #require(community.ledger.updates.last)
        community.tell(TestCommunity.aggregator, .blockFinal(block), at: late)
        let failure = community.roles[TestCommunity.aggregator].log.last
        #expect(failure?.contains("refund: reverted") == true)
        community.run(seconds: 30) { $0.trade(OfferID(1))?.status == .settled }
        #expect(community.trades.first?.status == .settled)
    }
}
