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
        let claimed = try #require(community.ledger.state.meter(meter)).claimedExport
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

    /// The buyer's receipt has not come, so nothing is proved, and the household cannot know.
    @Test func `an aggregator begins nothing below what was signed`() throws {
        var limits = TraderLimits()
        limits.isEnabled = false
        var community = try TestCommunity(
            sources: [.manual(-3_600), .manual(3_600), .manual(3_600)], prosumers: [0],
            limits: limits)
        community.run(seconds: 3)
        let old = community.roles[TestCommunity.seller].store
        var books: [OfferID: KeptTrade] {
            community.roles[TestCommunity.aggregator].store.content.trades
        }
        let first = try community.makeTrade(paid: false)
        for _ in 0..<10 where books[first]?.buyerBegan == nil { community.run(seconds: 1) }
        community.cutOff(community.account(1))
        for _ in 0..<20 where books[first]?.sellerReceipt == nil { community.run(seconds: 1) }
        let signed = try #require(books[first]?.sellerReceipt).receipt
        community.restart(TestCommunity.seller, with: old)
        let second = try community.makeTrade(paid: false, buyer: 2)
        community.run(seconds: 3)
        #expect(try #require(community.reading(0)).exportRegister < signed.endRegister)
        #expect(books[second] != nil)
        #expect(books[second]?.sellerBegan == nil)
        #expect(books[first]?.sellerReceipt?.receipt == signed)
        #expect(
            community.roles[TestCommunity.aggregator].log.contains {
                $0.contains("are signed for")
            })
    }
}
