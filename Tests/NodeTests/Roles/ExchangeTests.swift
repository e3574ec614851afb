import Ledger
import Protocol
import Testing

@testable import Node

@Suite struct ExchangeTests {
    @Test func `tokens are minted once for a payment`() async throws {
        let community = try await TestCommunity(sources: [ManualSource()], prosumers: [0])
        try await community.run(seconds: 2)
        let aggregator = community.aggregatorServices.account
        let minted = community.ledger.state.supply.minted
        let outcome = try await community.exchange.mint(
            to: aggregator, amount: TokenAmount(7), reference: "invoice 1")
        guard case .minted = outcome else {
            Issue.record("\(outcome)")
            return
        }
        let again = try await community.exchange.mint(
            to: aggregator, amount: TokenAmount(7), reference: "invoice 1")
        #expect(again == .alreadyMinted)
        #expect(community.ledger.state.supply.minted.baseUnits == minted.baseUnits + 7)
    }

    @Test func `the initial tokens are minted once in the chain's life`() async throws {
        let community = try await TestCommunity(sources: [ManualSource()], prosumers: [0])
        try await community.run(seconds: 3)
        #expect(community.ledger.state.supply.minted == TokenAmount(1_000_000_000))
        let household = community.householdServices[0].account
        #expect(community.ledger.state.account(household).balance == TokenAmount(5_000_000))
    }

    @Test func `a new member can be registered and sold tokens to`() async throws {
        let community = try await TestCommunity(sources: [ManualSource()], prosumers: [0])
        try await community.run(seconds: 1)
        let account = try Keys.key(99).address
        let member = Member(
            account: account, role: .consumer, meterKey: try Keys.key(98).address,
            ratedPower: Watts(10_000), certificateHash: .zero)
        _ = try await community.aggregator.register(member, name: "Grace")
        #expect(try community.aggregator.store.users().contains { $0.name == "Grace" })
        _ = try await community.aggregator.sell(to: account, amount: TokenAmount(42))
        #expect(community.ledger.state.account(account).balance == TokenAmount(42))
        await #expect(throws: CallFailure.self) {
            _ = try await community.aggregator.sell(
                to: try Keys.key(97).address, amount: TokenAmount(1))
        }
    }
}
