import Ledger
import Protocol
import Simulation
import Testing

@testable import Market

/// A household whose meter has lost its memory, or got an old copy of it.
@Suite struct LostMemoryTests {
    @Test func `a meter that lost its memory begins at what is claimed`() throws {
        var community = try TestCommunity.pair()
        let id = try community.makeTrade()
        let receipts = community.deliver(id)
        try #require(receipts.count == 2)
        try community.call(
            NativeContract.market,
            MarketCall.proofOfDelivery(id, seller: receipts[0], buyer: receipts[1]),
            by: community.roles[TestCommunity.aggregator].key)
        let meter = TestCommunity.meterKey(0).address
        let claimed = try #require(community.ledger.state.meter(meter))
            .exportClaims.end.register
        #expect(claimed == receipts[0].receipt.endRegister)
        community.restart(TestCommunity.seller, losingStore: true)
        #expect(community.reading(0)?.exportRegister == claimed)
    }

    /// Its node has lost the ledger too, and fetches it block by block.
    @Test func `a meter that lost its memory goes on from what is proved, once it is told`() throws
    {
        var community = try TestCommunity.pair()
        let id = try community.makeTrade()
        let receipts = community.deliver(id)
        try community.call(
            NativeContract.market,
            MarketCall.proofOfDelivery(id, seller: receipts[0], buyer: receipts[1]),
            by: community.roles[TestCommunity.aggregator].key)
        let updates = community.ledger.updates
        for (index, direction) in [(0, FlowDirection.export), (1, .import)] {
            let identity = RoleIdentity(
                signer: community.roles[TestCommunity.household(index)].key,
                head: updates[0].header, state: updates[0].state, scheme: SimulatedScheme())
            var household = Household(
                identity, meterKey: TestCommunity.meterKey(index), source: .manual(0),
                restoring: HouseholdMemory(), at: community.ledger.now)
            _ = household.handle(.started, at: community.ledger.now)
            #expect(household.figures.reading?.register(direction) == .zero)
            for update in updates.dropFirst() {
                _ = household.handle(.blockFinal(update), at: community.ledger.now)
            }
            let proved = receipts[index].receipt.endRegister
            #expect(proved > .zero)
            #expect(household.figures.reading?.register(direction) == proved)
        }
    }

    /// The second trade is paid after the meter lost its memory; what it signed for the first can
    /// still be proved.
    @Test func `a meter that lost its memory signs no stretch again`() throws {
        var community = try TestCommunity.pair()
        let first = try community.makeTrade()
        let receipts = community.deliver(first)
        community.restart(TestCommunity.seller, losingStore: true)
        community.advance(milliseconds: 1_000)
        #expect(
            community.answers(of: TestCommunity.seller, to: .begin(command(first)))
                == [
                    .refusal(
                        first,
                        reason: "the meter remembers nothing of the time when the trade was paid")
                ])
        let second = try community.makeTrade()
        #expect(community.answers(of: TestCommunity.seller, to: .begin(command(second))).isEmpty)
        try community.call(
            NativeContract.market,
            MarketCall.proofOfDelivery(first, seller: receipts[0], buyer: receipts[1]),
            by: community.roles[TestCommunity.aggregator].key)
        let began = community.effects.compactMap { effect -> MeterReading? in
            if case .send(.began(command(second), let reading), _) = effect.effect {
                reading
            } else {
                nil
            }
        }
        #expect(began.count == 1)
        #expect(
            try #require(began.first).exportRegister >= receipts[0].receipt.endRegister)
    }

    @Test func `an old copy whose registers are proved beyond goes on from there`() throws {
        var community = try TestCommunity.pair()
        let old = community.roles[TestCommunity.seller].store
        let id = try community.makeTrade()
        let receipts = community.deliver(id)
        try community.call(
            NativeContract.market,
            MarketCall.proofOfDelivery(id, seller: receipts[0], buyer: receipts[1]),
            by: community.roles[TestCommunity.aggregator].key)
        community.restart(TestCommunity.seller, with: old)
        #expect(community.reading(0)?.exportRegister == receipts[0].receipt.endRegister)
        let since = community.roles[TestCommunity.seller].store.content.registers?.since
        #expect(since == community.ledger.clock.time(at: community.ledger.now))
    }

    /// In the old copy three deliveries go on; what was signed for the first can still be proved.
    @Test func `an old copy signs for nothing that it may have signed for`() throws {
        var community = try TestCommunity.pair()
        let (seller, buyer) = (TestCommunity.seller, TestCommunity.buyer)
        let trades = try (0..<3).map { _ in try community.makeTrade() }
        for id in trades { _ = community.answers(of: seller, to: .begin(command(id))) }
        _ = community.answers(of: buyer, to: .begin(command(trades[2], .import)))
        let old = community.roles[seller].store
        community.advance(milliseconds: 2_000)
        var signed: [SignedMeterReceipt] = []
        for (index, id, direction) in [
            (seller, trades[0], FlowDirection.export), (seller, trades[2], .export),
            (buyer, trades[2], .import),
        ] {
            let answers = community.answers(
                of: index, to: .end(command(id, direction, energy: 50)))
            for case .receipt(let receipt) in answers { signed.append(receipt) }
        }
        try #require(signed.count == 3)
        try community.call(
            NativeContract.market,
            MarketCall.proofOfDelivery(trades[2], seller: signed[1], buyer: signed[2]),
            by: community.roles[TestCommunity.aggregator].key)
        community.restart(seller, with: old)
        community.advance(milliseconds: 1_000)
        for id in trades {
            let reason = UntrustedText("the meter may have signed for this trade, and forgotten it")
            #expect(
                community.answers(of: seller, to: .end(command(id)))
                    == [.refusal(id, reason: reason)])
        }
    }

    /// The seller's receipt has not come, so nothing is proved, and the household cannot know.
    @Test func `an aggregator begins nothing below what was signed`() throws {
        var limits = TraderLimits()
        limits.isEnabled = false
        var community = try TestCommunity(
            sources: [.manual(-3_600), .manual(3_600), .manual(-3_600)], prosumers: [0, 2],
            limits: limits)
        community.run(seconds: 3)
        let buyer = TestCommunity.household(1)
        let old = community.roles[buyer].store
        var books: [OfferID: KeptTrade] {
            community.roles[TestCommunity.aggregator].store.content.trades
        }
        let first = try community.makeTrade(paid: false)
        for _ in 0..<10 where books[first]?.sellerBegan == nil { community.run(seconds: 1) }
        community.run(seconds: 6)
        community.cutOff(community.account(0))
        for _ in 0..<60 where books[first]?.buyerReceipt == nil { community.run(seconds: 1) }
        let signed = try #require(books[first]?.buyerReceipt).receipt
        community.restart(buyer, with: old)
        let second = try community.makeTrade(paid: false, seller: 2)
        community.run(seconds: 3)
        #expect(try #require(community.reading(1)).importRegister < signed.endRegister)
        #expect(books[second] != nil)
        #expect(books[second]?.buyerBegan == nil)
        #expect(books[first]?.buyerReceipt?.receipt == signed)
        #expect(
            community.roles[TestCommunity.aggregator].log.contains {
                $0.contains("are signed for")
            })
    }
}
