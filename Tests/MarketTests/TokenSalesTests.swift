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

    /// It passes all it has on, again and again, and restarts of the aggregator come in between.
    @Test func `a household gets tokens without asking once in its life`() throws {
        var community = try Self.community()
        let stock = community.stock
        for _ in 0..<3 {
            try community.spend()
            community.run(seconds: 3)
            community.restart(Self.aggregator)
            community.run(seconds: 3)
        }
        community.advance(milliseconds: 2 * 86_400_000)
        community.run(seconds: 3)
        #expect(community.balance == 0)
        #expect(community.stock == stock)
    }

    @Test func `all top-ups of a day stay within the limit, the rest comes later`() throws {
        var community = try TestCommunity(
            sources: [.manual(0), .manual(0), .manual(0)], prosumers: [],
            topUpsPerDay: TokenAmount(10 * Self.million))
        func given() -> Int {
            (0..<3).count { community.ledger.state.account(community.account($0)).balance > .zero }
        }
        func told() -> [String] {
            community.roles[Self.aggregator].log.filter { $0.contains("top_up_daily_tokens") }
        }
        community.run(seconds: 60)
        #expect(given() == 2)
        // The operator is told why, and once.
        #expect(told().count == 1 && told()[0].contains("10.00 tokens"), "\(told())")
        #expect(told().first?.contains("1 waits") == true)
        community.restart(Self.aggregator)
        let before = told().count
        community.run(seconds: 60)
        #expect(given() == 2)
        #expect(told().count <= before + 1)
        community.advance(milliseconds: 86_400_000)
        let last = told().count
        community.run(seconds: 60)
        #expect(given() == 3)
        #expect(told().count == last)
    }

    /// Whether it came through, nobody can tell afterwards.
    @Test(arguments: [false, true])
    func `an aggregator that ends while it tops up does so no second time`(
        _ isAfter: Bool
    ) throws {
        var community = try Self.community()
        let account = Keys.key(99).address
        let selector = Bytes(TokenCall.transfer(to: .zero, amount: .zero).prefix(4))
        community.stop(Self.aggregator, selector, isAfter: isAfter)
        try community.call(
            NativeContract.community,
            CommunityCall.register(
                Member(
                    account: account, role: .consumer, meterKey: Keys.key(98).address,
                    ratedPower: Watts(10_000), certificateHash: .zero)),
            by: community.roles[Self.aggregator].key)
        community.run(seconds: 2)
        #expect(community.roles[Self.aggregator].isStopped)
        community.restart(Self.aggregator)
        community.run(seconds: 10)
        #expect(
            community.ledger.state.account(account).balance.baseUnits
                == (isAfter ? 5 * Self.million : 0))
    }
}

extension TestCommunity {
    /// The first household's tokens, in base units.
    fileprivate var balance: UInt64 { ledger.state.account(account(0)).balance.baseUnits }

    /// The aggregator's.
    fileprivate var stock: UInt64 { ledger.state.account(broker).balance.baseUnits }

    /// The first household passes on all it has.
    fileprivate mutating func spend() throws {
        try call(
            NativeContract.token,
            TokenCall.transfer(to: Keys.key(1).address, amount: TokenAmount(balance)),
            by: roles[Self.household(0)].key)
    }

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
