import API
import Ledger
import Market
import Protocol
import Storage

/// Whence a node has what its community needed and had left over, by quarter of an hour.
enum CommunitySource: Sendable {
    /// An aggregator's: from the meters.
    case meters(CommunityMeters)
    /// A household's: from what its aggregator told it.
    case told(HouseholdStore)
    /// Another's: it is linked with nobody who would tell.
    case nobody

    /// Among how many members a node without such figures looks for an aggregator.
    private static let searchedMembers: UInt32 = 200

    /// The quarters of `day` that are over and known here. Throws where `caller` has used up what it may
    /// have looked up. Blocks the calling thread.
    func quarters(
        of day: Range<MarketTime>, _ parts: APIParts, _ caller: Caller?
    ) throws -> [CommunityQuarter] {
        switch self {
        case .meters(let meters): return try meters.quarters(of: day, caller)
        case .told(let store):
            guard let aggregator = Self.aggregator(of: parts) else { return [] }
            return try store.told(by: aggregator, from: day.lowerBound, to: day.upperBound)
                .map(CommunityQuarter.init)
        case .nobody: return []
        }
    }

    /// As the API has it: whose word the figures are, and up to when a household was told.
    func json(_ parts: APIParts) throws -> JSON {
        switch self {
        case .meters:
            return Self.json("meters", parts.identity.account)
        case .told(let store):
            let aggregator = Self.aggregator(of: parts)
            let told = try store.newestTold()
            return Self.json(
                "aggregator", aggregator, until: told?.by == aggregator ? told?.until : nil)
        case .nobody:
            let members = parts.latest.current.state.members(from: 0, count: Self.searchedMembers)
            return Self.json("none", members.first { $0.role == .aggregator }?.account)
        }
    }

    private static func aggregator(of parts: APIParts) -> Address? {
        parts.latest.current.state.aggregator(of: parts.identity.account)
    }

    private static func json(
        _ kind: String, _ aggregator: Address?, until end: MarketTime? = nil
    ) -> JSON {
        [
            "kind": .string(kind), "aggregator": aggregator.map { .address($0) } ?? .null,
            "until": end.map { .time($0) } ?? .null,
        ]
    }
}

/// A day of a community, as the API has it.
struct CommunityDayAnswer {
    let name: String
    let day: Range<MarketTime>
    let quarters: [CommunityQuarter]
    let source: JSON

    /// Without figures of quarters in which fewer than `fewest` meters were heard.
    func json(hidingBelow fewest: Int) -> JSON {
        let length = CommunityQuarter.seconds
        return [
            "day": .string(name), "startsAt": .time(day.lowerBound),
            "slots": .number((day.upperBound.seconds - day.lowerBound.seconds) / length),
            "source": source,
            "items": .array(
                quarters.map { quarter in
                    quarter.json(
                        index: (quarter.start.seconds - day.lowerBound.seconds) / length,
                        hidingBelow: fewest)
                }),
        ]
    }
}
