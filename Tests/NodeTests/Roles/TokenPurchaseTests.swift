import Ledger
import Protocol
import Testing

@testable import Node

@Suite struct TokenPurchaseTests {
    private let million: UInt64 = 1_000_000

    /// A community whose aggregator has tokens and sells a household five a day without asking.
    private func community() async throws -> TestCommunity {
        let community = try await TestCommunity(
            sources: [ManualSource()], prosumers: [], purchaseLimit: TokenAmount(5_000_000))
        try await community.run(seconds: 3)
        return community
    }

    private func order(_ tokens: UInt64, in community: TestCommunity) throws {
        let data = TokenCall.purchaseTokens(
            of: community.aggregatorServices.account, amount: TokenAmount(tokens * million),
            reference: "bank 17")
        _ = try community.ledger.call(
            NativeContract.token, data, by: community.householdServices[0].key)
    }

    private func balance(_ community: TestCommunity) -> UInt64 {
        community.ledger.state.account(community.householdServices[0].account).balance.baseUnits
            / million
    }

    private func last(_ community: TestCommunity) -> TokenPurchase? {
        community.ledger.state.tokenPurchase(of: community.householdServices[0].account)
    }

    @Test func `a purchase within the limit is filled at once, and stands in the books`()
        async throws
    {
        let community = try await community()
        let before = balance(community)
        try order(3, in: community)
        try await community.run(seconds: 2)
        #expect(last(community)?.status == .sold)
        #expect(balance(community) == before + 3)
        let sold = try community.aggregator.store.soldForPurchases(
            of: community.householdServices[0].account, since: .zero)
        #expect(sold == TokenAmount(3 * million))
    }

    @Test func `what goes beyond the limit of a day waits for the operator`() async throws {
        let community = try await community()
        let before = balance(community)
        try order(3, in: community)
        try await community.run(seconds: 2)
        try order(3, in: community)
        try await community.run(seconds: 10)
        #expect(last(community)?.status == .open)
        _ = try community.ledger.call(
            NativeContract.token,
            TokenCall.sellTokens(to: community.householdServices[0].account, purchase: 2),
            by: community.aggregatorServices.key)
        try await community.run(seconds: 2)
        #expect(last(community)?.status == .sold)
        #expect(balance(community) == before + 6)
    }

    @Test func `a day later the limit is there again`() async throws {
        let community = try await community()
        try order(5, in: community)
        try await community.run(seconds: 2)
        try order(1, in: community)
        try await community.run(seconds: 5)
        #expect(last(community)?.status == .open)
        community.ledger.advance(milliseconds: 86_400_000)
        try await community.run(seconds: 2)
        #expect(last(community)?.status == .sold)
    }

    @Test func `an aggregator that ends while it sells does not sell twice`() async throws {
        let community = try await community()
        let before = balance(community)
        let selector = Bytes(
            TokenCall.sellTokens(to: community.householdServices[0].account, purchase: 1).prefix(4))
        community.aggregatorServices.fault.withLock { $0 = .after(selector) }
        try order(3, in: community)
        try await community.run(seconds: 2)
        try await community.restartAggregator()
        try await community.run(seconds: 10)
        #expect(last(community)?.status == .sold)
        #expect(balance(community) == before + 3)
    }

    @Test func `a purchase waits where the aggregator has too few tokens`() async throws {
        let community = try await community()
        let all = community.ledger.state.account(community.aggregatorServices.account).balance
        _ = try community.ledger.call(
            NativeContract.token,
            TokenCall.transfer(to: try Keys.key(1).address, amount: all),
            by: community.aggregatorServices.key)
        try order(3, in: community)
        try await community.run(seconds: 5)
        #expect(last(community)?.status == .open)
    }
}
