import Ledger
import Protocol
import Simulation
import TestKit
import Testing

@testable import Market

/// Households hear of their community's quarters of an hour from their aggregator, and from nobody else.
@Suite struct `A community's quarters are told` {
    private let household = TestCommunity.household(0)
    private let length = QuarterSums.seconds

    private func community(rate: UInt32 = 60) throws -> TestCommunity {
        try TestCommunity(sources: [.manual(-4_000), .manual(4_000)], prosumers: [0], rate: rate)
    }

    /// What the household wrote down of it, since `start` effects were made, in the order of the reports.
    private func told(_ community: TestCommunity, since start: Int = 0) -> [MarketTime] {
        community.effects[start...].flatMap { made -> [MarketTime] in
            guard made.account == community.account(0),
                case .store(.household(.told(let report, let teller))) = made.effect,
                teller == community.broker
            else { return [] }
            return report.quarters.indices.map { report.start(of: $0) }
        }
    }

    /// What the household asked for, since `start` effects were made.
    private func wishes(_ community: TestCommunity, since start: Int = 0) -> [MarketTime] {
        community.effects[start...].compactMap { made in
            guard made.account == community.account(0),
                case .send(.quartersWish(let from), let peer) = made.effect,
                peer == community.broker
            else { return nil }
            return from
        }
    }

    private func refused(_ community: TestCommunity, _ index: Int) -> UInt64 {
        community.roles[index].role.figures.refusedCount
    }

    private func marketNow(_ community: TestCommunity) -> MarketTime {
        community.ledger.state.parameters.marketClock.time(at: community.ledger.now)
    }

    private func sums(_ count: Int) -> [QuarterSums] {
        Array(
            repeating: QuarterSums(
                meters: 9, measured: 9, supply: WattHours(1), need: WattHours(2)), count: count)
    }

    @Test func `once, for a week at first, and then each when it is over`() throws {
        var community = try community()
        let begin = marketNow(community).seconds
        community.run(seconds: 200)
        let all = told(community)
        let first = begin / length * length - CommunityNews.longestBack
        #expect(all.first?.seconds == first)
        #expect(
            all.map(\.seconds) == all.indices.map { first + UInt64($0) * length },
            "one after the other, none twice")
        // What is over long enough is told within ten seconds.
        let pace = QuarterPace(rate: 60)
        let end = marketNow(community).seconds - pace.settledAfter - 11 * 60
        #expect((all.last?.seconds ?? 0) + length >= end / length * length)
        let made = community.effects.count
        for _ in 0..<60 {
            let before = community.effects.count
            community.run(seconds: 1)
            for start in wishes(community, since: before) {
                let settled = start.advanced(bySeconds: length + pace.settledAfter)
                #expect(settled <= marketNow(community), "before nothing about it can change")
            }
        }
        #expect(told(community, since: made).count == 4)
        #expect(wishes(community, since: made).count == 4, "for each quarter once")
        #expect(refused(community, household) == 0)
        #expect(refused(community, TestCommunity.aggregator) == 0)
    }

    @Test func `after a restart from where they ended`() throws {
        var community = try community()
        community.run(seconds: 200)
        let last = try #require(told(community).last)
        let made = community.effects.count
        community.restart(household)
        community.run(seconds: 40)
        #expect(wishes(community, since: made).first == last.advanced(bySeconds: length))
        #expect(told(community, since: made).first == last.advanced(bySeconds: length))
        let emptied = community.effects.count
        community.restart(household, losingStore: true)
        community.run(seconds: 3)
        let first = marketNow(community).seconds / length * length - CommunityNews.longestBack
        #expect(wishes(community, since: emptied).first.map { $0.seconds <= first } == true)
    }

    @Test func `for a week at most, also after a longer time away`() throws {
        var community = try community()
        community.run(seconds: 200)
        #expect(!told(community).isEmpty)
        let days: UInt64 = 9
        community.advance(milliseconds: days * 86_400 * 1_000 / 60)
        let made = community.effects.count
        community.run(seconds: 1)
        let first = marketNow(community).seconds / length * length - CommunityNews.longestBack
        #expect(wishes(community, since: made).first?.seconds == first)
    }

    @Test func `from the beginning where it was another aggregator that told before`() throws {
        var community = try community()
        community.run(seconds: 200)
        let last = try #require(told(community).last)
        var copy = SimulatedRoleStore()
        let report = QuarterReport(first: last, quarters: sums(1))
        copy.store(.household(.told(report, by: TestCommunity.otherAggregator)))
        let made = community.effects.count
        community.restart(household, with: copy)
        community.run(seconds: 3)
        let first = marketNow(community).seconds / length * length - CommunityNews.longestBack
        #expect(wishes(community, since: made).first.map { $0.seconds <= first } == true)
    }

    @Test func `by no aggregator that the ledger does not name, whatever the settings say`()
        throws
    {
        let community = try community()
        for (aggregator, isAsked) in [
            (community.broker, true), (TestCommunity.otherAggregator, false),
        ] {
            let identity = RoleIdentity(
                signer: community.roles[household].key, head: community.ledger.head,
                state: community.ledger.state, scheme: SimulatedScheme())
            var role = Household(
                identity, meterKey: TestCommunity.meterKey(0), source: .manual(0),
                restoring: HouseholdMemory(),
                settings: HouseholdSettings(aggregator: aggregator), at: community.ledger.now)
            let later = community.ledger.now.advanced(byMilliseconds: 1_000)
            let effects =
                role.handle(.started, at: community.ledger.now) + role.handle(.tick, at: later)
            let wishes = effects.compactMap { effect -> Address? in
                if case .send(.quartersWish, let peer) = effect { peer } else { nil }
            }
            #expect(Set(wishes) == (isAsked ? [aggregator] : []))
            _ = role.handle(.received(.suspension(reason: "unpaid"), from: aggregator), at: later)
            #expect(role.figures.suspensionReason == (isAsked ? "unpaid" : nil))
        }
    }

    @Test func `on request again where no answer came, and not all the time`() throws {
        var community = try community()
        community.cutOff(community.broker)
        community.run(seconds: 60)
        #expect(wishes(community).count == 6)
        #expect(told(community).isEmpty)
        community.reconnect(community.broker)
        community.run(seconds: 11)
        #expect(!told(community).isEmpty)
    }

    @Test func `by nobody but the household's aggregator`() throws {
        var community = try community()
        community.cutOff(community.broker)
        community.run(seconds: 2)
        let start = try #require(wishes(community).last)
        let report = MeterMessage.quarters(QuarterReport(first: start, quarters: sums(3)))
        for (count, sender) in [TestCommunity.otherAggregator, community.account(1), .zero]
            .enumerated()
        {
            community.tell(household, .received(report, from: sender))
            #expect(refused(community, household) == UInt64(count) + 1)
        }
        #expect(told(community).isEmpty)
        community.tell(household, .received(report, from: community.broker))
        #expect(told(community).count == 3)
        // Nor to somebody else than a household of the aggregator's.
        let wish = MeterMessage.quartersWish(from: start)
        for sender in [TestCommunity.otherAggregator, .zero] {
            let made = community.effects.count
            community.tell(TestCommunity.aggregator, .received(wish, from: sender))
            #expect(community.effects[made...].allSatisfy { !$0.effect.isTelling })
        }
        #expect(refused(community, TestCommunity.aggregator) == 2)
    }

    @Test func `to households of other aggregators by these alone`() throws {
        var community = try TestCommunity(
            sources: [.manual(-4_000), .manual(4_000)], prosumers: [0], ofOther: [0])
        community.run(seconds: 5)
        let wishes = community.effects.compactMap { made in
            if made.account == community.account(0),
                case .send(.quartersWish, let peer) = made.effect
            {
                peer
            } else {
                nil
            }
        }
        #expect(Set(wishes) == [TestCommunity.otherAggregator])
        let made = community.effects.count
        community.tell(
            TestCommunity.aggregator,
            .received(.quartersWish(from: .zero), from: community.account(0)))
        #expect(community.effects[made...].allSatisfy { !$0.effect.isTelling })
    }

    @Test func `as they were asked for, and once`() throws {
        var community = try community()
        community.cutOff(community.broker)
        community.run(seconds: 2)
        let start = try #require(wishes(community).last)
        let now = marketNow(community)
        let latest = now.advanced(bySeconds: CommunityNews.clockTolerance * 60)
        let wrong = [
            QuarterReport(first: MarketTime(seconds: start.seconds - length), quarters: sums(2)),
            QuarterReport(first: start.advanced(bySeconds: 1), quarters: sums(2)),
            QuarterReport(first: start, quarters: sums(QuarterReport.most + 1)),
            QuarterReport(
                first: MarketTime(seconds: latest.seconds / length * length), quarters: sums(1)),
            QuarterReport(first: MarketTime(seconds: .max / length * length), quarters: sums(8)),
            QuarterReport(first: MarketTime(seconds: .max), quarters: []),
        ]
        for (count, report) in wrong.enumerated() {
            community.tell(household, .received(.quarters(report), from: community.broker))
            #expect(refused(community, household) == UInt64(count) + 1, "\(report)")
        }
        #expect(told(community).isEmpty)
        let report = QuarterReport(first: start, quarters: sums(2))
        for _ in 0..<3 {
            community.tell(household, .received(.quarters(report), from: community.broker))
        }
        #expect(told(community).count == 2)
        #expect(refused(community, household) == UInt64(wrong.count) + 2)
        // That there is nothing before a time is an answer too.
        community.run(seconds: 3)
        let next = try #require(wishes(community).last)
        #expect(next == report.end)
        let later = next.advanced(bySeconds: 20 * length)
        community.tell(
            household,
            .received(
                .quarters(QuarterReport(first: later, quarters: [])), from: community.broker))
        community.run(seconds: 3)
        #expect(wishes(community).last == later)
        #expect(told(community).count == 2)
    }

    @Test func `no faster than once a second to one household`() throws {
        var community = try community()
        community.cutOff(community.broker)
        community.run(seconds: 1)
        let made = community.effects.count
        for _ in 0..<50 {
            for index in [0, 1] {
                community.tell(
                    TestCommunity.aggregator,
                    .received(.quartersWish(from: .zero), from: community.account(index)))
            }
            community.advance(milliseconds: 100)
        }
        #expect(community.effects[made...].count { $0.effect.isTelling } == 10)
        #expect(refused(community, TestCommunity.aggregator) == 90)
    }
}

/// A suspended household hears the reason from its aggregator, whose operator knows it.
@Suite struct `A suspension's reason` {
    private let household = TestCommunity.household(0)

    private func reason(_ community: TestCommunity) -> UntrustedText? {
        community.roles[household].role.figures.suspensionReason
    }

    @Test func `is told at once, and when the household visits, until it is a member again`()
        throws
    {
        var community = try TestCommunity(
            sources: [.manual(-4_000), .manual(4_000)], prosumers: [0])
        community.run(seconds: 2)
        let (key, account) = (community.roles[TestCommunity.aggregator].key, community.account(0))
        community.tell(TestCommunity.aggregator, .linked(account))
        community.settle()
        #expect(reason(community) == nil, "it is not suspended")
        try community.call(NativeContract.community, CommunityCall.suspend(account), by: key)
        #expect(reason(community) == "unpaid")
        let made = community.effects.count
        community.restart(household)
        community.run(seconds: 20)
        #expect(reason(community) == nil)
        let wishes = community.effects[made...].filter { made in
            guard made.account == account, case .send(.quartersWish, _) = made.effect else {
                return false
            }
            return true
        }
        community.tell(TestCommunity.aggregator, .linked(account))
        community.settle()
        #expect(reason(community) == "unpaid")
        #expect(wishes.isEmpty, "whoever is suspended is not heard, and asks for nothing")
        // What becomes of others is another matter.
        let other = community.account(1)
        for call in [CommunityCall.suspend(other), CommunityCall.reinstate(other)] {
            try community.call(NativeContract.community, call, by: key)
        }
        #expect(reason(community) == "unpaid")
        try community.call(NativeContract.community, CommunityCall.reinstate(account), by: key)
        #expect(reason(community) == nil)
    }

    @Test func `is told by nobody but the household's aggregator, to nobody but it`() throws {
        var community = try TestCommunity(
            sources: [.manual(-4_000), .manual(4_000)], prosumers: [0])
        community.run(seconds: 2)
        for sender in [TestCommunity.otherAggregator, community.account(1), .zero] {
            community.tell(household, .received(.suspension(reason: "I say so"), from: sender))
        }
        #expect(reason(community) == nil)
        for text in ["", "\u{1b}[2Jpaid", "two\nlines"] as [UntrustedText] {
            community.tell(household, .received(.suspension(reason: text), from: community.broker))
        }
        #expect(reason(community) == nil)
        #expect(community.roles[household].role.figures.refusedCount == 6)
        let key = community.roles[TestCommunity.aggregator].key
        try community.call(
            NativeContract.community, CommunityCall.suspend(community.account(0)), by: key)
        let made = community.effects.count
        for peer in [community.account(1), TestCommunity.otherAggregator, .zero] {
            community.tell(TestCommunity.aggregator, .linked(peer))
        }
        #expect(community.effects[made...].allSatisfy { !$0.effect.isTelling })
    }
}

extension RoleEffect {
    fileprivate var isTelling: Bool {
        if case .tell = self { true } else { false }
    }
}
