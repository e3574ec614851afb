import Ledger
import Protocol
import Simulation
import Testing

@testable import Market

@Suite struct TokenSalesTests {
    private static let million: UInt64 = 1_000_000
    private static let aggregator = TestCommunity.aggregator

    /// A community whose aggregator has tokens and sells a household five a day without asking.
    private static func community() throws -> TestCommunity {
        var community = try TestCommunity(
            sources: [.manual(0)], prosumers: [], purchaseLimit: TokenAmount(5 * million))
        community.run(seconds: 3)
        return community
    }

    @Test func `a purchase within the limit is filled at once, and stands in the books`() throws {
        var community = try Self.community()
        let before = community.balance
        try community.purchase(3 * Self.million)
        community.run(seconds: 2)
        #expect(community.lastPurchase?.status == .sold)
        #expect(community.balance == before + 3 * Self.million)
        let sold = community.roles[Self.aggregator].store.content.sales.filter { $0.purchase == 1 }
        #expect(sold.map(\.amount) == [TokenAmount(3 * Self.million)])
    }

    @Test func `what goes beyond the limit of a day waits for the operator`() throws {
        var community = try Self.community()
        let before = community.balance
        try community.purchase(3 * Self.million)
        community.run(seconds: 2)
        try community.purchase(3 * Self.million)
        community.run(seconds: 10)
        #expect(community.lastPurchase?.status == .open)
        let waits = community.roles[Self.aggregator].log.filter { $0.contains("the operator") }
        #expect(waits.count == 1)
        try community.call(
            NativeContract.token,
            TokenCall.sellTokens(to: community.account(0), purchase: 2),
            by: community.roles[Self.aggregator].key)
        community.run(seconds: 2)
        #expect(community.lastPurchase?.status == .sold)
        #expect(community.balance == before + 6 * Self.million)
    }

    @Test func `what was sold within a day counts to the last unit, after a restart too`() throws {
        for (second, status) in [
            (2 * Self.million, TokenPurchase.Status.sold), (2 * Self.million + 1, .open),
        ] {
            var community = try Self.community()
            try community.purchase(3 * Self.million)
            community.run(seconds: 2)
            community.restart(Self.aggregator)
            try community.purchase(second)
            community.run(seconds: 2)
            #expect(community.lastPurchase?.status == status)
        }
    }

    @Test func `a day later the limit is there again`() throws {
        var community = try Self.community()
        try community.purchase(5 * Self.million)
        community.run(seconds: 2)
        try community.purchase(1 * Self.million)
        community.run(seconds: 5)
        #expect(community.lastPurchase?.status == .open)
        community.advance(milliseconds: 86_400_000)
        community.run(seconds: 2)
        #expect(community.lastPurchase?.status == .sold)
    }

    @Test func `an aggregator that ends while it sells does not sell twice`() throws {
        var community = try Self.community()
        let before = community.balance
        let selector = Bytes(
            TokenCall.sellTokens(to: community.account(0), purchase: 1).prefix(4))
        community.stop(Self.aggregator, selector, isAfter: true)
        try community.purchase(3 * Self.million)
        community.run(seconds: 2)
        #expect(community.roles[Self.aggregator].isStopped)
        community.restart(Self.aggregator)
        community.run(seconds: 10)
        #expect(community.lastPurchase?.status == .sold)
        #expect(community.balance == before + 3 * Self.million)
    }

    @Test func `a purchase waits where the aggregator has too few tokens`() throws {
        var community = try Self.community()
        let all = community.ledger.state.account(community.broker).balance
        try community.call(
            NativeContract.token, TokenCall.transfer(to: Keys.key(1).address, amount: all),
            by: community.roles[Self.aggregator].key)
        try community.purchase(3 * Self.million)
        community.run(seconds: 5)
        #expect(community.lastPurchase?.status == .open)
    }

    @Test func `a purchase of another aggregator's is left alone`() throws {
        var community = try Self.community()
        try community.purchase(1 * Self.million, of: TestCommunity.otherAggregator)
        community.run(seconds: 5)
        #expect(community.lastPurchase?.status == .open)
        let calls = community.submissions(of: community.broker)
        #expect(
            !calls.contains {
                $0.starts(with: TokenCall.sellTokens(to: .zero, purchase: 1).prefix(4))
            })
    }

    @Test func `a new member is in the books and gets tokens, once`() throws {
        var community = try Self.community()
        let account = Keys.key(99).address
        try community.call(
            NativeContract.community,
            CommunityCall.register(
                Member(
                    account: account, role: .consumer, meterKey: Keys.key(98).address,
                    ratedPower: Watts(10_000), certificateHash: .zero)),
            by: community.roles[Self.aggregator].key)
        community.run(seconds: 5)
        #expect(community.roles[Self.aggregator].store.content.members.contains(account))
        #expect(
            community.ledger.state.account(account).balance == TokenAmount(5 * Self.million))
    }

    /// The first one is on its way and not final yet.
    @Test func `no second top-up is sold while one is under way`() throws {
        var community = try Self.community()
        var aggregator = community.roles[Self.aggregator].role
        let balance = community.ledger.state.account(community.account(0)).balance
        // The household spends all it has: it is poor from this block on.
        try community.call(
            NativeContract.token, TokenCall.transfer(to: Keys.key(1).address, amount: balance),
            by: community.roles[TestCommunity.household(0)].key)
        var now = community.ledger.now
        let updates = community.ledger.updates
        let poor = try #require(
            updates.last { $0.state.account(community.account(0)).balance == .zero })
        var submitted: [VerifiedTransaction] = []
        var news: [RoleEvent] = [.blockFinal(poor)]
        // Two minutes in which no block comes, whatever is handed in again.
        for _ in 0..<120 {
            news.append(.tick)
            now = now.advanced(byMilliseconds: 1_000)
            while !news.isEmpty {
                for case .submit(let transaction) in aggregator.handle(news.removeFirst(), at: now)
                {
                    submitted.append(transaction)
                    news.append(.answered(transaction.hash, .accepted))
                }
            }
        }
        #expect(Set(submitted.map(\.hash)).count == 1)
        #expect(submitted.count > 10)
    }
}

extension TestCommunity {
    /// The first household's tokens, in base units.
    fileprivate var balance: UInt64 { ledger.state.account(account(0)).balance.baseUnits }

    fileprivate var lastPurchase: TokenPurchase? { ledger.state.tokenPurchase(of: account(0)) }

    fileprivate mutating func purchase(_ amount: UInt64, of seller: Address? = nil) throws {
        let data = TokenCall.purchaseTokens(
            of: seller ?? broker, amount: TokenAmount(amount), reference: "bank 17")
        try call(NativeContract.token, data, by: roles[Self.household(0)].key)
    }

    /// What calls a role has handed in.
    func submissions(of account: Address) -> [Bytes] {
        effects.compactMap { owner, effect in
            guard owner == account, case .submit(let transaction) = effect else { return nil }
            return transaction.transaction.data
        }
    }
}
