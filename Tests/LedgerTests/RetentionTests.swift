import Protocol
import Testing

@testable import Ledger

/// What is over leaves the state after a week.
@Suite struct RetentionTests {
    private let anna = TestCommunity.anna
    private let ben = TestCommunity.ben
    private let aggregator = TestCommunity.aggregator
    private static let week: UInt64 = 7 * 86_400

    /// A trade from its offer to its settlement, in half an hour.
    private func trade(_ community: inout TestCommunity) throws {
        let id = try #require(community.state.nextOfferID)
        #expect(try community.send(anna, MarketCall.addOffer(energy: 100, price: 10)) == nil)
        #expect(try community.send(ben, MarketCall.pickOffer(id)) == nil)
        #expect(try community.send(aggregator, community.confirm(id.value)) == nil)
        community.wait(1_800)
        let (exported, imported) = (
            community.state.meter(TestCommunity.meter(of: anna))?.exportClaims.end.register,
            community.state.meter(TestCommunity.meter(of: ben))?.importClaims.end.register
        )
        let proof = community.proof(id.value, exported: 100, imported: 100) { seller, buyer in
            seller.startRegister = exported ?? .zero
            seller.endRegister = WattHours(seller.startRegister.value + 100)
            buyer.startRegister = imported ?? .zero
            buyer.endRegister = WattHours(buyer.startRegister.value + 100)
        }
        #expect(try community.send(aggregator, proof) == nil)
        #expect(try community.send(aggregator, MarketCall.confirmL2P(id)) == nil)
    }

    private func cancelled(_ community: inout TestCommunity) throws {
        let id = try #require(community.state.nextOfferID)
        #expect(try community.send(anna, MarketCall.addOffer(energy: 1, price: 1)) == nil)
        #expect(try community.send(anna, MarketCall.cancelOffer(id)) == nil)
    }

    @Test func `a trade that is over stays a week, and then leaves no entry`() throws {
        var community = try TestCommunity()
        try community.fund(ben, 1_000, reference: "invoice 1")
        try trade(&community)
        let closed = try #require(try community.trade(1).closed).time.seconds
        community.wait(closed + Self.week - community.now)
        try cancelled(&community)
        #expect(community.state.trade(OfferID(1)) != nil)
        #expect(community.state.forgottenTradeCount == 0)
        community.wait(1)
        try cancelled(&community)
        #expect(community.state.trade(OfferID(1)) == nil)
        #expect(community.state.forgottenTradeCount == 1)
        let totals = community.state.totals
        #expect(totals.count(.settled) == 1 && totals.settledEnergy == WattHours(100))
        for key: StateKey in [
            .trade(of: anna, number: 0), .trade(of: ben, number: 0), .closedTrade(0),
            .trade(OfferID(1)),
        ] {
            #expect(community.state.value(at: key) == nil)
        }
        #expect(community.state.trades(of: anna, from: 0, count: 9) == [OfferID(2), OfferID(3)])
        #expect(community.state.trades(of: ben, from: 0, count: 9).isEmpty)
        #expect(community.state.account(ben).tradeCount == 1)
        #expect(community.state.account(ben).forgottenTradeCount == 1)
        #expect(community.state.account(anna).forgottenTradeCount == 1)
        #expect(community.state.oldestTradeID == OfferID(2))
        #expect(community.state.nextOfferID == OfferID(4))
        #expect(
            try community.send(ben, MarketCall.refund(OfferID(1))) == "offer 1 does not exist")
    }

    @Test func `what is not over stays however old it is`() throws {
        var community = try TestCommunity()
        try community.fund(ben, 1_000, reference: "invoice 1")
        try community.send(anna, MarketCall.addOffer(energy: 100, price: 10))
        try community.send(ben, MarketCall.pickOffer(OfferID(1)))
        for _ in 0..<5 {
            community.wait(Self.week)
            try cancelled(&community)
        }
        #expect(try community.trade(1).status == .picked)
        #expect(community.state.forgottenTradeCount >= 3)
        // Nothing passes over it, whatever has left after it.
        #expect(community.state.oldestTradeID == OfferID(1))
        #expect(community.state.account(ben).forgottenTradeCount == 0)
        #expect(community.state.account(anna).forgottenTradeCount == 0)
        #expect(community.state.trades(of: anna, from: 0, count: 1) == [OfferID(1)])
        #expect(try community.send(ben, MarketCall.refund(OfferID(1))) == nil)
    }

    /// A trade and a cancelled offer a day: what stands in the state after a month stands there after a
    /// year.
    @Test func `a year of trades leaves the state as large as a month of them`() throws {
        var community = try TestCommunity()
        try community.fund(ben, 10_000, reference: "invoice 1")
        var sizes: [(entries: Int, bytes: Int)] = []
        for day in 1...365 {
            try trade(&community)
            try cancelled(&community)
            community.wait(86_400 - 1_800)
            guard day == 30 || day == 365 else { continue }
            let entries = community.state.entries
            let bytes = entries.reduce(0) { $0 + $1.key.count + ($1.value?.count ?? 0) }
            sizes.append((entries.count, bytes))
        }
        print("after 30 days \(sizes[0]), after 365 days \(sizes[1])")
        #expect(sizes[1].entries <= sizes[0].entries + 4)
        #expect(sizes[1].bytes <= sizes[0].bytes + 400)
        #expect(community.state.forgottenTradeCount > 700)
        // Who starts looks at what is there.
        #expect(community.state.oldestTradeID.value > 700)
        let (own, total) = (
            community.state.account(anna).forgottenTradeCount,
            community.state.account(anna).tradeCount
        )
        #expect(total == 730 && (700...730).contains(own))
        let kept = community.state.trades(of: anna, from: 0, count: .max)
        #expect(kept.count == Int(total - own))
    }
}

/// The reference of a mint or a burn is remembered for 400 days, and not for ever.
@Suite struct ReferenceRetentionTests {
    private static let kept: UInt64 = 400 * 86_400

    private func mint(
        _ community: inout TestCommunity, _ reference: String
    ) throws -> String? {
        let call = TokenCall.mint(
            to: TestCommunity.aggregator, amount: TokenAmount(1), reference: reference)
        return try community.send(
            TestCommunity.exchange, to: NativeContract.token, call)
    }

    @Test func `a reference is not used twice within 400 days, and then leaves no entry`() throws {
        var community = try TestCommunity()
        #expect(try mint(&community, "invoice 1") == nil)
        let entries = community.state.entries.count
        community.wait(Self.kept)
        #expect(try mint(&community, "invoice 2") == nil)
        #expect(community.state.isUsed(reference: "invoice 1"))
        #expect(
            try mint(&community, "invoice 1") == "reference \"invoice 1\" is already used")
        community.wait(1)
        #expect(try mint(&community, "invoice 3") == nil)
        #expect(!community.state.isUsed(reference: "invoice 1"))
        #expect(community.state.isUsed(reference: "invoice 2"))
        // Two are remembered where one was, each in two entries.
        #expect(community.state.entries.count == entries + 2)
        #expect(community.state.supply.minted == TokenAmount(3))
        #expect(try mint(&community, "invoice 1") == nil)
    }

    @Test func `a burn's reference is remembered as long`() throws {
        var community = try TestCommunity()
        try community.fund(TestCommunity.exchange, 10, reference: "A")
        func burn() throws -> String? {
            try community.send(
                TestCommunity.exchange, to: NativeContract.token,
                TokenCall.burn(amount: TokenAmount(1), reference: "B"))
        }
        #expect(try burn() == nil)
        community.wait(Self.kept)
        #expect(try burn() == "reference \"B\" is already used")
        community.wait(1)
        #expect(try mint(&community, "C") == nil)
        #expect(try burn() == nil)
    }

    @Test func `ten years of mints leave the state as large as two`() throws {
        var community = try TestCommunity()
        var sizes: [Int] = []
        for week in 1...520 {
            #expect(try mint(&community, "week \(week)") == nil)
            community.wait(7 * 86_400)
            if week == 104 || week == 520 { sizes.append(community.state.entries.count) }
        }
        #expect(sizes[1] <= sizes[0] + 2)
    }
}
