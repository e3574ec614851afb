import API
import Ledger
import Protocol
import Storage
import Synchronization

/// The meters that an aggregator hears, as its community's figures need them.
final class CommunityMeters: Sendable {
    /// How many members are looked at, and for how long whose meters they are is taken for known.
    private static let mostMembers: UInt32 = 2_000
    private static let milliseconds: UInt64 = 60_000

    private let sums: CommunityQuarters
    private let known = Mutex((members: UInt32(0), at: Timestamp.zero, meters: [Address]()))

    init(books: AggregatorStore) { sums = CommunityQuarters(books: books) }

    /// The quarters of `day` that are over. Throws where `caller`, unless nobody in particular asks, has
    /// used up what it may have looked up. Blocks the calling thread.
    func quarters(
        of day: Range<MarketTime>, at now: MarketTime, _ parts: APIParts, _ caller: Caller?
    ) throws -> [CommunityQuarter] {
        let state = parts.latest.current.state
        let meters = meters(in: state, parts)
        let cost = sums.cost(
            from: day.lowerBound, to: day.upperBound, at: now, meters: meters.count)
        // A quarter of a meter is a row, and rows cost far less than blocks.
        guard caller?.mayRead(cost / 50) ?? true else {
            throw Problem.busy("too many quarters were asked for; try again")
        }
        return try sums.quarters(
            from: day.lowerBound, to: day.upperBound, at: now, of: meters,
            within: Self.tolerance(rate: UInt64(state.parameters.marketClock.rate)))
    }

    /// The meters of this aggregator's households.
    private func meters(in state: LedgerState, _ parts: APIParts) -> [Address] {
        let (count, now) = (state.memberCount, parts.now())
        let found = known.withLock { known in
            known.members == count && now >= known.at
                && now.millisecondsSince(known.at) < Self.milliseconds ? known.meters : nil
        }
        if let found { return found }
        let meters = state.members(from: 0, count: Self.mostMembers).filter { member in
            member.meterKey != .zero
                && state.aggregator(of: member.account) == parts.identity.account
        }.map(\.meterKey)
        known.withLock { $0 = (count, now, meters) }
        return meters
    }

    /// How long after a quarter's beginning a reading still tells of it, in seconds of the market, of
    /// which `rate` go by in one: five readings long.
    private static func tolerance(rate: UInt64) -> UInt64 {
        min(max(60, 5 * rate), CommunityQuarter.seconds - 1)
    }

    static func day(
        _ name: String, _ day: Range<MarketTime>, _ quarters: [CommunityQuarter],
        hidingBelow fewest: Int
    ) -> JSON {
        let length = CommunityQuarter.seconds
        return [
            "day": .string(name), "startsAt": .time(day.lowerBound),
            "slots": .number((day.upperBound.seconds - day.lowerBound.seconds) / length),
            "items": .array(
                quarters.map { quarter in
                    quarter.json(
                        index: (quarter.start.seconds - day.lowerBound.seconds) / length,
                        hidingBelow: fewest)
                }),
        ]
    }
}
