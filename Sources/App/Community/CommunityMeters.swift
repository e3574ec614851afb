package import API
import Ledger
import Market
package import Protocol
package import Storage
import Synchronization

/// The meters that an aggregator hears, as its community's figures need them.
package final class CommunityMeters: Sendable {
    /// How many members are looked at, and for how long whose meters they are is taken for known.
    private static let mostMembers: UInt32 = 2_000
    private static let milliseconds: UInt64 = 60_000
    /// How far back households are told of quarters, in seconds: a day more than they ask for.
    private static let longestBack: UInt64 = 8 * 86_400

    private let sums: CommunityQuarters
    private let account: Address
    private let latest: LatestSnapshot
    private let now: @Sendable () -> Timestamp
    private let known = Mutex((members: UInt32(0), at: Timestamp.zero, meters: [Address]()))

    /// The meters that tell the aggregator with the account `account`, which writes to `books`.
    package init(
        books: AggregatorStore, account: Address, latest: LatestSnapshot,
        now: @escaping @Sendable () -> Timestamp
    ) {
        sums = CommunityQuarters(books: books)
        self.account = account
        self.latest = latest
        self.now = now
    }

    /// The quarters of `day` that are over. Throws where `caller`, unless nobody in particular asks, has
    /// used up what it may have looked up. Blocks the calling thread.
    func quarters(of day: Range<MarketTime>, _ caller: Caller?) throws -> [CommunityQuarter] {
        let node = latest.current
        let (time, meters) = (node.marketTime(at: now()), meters(in: node.state))
        let cost = sums.cost(
            from: day.lowerBound, to: day.upperBound, at: time, meters: meters.count)
        // A quarter of a meter is a row, and rows cost far less than blocks.
        guard caller?.mayRead(cost / 50) ?? true else {
            throw Problem.busy("too many quarters were asked for; try again")
        }
        return try sums.quarters(
            from: day.lowerBound, to: day.upperBound, at: time, of: meters,
            pace: QuarterPace(rate: node.state.parameters.marketClock.rate))
    }

    /// What there is to tell a household of the quarters from `start` on: of those about which nothing can
    /// change any more. Blocks the calling thread.
    package func report(from start: MarketTime) throws -> QuarterReport {
        let node = latest.current
        let time = node.marketTime(at: now()).seconds
        let pace = QuarterPace(rate: node.state.parameters.marketClock.rate)
        let length = CommunityQuarter.seconds
        let end = (time - min(time, pace.settledAfter)) / length * length
        let wanted = max(start.seconds / length * length, end - min(end, Self.longestBack))
        guard let known = try sums.first(), max(known.seconds, wanted) < end else {
            return QuarterReport(first: MarketTime(seconds: max(wanted, end)), quarters: [])
        }
        let first = max(known.seconds, wanted)
        let stop = min(end, first + UInt64(QuarterReport.most) * length)
        let quarters = try sums.quarters(
            from: MarketTime(seconds: first), to: MarketTime(seconds: stop),
            at: MarketTime(seconds: time), of: meters(in: node.state), pace: pace)
        return QuarterReport(
            first: MarketTime(seconds: first), quarters: quarters.map(QuarterSums.init))
    }

    /// The meters of this aggregator's households.
    private func meters(in state: LedgerState) -> [Address] {
        let (count, now) = (state.memberCount, now())
        let found = known.withLock { known in
            known.members == count && now >= known.at
                && now.millisecondsSince(known.at) < Self.milliseconds ? known.meters : nil
        }
        if let found { return found }
        let meters = state.members(from: 0, count: Self.mostMembers).filter { member in
            member.meterKey != .zero && state.aggregator(of: member.account) == account
        }.map(\.meterKey)
        known.withLock { $0 = (count, now, meters) }
        return meters
    }
}
