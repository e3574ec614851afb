import Ledger
import Protocol
import Testing

@testable import Market

/// Trades between households of two aggregators, each of which hears its own households alone.
@Suite struct TwoAggregatorsTests {
    /// A seller and a buyer, one of which belongs to an aggregator that does nothing.
    private func trade(ofOther: Int) throws -> (TestCommunity, OfferID) {
        var limits = TraderLimits()
        limits.isEnabled = false
        var community = try TestCommunity(
            sources: [.manual(-3_600), .manual(3_600)], prosumers: [0], limits: limits,
            ofOther: [ofOther])
        community.run(seconds: 2)
        if community.ledger.state.account(community.account(1)).balance == .zero {
            try community.call(
                NativeContract.token,
                TokenCall.transfer(to: community.account(1), amount: TokenAmount(100_000)),
                by: community.roles[TestCommunity.aggregator].key)
        }
        let id = try community.makeTrade(paid: false)
        return (community, id)
    }

    @Test(arguments: [0, 1])
    func `settle within their window by what both meters signed`(ofOther: Int) throws {
        var (community, id) = try trade(ofOther: ofOther)
        community.run(seconds: 70) { $0.trade(id)?.status == .settled }
        let trade = try #require(community.ledger.state.trade(id))
        #expect(trade.status == .settled)
        #expect(trade.deliveredEnergy == WattHours(500))
        #expect(trade.sellerAmount > .zero && trade.burned == .zero)
    }
}
