import Ledger
import Protocol
import Testing

@testable import Node

@Suite struct TokenPurchaseTests {
    private let million: UInt64 = 1_000_000

    /// A street whose aggregator has tokens and sells a household five a day without asking.
    private func street() async throws -> Neighbourhood {
        let street = try await Neighbourhood(
            sources: [ManualSource()], prosumers: [], purchaseLimit: TokenAmount(5_000_000))
        try await street.run(seconds: 3)
        return street
    }

    private func order(_ tokens: UInt64, in street: Neighbourhood) throws {
        let data = TokenCall.purchaseTokens(
            of: street.aggregatorServices.account, amount: TokenAmount(tokens * million),
            reference: "bank 17")
        _ = try street.ledger.call(
            NativeContract.token, data, by: street.householdServices[0].key)
    }

    private func balance(_ street: Neighbourhood) -> UInt64 {
        street.ledger.state.account(street.householdServices[0].account).balance.baseUnits
            / million
    }

    private func last(_ street: Neighbourhood) -> TokenPurchase? {
        street.ledger.state.tokenPurchase(of: street.householdServices[0].account)
    }

    @Test func `a purchase within the limit is filled at once, and stands in the books`() async throws
    {
        let street = try await street()
        let before = balance(street)
        try order(3, in: street)
        try await street.run(seconds: 2)
        #expect(last(street)?.status == .sold)
        #expect(balance(street) == before + 3)
        let sold = try street.aggregator.store.soldForPurchases(
            of: street.householdServices[0].account, since: .zero)
        #expect(sold == TokenAmount(3 * million))
    }

    @Test func `what goes beyond the limit of a day waits for the operator`() async throws {
        let street = try await street()
        let before = balance(street)
        try order(3, in: street)
        try await street.run(seconds: 2)
        try order(3, in: street)
        try await street.run(seconds: 10)
        #expect(last(street)?.status == .open)
        _ = try street.ledger.call(
            NativeContract.token,
            TokenCall.sellTokens(to: street.householdServices[0].account, purchase: 2),
            by: street.aggregatorServices.key)
        try await street.run(seconds: 2)
        #expect(last(street)?.status == .sold)
        #expect(balance(street) == before + 6)
    }

    @Test func `a day later the limit is there again`() async throws {
        let street = try await street()
        try order(5, in: street)
        try await street.run(seconds: 2)
        try order(1, in: street)
        try await street.run(seconds: 5)
        #expect(last(street)?.status == .open)
        street.ledger.advance(milliseconds: 86_400_000)
        try await street.run(seconds: 2)
        #expect(last(street)?.status == .sold)
    }

    @Test func `an aggregator that ends while it sells does not sell twice`() async throws {
        let street = try await street()
        let before = balance(street)
        let selector = Bytes(
            TokenCall.sellTokens(to: street.householdServices[0].account, purchase: 1).prefix(4))
        street.aggregatorServices.fault.withLock { $0 = .after(selector) }
        try order(3, in: street)
        try await street.run(seconds: 2)
        try await street.restartAggregator()
        try await street.run(seconds: 10)
        #expect(last(street)?.status == .sold)
        #expect(balance(street) == before + 3)
    }

    @Test func `a purchase waits where the aggregator has too few tokens`() async throws {
        let street = try await street()
        let all = street.ledger.state.account(street.aggregatorServices.account).balance
        _ = try street.ledger.call(
            NativeContract.token,
            TokenCall.transfer(to: try Keys.key(1).address, amount: all),
            by: street.aggregatorServices.key)
        try order(3, in: street)
        try await street.run(seconds: 5)
        #expect(last(street)?.status == .open)
    }
}
