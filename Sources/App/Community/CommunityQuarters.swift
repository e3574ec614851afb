import API
import Market
import Protocol
import Storage
import Synchronization

/// What all households of an aggregator needed and had left over, by quarter of an hour, from what their
/// meters showed at its ends. A quarter that is over is looked up once.
final class CommunityQuarters: Sendable {
    /// With fewer than so many meters a sum would tell of single households.
    static let fewestShown = Int(QuarterSums.fewestMeters)
    /// For how many quarters sums are remembered: those of 400 days.
    private static let capacity = 400 * 96

    private let books: AggregatorStore
    private let known = Mutex([MarketTime: CommunityQuarter]())
    /// When the first quarter began of which something is kept, once there is one.
    private let beginning = Mutex<MarketTime?>(nil)

    init(books: AggregatorStore) { self.books = books }

    /// The quarters from `start` to before `end` that were over at `now`, since meters were first heard.
    /// Those of `meters` count whose readings came as soon after both its ends as `pace` says. Blocks the
    /// calling thread.
    func quarters(
        from start: MarketTime, to end: MarketTime, at now: MarketTime, of meters: [Address],
        pace: QuarterPace
    ) throws -> [CommunityQuarter] {
        guard let first = try first() else { return [] }
        let length = CommunityQuarter.seconds
        let begin = max(start, first).seconds / length * length
        let stop = min(end, now).seconds / length * length
        guard begin < stop else { return [] }
        let starts = stride(from: begin, to: stop, by: Int(length)).map(MarketTime.init(seconds:))
        let found = known.withLock { known in starts.map { known[$0] } }
        guard let missing = found.firstIndex(of: nil) else { return found.compactMap { $0 } }
        let new = try sums(Array(starts[missing...]), of: meters, within: pace.tolerance)
        known.withLock { known in
            if known.count + new.count > Self.capacity { known.removeAll() }
            for quarter in new
            where quarter.end.advanced(bySeconds: pace.settledAfter) <= now {
                known[quarter.start] = quarter
            }
        }
        return found[..<missing].compactMap { $0 } + new
    }

    /// When the first quarter began of which something is kept; nil if there is none. Blocks the calling
    /// thread.
    func first() throws -> MarketTime? {
        if let first = beginning.withLock({ $0 }) { return first }
        let first = try books.firstQuarter()
        beginning.withLock { $0 = first }
        return first
    }

    /// How many meters' quarters have to be looked up for that: what it costs.
    func cost(
        from start: MarketTime, to end: MarketTime, at now: MarketTime, meters: Int
    ) -> UInt64 {
        let length = CommunityQuarter.seconds
        let (begin, stop) = (start.seconds / length, min(end, now).seconds / length)
        guard begin < stop else { return 0 }
        let missing = known.withLock { known in
            (begin..<stop).first { known[MarketTime(seconds: $0 * length)] == nil }
        }
        return missing.map { (stop - $0) * UInt64(meters) } ?? 0
    }

    private func sums(
        _ starts: [MarketTime], of meters: [Address], within seconds: UInt64
    ) throws -> [CommunityQuarter] {
        var quarters = starts.map { CommunityQuarter(start: $0, meters: meters.count) }
        guard let first = starts.first, let last = starts.last else { return [] }
        for meter in meters {
            let marks = try books.marks(
                of: meter, inQuartersFrom: first,
                through: last.advanced(bySeconds: CommunityQuarter.seconds), within: seconds)
            for index in quarters.indices {
                guard let from = marks[quarters[index].start], let to = marks[quarters[index].end]
                else { continue }
                quarters[index].count(from: from, to: to)
            }
        }
        return quarters
    }
}

/// A quarter of an hour of a community.
struct CommunityQuarter: Hashable, Sendable {
    static let seconds = QuarterSums.seconds

    let start: MarketTime
    /// How many meters there are, and how many of them were heard at both ends.
    let meters: Int
    private(set) var measured = 0
    /// What households gave to the street and what they drew from it, in Wh.
    private(set) var supply: UInt64 = 0
    private(set) var need: UInt64 = 0

    init(start: MarketTime, meters: Int) {
        self.start = start
        self.meters = meters
    }

    /// One that was told of.
    init(_ told: ToldQuarter) {
        start = told.start
        meters = Int(told.sums.meters)
        measured = Int(told.sums.measured)
        supply = told.sums.supply.value
        need = told.sums.need.value
    }

    var end: MarketTime { start.advanced(bySeconds: Self.seconds) }
    /// The smaller of both.
    var shared: UInt64 { min(supply, need) }

    mutating func count(from first: QuarterMark, to last: QuarterMark) {
        measured += 1
        supply += last.exported.value - min(first.exported.value, last.exported.value)
        need += last.imported.value - min(first.imported.value, last.imported.value)
    }

    /// As the API has it; without figures where fewer than `fewest` meters were heard.
    func json(index: UInt64, hidingBelow fewest: Int) -> JSON {
        func figure(_ value: UInt64) -> JSON { measured < fewest ? .null : .number(value) }
        return [
            "startsAt": .time(start), "index": .number(index), "members": .number(measured),
            "of": .number(meters), "supplyWh": figure(supply), "needWh": figure(need),
            "sharedWh": figure(shared), "price": .null,
        ]
    }
}

extension QuarterSums {
    /// What a household may be told of `quarter`.
    init(_ quarter: CommunityQuarter) {
        self.init(
            meters: UInt32(clamping: quarter.meters), measured: UInt32(clamping: quarter.measured),
            supply: WattHours(quarter.supply), need: WattHours(quarter.need))
    }
}

/// What a community's day came to so far, as far as it may be shown.
struct CommunityDay {
    var supply: UInt64 = 0
    var need: UInt64 = 0
    var shared: UInt64 = 0
    /// Until when it is known; nil if nothing is.
    var end: MarketTime?

    init(_ quarters: [CommunityQuarter]) {
        for quarter in quarters where quarter.measured >= CommunityQuarters.fewestShown {
            supply += quarter.supply
            need += quarter.need
            shared += quarter.shared
            end = quarter.end
        }
    }

    /// `shared` as thousandths of a part of the whole; null of nothing.
    func permille(of whole: UInt64) -> JSON {
        end == nil || whole == 0 ? .null : .number(shared * 1_000 / whole)
    }
}
