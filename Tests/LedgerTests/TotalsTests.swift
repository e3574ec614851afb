import Ledger
import Protocol
import TestKit
import Testing

/// The sums that the ledger keeps as it goes.
@Suite struct TotalsTests {
    @Test func `a ledger on which nothing has happened has none`() throws {
        let community = try TestCommunity()
        #expect(community.state.totals == .none)
        #expect(!community.state.entries.contains { $0.key == StateKey.totals.bytes })
    }

    @Test func `each step of a trade moves it from one sum to the next`() throws {
        func counts(_ community: TestCommunity) -> [TradeStatus] {
            TradeStatus.allCases.flatMap { status in
                Array(repeating: status, count: Int(community.state.totals.count(status)))
            }
        }
        #expect(try counts(.withOffer()) == [.open])
        #expect(try counts(.withPick()) == [.picked])
        #expect(try counts(.withPayment()) == [.paid])
        var community = try TestCommunity.withDelivery(imported: 300)
        #expect(counts(community) == [.delivered])
        #expect(community.state.totals.settledEnergy == .zero)
        try community.send(TestCommunity.aggregator, MarketCall.confirmL2P(OfferID(1)))
        #expect(counts(community) == [.settled])
        #expect(community.state.totals.settledEnergy == WattHours(300))
    }

    @Test func `they are proved like any entry, and belong to the root`() throws {
        let community = try TestCommunity.withPick()
        let proof = community.state.proof(of: .totals)
        #expect(proof.verify(root: community.state.root))
        #expect(proof.value == community.state.value(at: .totals))
        let without = try LedgerState(
            entries: community.state.entries.filter { $0.key != StateKey.totals.bytes },
            scheme: PlainScheme())
        #expect(without.root != community.state.root)
    }
}
