import Ledger
import Protocol
import Simulation
import TestKit
import Testing

@testable import Market

/// What a role keeps between its calls: what is under way, and what has failed how often.
@Suite struct `A call that is under way` {
    private static let aggregator = TestCommunity.aggregator

    /// A household that offers and one that buys, whose traders rest.
    private static func restingPair(purchaseLimit: UInt64 = 0) throws -> TestCommunity {
        var limits = TraderLimits()
        limits.isEnabled = false
        var community = try TestCommunity(
            sources: [.manual(-3_600), .manual(3_600)], prosumers: [0], limits: limits,
            purchaseLimit: TokenAmount(purchaseLimit))
        community.run(seconds: 3)
        return community
    }

    /// An exchange that has not minted yet.
    private static func exchange(answering answer: PoolAnswer) throws -> LoneRole {
        let community = try TestCommunity(
            sources: [.manual(0)], prosumers: [], exchangeStopsAfterMinting: false)
        try #require(community.ledger.state.supply.minted == .zero)
        let identity = RoleIdentity(
            signer: community.roles[TestCommunity.exchange].key, head: community.ledger.head,
            state: community.ledger.state, scheme: SimulatedScheme())
        let mint = Exchange.InitialMint(
            aggregator: nil, amount: TokenAmount(1_000), reference: "start")
        var exchange = LoneRole(
            Exchange(identity, initialMint: mint), at: community.ledger.now, answering: answer)
        exchange.hear(.started)
        return exchange
    }

    /// An aggregator that has just heard of a purchase within the limit.
    private static func seller(answering answer: PoolAnswer) throws -> LoneRole {
        var community = try restingPair(purchaseLimit: 5_000_000)
        var role = LoneRole(aggregator, of: &community, answering: answer)
        try community.call(
            NativeContract.token,
            TokenCall.purchaseTokens(
                of: community.broker, amount: TokenAmount(3_000_000), reference: "bank"),
            by: community.roles[TestCommunity.household(0)].key)
        role.hear(.blockFinal(try #require(community.ledger.updates.last)))
        return role
    }

    /// An aggregator that has just heard of a picked offer; the community goes on without it.
    private static func broker(
        answering answer: PoolAnswer
    ) throws -> (role: LoneRole, community: TestCommunity) {
        var community = try restingPair()
        var role = LoneRole(aggregator, of: &community, answering: answer)
        _ = try community.pickedTrade()
        for update in community.ledger.updates.suffix(2) { role.hear(.blockFinal(update)) }
        return (role, community)
    }

    /// A household that begins to consume, where another offers.
    private static func buyer(answering answer: PoolAnswer) throws -> LoneRole {
        var community = try TestCommunity(
            sources: [.manual(-6_000), .manual(0)], prosumers: [0])
        community.run(seconds: 3)
        try #require(community.trades(.open).count > 1)
        var role = LoneRole(
            TestCommunity.household(1), of: &community, answering: answer)
        // So little that one purchase is enough.
        role.hear(.setPower(300, RequestNumber(1)))
        role.wait(seconds: 1)
        return role
    }

    @Test func `is not made a second time, whoever makes it`() throws {
        for (who, role) in [
            ("exchange", try Self.exchange(answering: .accepted)),
            ("seller", try Self.seller(answering: .accepted)),
            ("broker", try Self.broker(answering: .accepted).role),
            ("buyer", try Self.buyer(answering: .accepted)),
        ] {
            var role = role
            // Until it would be given up.
            role.wait(seconds: 50)
            #expect(role.callCount == 1, "\(who)")
            #expect(role.submissions.count > 10, "\(who)")
        }
    }

    @Test func `that fails is made again later and later`() throws {
        for (who, role) in [
            ("exchange", try Self.exchange(answering: .refused("no"))),
            ("broker", try Self.broker(answering: .refused("no")).role),
            ("buyer", try Self.buyer(answering: .refused("no"))),
        ] {
            var role = role
            role.wait(seconds: 40)
            #expect(role.gaps == [1, 2, 4, 8, 16], "\(who)")
        }
        var seller = try Self.seller(answering: .refused("no"))
        seller.wait(seconds: 16)
        #expect(seller.gaps == [5, 5, 5])
    }

    @Test func `stands in the books with when it was handed in, and when it became final`()
        throws
    {
        var (role, community) = try Self.broker(answering: .accepted)
        let began = role.now
        let trade = try #require(community.trades.first)
        role.hear(
            .received(
                .receipt(community.start(of: trade.offer.id)), from: try #require(trade.buyer)))
        role.wait(seconds: 2)
        community.advance(milliseconds: 2_000)
        let call = try #require(role.submissions.first).transaction
        try community.settle(call)
        let block = try #require(community.ledger.updates.last)
        role.hear(.blockFinal(block))
        let steps = role.records.compactMap { record -> TakenStep? in
            if case .aggregator(.step(let step, of: _)) = record { step } else { nil }
        }
        let step = TakenStep(
            step: AggregatorStep.confirmPayment.rawValue, submittedAt: began,
            finalAt: began.advanced(byMilliseconds: 2_000), block: block.header.number,
            blockTime: block.header.timestamp)
        #expect(steps == [step])
    }

    /// A trade that got on begins its next step with a clean slate.
    @Test func `does not wait for the failures of the step before`() throws {
        var (role, community) = try Self.broker(answering: .refused("no"))
        role.wait(seconds: 16)
        // It has failed five times and waits; somebody else's word brings the trade on.
        let before = role.submissions.count
        let id = try #require(community.trades.first).offer.id
        try community.call(
            NativeContract.market, community.confirmation(of: id),
            by: community.roles[Self.aggregator].key)
        community.advance(milliseconds: 120_000)
        role.hear(.blockFinal(try #require(community.ledger.updates.last)))
        // The window is over by then, and the refund is due.
        role.wait(seconds: 1)
        while role.now < community.ledger.now { role.wait(seconds: 1) }
        let later = role.submissions.dropFirst(before)
        let refund = Bytes(MarketCall.refund(id).prefix(4))
        let refunds = later.filter { $0.transaction.transaction.data.starts(with: refund) }
        let gaps = zip(refunds.dropFirst(), refunds).map { later, earlier in
            later.at.millisecondsSince(earlier.at) / 1_000
        }
        #expect(gaps.prefix(3) == [1, 2, 4])
    }
}

/// What an aggregator has to do with, and what not.
@Suite struct `An aggregator` {
    private static let aggregator = TestCommunity.aggregator
    private static let million: UInt64 = 1_000_000

    @Test func `counts for a buyer what it bought itself`() throws {
        var community = try TestCommunity(
            sources: [.manual(0), .manual(0)], prosumers: [],
            purchaseLimit: TokenAmount(5 * Self.million))
        community.run(seconds: 3)
        for (household, amount, status) in [
            (0, 3, TokenPurchase.Status.sold), (1, 5, .sold), (0, 2, .sold), (0, 1, .open),
            (1, 1, .open),
        ] {
            let order = TokenCall.purchaseTokens(
                of: community.broker, amount: TokenAmount(UInt64(amount) * Self.million),
                reference: "")
            try community.call(
                NativeContract.token, order,
                by: community.roles[TestCommunity.household(household)].key)
            community.run(seconds: 2)
            let purchase = community.ledger.state.tokenPurchase(of: community.account(household))
            #expect(purchase?.status == status, "\(household): \(amount)")
        }
    }

    @Test func `sells a suspended household nothing of its own accord, until it is reinstated`()
        throws
    {
        var community = try TestCommunity(sources: [.manual(0)], prosumers: [])
        community.run(seconds: 3)
        let key = community.roles[Self.aggregator].key
        func register(_ number: UInt8) throws -> Address {
            let account = Keys.key(number).address
            try community.call(
                NativeContract.community,
                CommunityCall.register(
                    Member(
                        account: account, role: .consumer, meterKey: Keys.key(number + 1).address,
                        ratedPower: Watts(10_000), certificateHash: .zero)), by: key)
            return account
        }
        func balance(_ account: Address) -> TokenAmount {
            community.ledger.state.account(account).balance
        }
        community.stop(Self.aggregator)
        let first = try register(90)
        try community.call(NativeContract.community, CommunityCall.suspend(first), by: key)
        community.restart(Self.aggregator)
        community.run(seconds: 10)
        #expect(balance(first) == .zero)
        try community.call(NativeContract.community, CommunityCall.reinstate(first), by: key)
        community.run(seconds: 3)
        #expect(balance(first) == TokenAmount(5 * Self.million))
        // It hears of a suspension while it runs, too: it has nothing to sell for a while.
        let all = balance(community.broker)
        let keeper = Keys.key(1)
        try community.call(
            NativeContract.token, TokenCall.transfer(to: keeper.address, amount: all), by: key)
        let second = try register(92)
        try community.call(NativeContract.community, CommunityCall.suspend(second), by: key)
        try community.call(
            NativeContract.token, TokenCall.transfer(to: community.broker, amount: all), by: keeper)
        community.run(seconds: 3)
        #expect(balance(second) == .zero)
    }

    @Test func `leaves a trade alone whose payment another has confirmed`() throws {
        var limits = TraderLimits()
        limits.isEnabled = false
        var community = try TestCommunity(
            sources: [.manual(-3_600), .manual(3_600)], prosumers: [0], limits: limits)
        community.run(seconds: 3)
        for index in [Self.aggregator, TestCommunity.household(0), TestCommunity.household(1)] {
            community.stop(index)
        }
        // The buyer is the other aggregator's.
        let (other, buyer) = (Keys.key(4), Keys.key(40))
        let member = Member.fixture(
            buyer.address, .consumer, meter: Keys.key(41).address, certificate: .zero)
        try community.call(
            NativeContract.community, CommunityCall.register(member), by: other)
        try community.call(
            NativeContract.token,
            TokenCall.transfer(to: buyer.address, amount: TokenAmount(2_000_000)),
            by: community.roles[Self.aggregator].key)
        let id = try community.pickedTrade(by: buyer)
        try community.call(NativeContract.market, community.confirmation(of: id), by: other)
        try #require(
            community.ledger.state.trade(id)?.aggregator == TestCommunity.otherAggregator)
        let before = community.submissions(of: community.broker).count
        community.restart(Self.aggregator)
        // Past the delivery window, where it would refund its own.
        community.run(seconds: 70)
        #expect(community.submissions(of: community.broker).count == before)
        #expect(community.ledger.state.trade(id)?.status == .paid)
        #expect(
            !community.effects.contains { account, effect in
                guard account == community.broker, case .send(.begin, _) = effect else {
                    return false
                }
                return true
            })
    }

    /// Each differs from a good answer in one field, and the good one is taken after all of them.
    @Test func `takes the beginning that a party's own meter tells, and no other`() throws {
        var limits = TraderLimits()
        limits.isEnabled = false
        var community = try TestCommunity(
            sources: [.manual(-3_600), .manual(3_600)], prosumers: [0], limits: limits)
        community.run(seconds: 3)
        var role = LoneRole(Self.aggregator, of: &community)
        let id = try community.pickedTrade()
        try community.call(
            NativeContract.market, community.confirmation(of: id),
            by: community.roles[Self.aggregator].key)
        for update in community.ledger.updates.suffix(3) { role.hear(.blockFinal(update)) }
        func reading(_ household: Int) -> MeterReading {
            MeterReading(
                meter: TestCommunity.meterKey(household).address,
                time: community.ledger.clock.time(at: community.ledger.now),
                importRegister: WattHours(7), exportRegister: WattHours(8), power: 0)
        }
        func began() -> MeterReading? {
            let kept = role.records.compactMap { record -> KeptTrade? in
                if case .aggregator(.trade(let trade)) = record { trade } else { nil }
            }
            return kept.last?.sellerBegan
        }
        func command(_ direction: FlowDirection, _ trade: OfferID) -> DeliveryCommand {
            DeliveryCommand(tradeID: trade, direction: direction, energy: WattHours(500))
        }
        let (seller, buyer) = (community.account(0), community.account(1))
        for (command, reading, sender) in [
            (command(.export, id), reading(1), seller),
            (command(.import, id), reading(0), seller),
            (command(.export, id), reading(0), buyer),
            (command(.export, OfferID(9)), reading(0), seller),
        ] {
            role.hear(.received(.began(command, reading), from: sender))
            #expect(began() == nil)
        }
        role.hear(.received(.began(command(.export, id), reading(0)), from: seller))
        #expect(began() == reading(0))
        // What was taken stays, whatever is told later.
        var later = reading(0)
        later = MeterReading(
            meter: later.meter, time: later.time, importRegister: later.importRegister,
            exportRegister: WattHours(9), power: 0)
        role.hear(.received(.began(command(.export, id), later), from: seller))
        #expect(began() == reading(0))
    }
}

extension TestCommunity {
    /// A trade between the first two households that is picked by hand.
    fileprivate mutating func pickedTrade(by buyer: SimulatedKey? = nil) throws -> OfferID {
        let id = try #require(ledger.state.nextOfferID)
        try call(
            NativeContract.market, MarketCall.addOffer(energy: 500, price: 10_000),
            by: roles[Self.household(0)].key)
        try call(
            NativeContract.market, MarketCall.pickOffer(id),
            by: buyer ?? roles[Self.household(1)].key)
        return id
    }

    /// Makes a call of a role's final.
    fileprivate mutating func settle(_ transaction: VerifiedTransaction) throws {
        try call(
            transaction.transaction.to ?? .zero, transaction.transaction.data,
            by: roles[Self.aggregator].key)
    }
}

/// What a household's limit of a day counts.
@Suite struct `What a household has spent today` {
    private static func restingPair() throws -> TestCommunity {
        var limits = TraderLimits()
        limits.isEnabled = false
        var community = try TestCommunity(
            sources: [.manual(-3_600), .manual(3_600)], prosumers: [0], limits: limits)
        community.run(seconds: 3)
        for index in community.roles.indices { community.stop(index) }
        return community
    }

    @Test func `is what it picked, less what came back, until the day is over`() throws {
        var community = try Self.restingPair()
        var trades = OwnTrades(of: community.account(1))
        func spent() -> UInt64 {
            let state = community.ledger.state
            trades.follow(state, at: community.ledger.clock.time(at: community.ledger.now))
            return trades.spentToday.baseUnits
        }
        #expect(spent() == 0)
        let first = try community.pickedTrade()
        #expect(spent() == 10_000)
        _ = try community.pickedTrade()
        #expect(spent() == 20_000)
        // What the seller spends is another's.
        var others = OwnTrades(of: community.account(0))
        others.follow(
            community.ledger.state, at: community.ledger.clock.time(at: community.ledger.now))
        #expect(others.spentToday == .zero)
        community.advance(milliseconds: 61_000)
        try community.call(
            NativeContract.market, MarketCall.refund(first),
            by: community.roles[TestCommunity.household(1)].key)
        #expect(spent() == 10_000)
        // It is seen for a whole day, and no longer: at a minute a second that is 24 minutes.
        community.advance(milliseconds: 24 * 60_000)
        #expect(spent() == 0)
        _ = try community.pickedTrade()
        #expect(spent() == 10_000)
    }
}
