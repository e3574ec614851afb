import Ledger
import Protocol
import Simulation
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

    /// The ledger remembers a reference for some time only.
    @Test func `where tokens were minted there are no initial ones, whatever their reference`()
        throws
    {
        var community = try TestCommunity(sources: [.manual(0)], prosumers: [0])
        community.run(seconds: 3)
        let identity = RoleIdentity(
            signer: Keys.key(3), head: community.ledger.head, state: community.ledger.state,
            scheme: SimulatedScheme())
        var exchange: any Role = Exchange(
            identity,
            initialMint: Exchange.InitialMint(
                amount: TokenAmount(1_000_000_000), reference: "another"))
        let now = Timestamp(milliseconds: 1_800_000_000_000)
        let effects = exchange.handle(.started, at: now) + exchange.handle(.tick, at: now)
        for effect in effects {
            if case .submit = effect { Issue.record("it mints once more") }
        }
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
