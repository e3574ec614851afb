import Ledger
import Protocol
import Testing

@testable import Node

/// One seller, one buyer, set by hand; the aggregator, or a household, stops somewhere.
@Suite struct ResumptionTests {
    private static func pair(
        sold: Int32 = 3_000, bought: Int32 = 1_500
    ) async throws -> (community: TestCommunity, seller: ManualSource, buyer: ManualSource) {
        let seller = ManualSource(power: -sold)
        let buyer = ManualSource(power: bought)
        let community = try await TestCommunity(sources: [seller, buyer], prosumers: [0])
        return (community, seller, buyer)
    }

    enum Stop: CaseIterable, Sendable {
        case beforeConfirmation, afterConfirmation, beforeProof, afterProof, beforeRelease
        case afterRelease

        var fault: FakeServices.Fault {
            let call =
                switch self {
                case .beforeConfirmation, .afterConfirmation: MarketCall.confirmP2L(OfferID(1))
                case .beforeProof, .afterProof: Self.proof
                case .beforeRelease, .afterRelease: MarketCall.confirmL2P(OfferID(1))
                }
            let selector = Bytes(call.prefix(4))
            return switch self {
            case .beforeConfirmation, .beforeProof, .beforeRelease: .before(selector)
            case .afterConfirmation, .afterProof, .afterRelease: .after(selector)
            }
        }

        private static var proof: Bytes {
            let receipt = MeterReceipt(
                tradeID: OfferID(1), meter: .zero, direction: .import, startRegister: .zero,
                endRegister: .zero, startTime: MarketTime(seconds: 0),
                endTime: MarketTime(seconds: 0))
            let signed = SignedMeterReceipt(
                receipt: receipt, signature: Signature(r: 1, s: 1, yParity: false))
            return MarketCall.proofOfDelivery(OfferID(1), seller: signed, buyer: signed)
        }
    }

    @Test(arguments: Stop.allCases, [false, true])
    func `an aggregator that stops at a step goes on, with its books or without`(
        _ stop: Stop, _ losesStore: Bool
    ) async throws {
        let (community, _, _) = try await Self.pair()
        community.aggregatorServices.fault.withLock { $0 = stop.fault }
        try await community.run(seconds: 12)
        try await community.restartAggregator(losingStore: losesStore)
        try await community.run(seconds: 30) { $0.trade(OfferID(1))?.status == .settled }
        let first = try #require(community.trades.first { $0.buyer != nil })
        #expect(first.status == .settled)
        #expect(first.deliveredEnergy == first.offer.energy)
    }

    @Test func `a household that restarts during a delivery goes on with it`() async throws {
        let (community, _, _) = try await Self.pair(sold: 300, bought: 300)
        try await community.run(seconds: 30) { $0.trade(OfferID(1))?.status == .paid }
        try await community.run(seconds: 2)
        try await community.restartHousehold(0)
        try await community.restartHousehold(1)
        try await community.run(seconds: 30) { $0.trade(OfferID(1))?.status == .settled }
        #expect(community.trades.first?.status == .settled)
    }

    @Test func `a lost link costs time, not the trade`() async throws {
        let (community, _, _) = try await Self.pair(sold: 300, bought: 300)
        try await community.run(seconds: 30) { $0.trade(OfferID(1))?.status == .paid }
        let buyer = community.householdServices[1].account
        community.post.cutOff(buyer)
        try await community.run(seconds: 20)
        #expect(community.trades.first?.status == .paid)
        community.post.reconnect(buyer)
        try await community.run(seconds: 20) { $0.trade(OfferID(1))?.status == .settled }
        #expect(community.trades.first?.status == .settled)
    }

    @Test func `what a seller delivered to a buyer that is away is not overtaken`() async throws {
        let sources = [-6_000, 300, 300].map { ManualSource(power: $0) }
        let community = try await TestCommunity(sources: sources, prosumers: [0])
        try await community.run(seconds: 30) { $0.trade(OfferID(1))?.status == .paid }
        let first = try #require(community.trades.first { $0.status == .paid })
        try await community.run(seconds: 2)
        let buyer = try #require(first.buyer)
        community.post.cutOff(buyer)
        // Longer than a delivery lasts, with other trades of the seller under way.
        try await community.run(seconds: 25)
        #expect(community.trades.contains { $0.buyer != nil && $0.buyer != buyer })
        community.post.reconnect(buyer)
        try await community.run(seconds: 30) { $0.trade(first.offer.id)?.status == .settled }
        #expect(community.ledger.state.trade(first.offer.id)?.status == .settled)
        try await community.run(seconds: 10)
        #expect(community.trades(.refunded).isEmpty)
    }

    @Test func `what was delivered in time is paid for in proportion`() async throws {
        let (community, _, _) = try await Self.pair(sold: 3_000, bought: 60)
        try await community.run(seconds: 40) { $0.trade(OfferID(1))?.status == .settled }
        let trade = try #require(community.trades.first)
        #expect(trade.status == .settled)
        #expect((9...11).contains(trade.deliveredEnergy.value))
        #expect(trade.returned > .zero)
        #expect(
            trade.sellerAmount.baseUnits
                == trade.offer.price.baseUnits * trade.deliveredEnergy.value / 50)
    }

    @Test func `where nothing is delivered the buyer gets the escrow back`() async throws {
        let (community, seller, _) = try await Self.pair()
        try await community.run(seconds: 30) { $0.trade(OfferID(1))?.buyer != nil }
        seller.set(0)
        try await community.run(seconds: 90) { $0.trade(OfferID(1))?.status == .refunded }
        let trade = try #require(community.trades.first)
        #expect(trade.status == .refunded)
        #expect(trade.returned == trade.offer.price)
        // The buyer's meter is free again.
        seller.set(-3_000)
        try await community.run(seconds: 40)
        #expect(!community.trades(.settled).isEmpty)
    }

    @Test func `without an aggregator the buyer fetches the escrow back itself`() async throws {
        let (community, _, _) = try await Self.pair()
        community.aggregatorServices.fault.withLock { $0 = .before([]) }
        // Tokens come from the aggregator too, which is gone: the test gives them.
        _ = try community.ledger.call(
            NativeContract.token,
            TokenCall.transfer(
                to: community.householdServices[1].account, amount: TokenAmount(1_000_000)),
            by: try await tokenHolder(community))
        try await community.run(seconds: 5) { $0.trade(OfferID(1))?.buyer != nil }
        #expect(community.trades.first?.status == .picked)
        try await community.run(seconds: 90) { $0.trade(OfferID(1))?.status == .refunded }
        #expect(community.trades.first?.status == .refunded)
    }

    private func tokenHolder(_ community: TestCommunity) async throws -> PrivateKey {
        try await community.run(seconds: 1)  // the exchange mints for the aggregator
        return community.aggregatorServices.key
    }
}
