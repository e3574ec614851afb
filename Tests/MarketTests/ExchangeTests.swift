import Ledger
import Protocol
import Testing

@testable import Market

@Suite struct ExchangeTests {
    @Test func `the initial tokens are minted once in the chain's life`() throws {
        var community = try TestCommunity(sources: [.manual(0)], prosumers: [0])
        community.run(seconds: 3)
        #expect(community.ledger.state.supply.minted == TokenAmount(1_000_000_000))
        #expect(
            community.ledger.state.account(community.account(0)).balance == TokenAmount(5_000_000))
        community.restart(TestCommunity.exchange)
        community.run(seconds: 3)
        #expect(community.ledger.state.supply.minted == TokenAmount(1_000_000_000))
        let mints = community.submissions(of: community.roles[TestCommunity.exchange].account)
        #expect(mints.count == 1)
    }

    @Test func `an exchange that ends while it mints does not mint twice`() throws {
        for isAfter in [false, true] {
            var community = try TestCommunity(
                sources: [.manual(0)], prosumers: [0], exchangeStopsAfterMinting: isAfter)
            #expect(community.roles[TestCommunity.exchange].isStopped)
            #expect((community.ledger.state.supply.minted > .zero) == isAfter)
            community.restart(TestCommunity.exchange)
            community.run(seconds: 3)
            #expect(community.ledger.state.supply.minted == TokenAmount(1_000_000_000))
        }
    }
}
