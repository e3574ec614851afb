import Ledger
package import Protocol

/// What a household's aggregator tells it of its community's quarters of an hour, of whose meters it hears
/// one alone. It asks for what it lacks: for each quarter once it is over, and after a time away or at the
/// beginning for a week at most. What was told is written down and asked for no more.
struct CommunityNews: Sendable {
    /// How long it waits before it asks again where no answer came, in milliseconds, and where one did.
    static let pause: UInt64 = 10_000
    static let shortPause: UInt64 = 2_000
    /// How far back it asks, in seconds of the market: a week.
    static let longestBack: UInt64 = 7 * 86_400
    /// How far the clocks of both may be apart, in seconds.
    static let clockTolerance: UInt64 = 300

    private let pace: QuarterPace
    private let rate: UInt64
    /// Who told, and up to when.
    private var told: ToldQuarters?
    /// From when on whoever was asked is to tell; nil if nothing was asked.
    private var asked: (aggregator: Address, from: MarketTime)?
    private var rest = Pause.none

    init(restoring told: ToldQuarters?, rate: UInt32) {
        pace = QuarterPace(rate: rate)
        self.rate = UInt64(rate)
        self.told = told
    }

    /// Asks `aggregator` for what is lacking, if that is due and the ledger names it as this household's.
    mutating func work(to aggregator: Address?, _ context: inout RoleContext) {
        guard rest.isOver(at: context.now), let aggregator,
            Self.isOurs(aggregator, context),
            context.state.member(context.account)?.isSuspended == false
        else { return }
        let start = lacking(from: aggregator, at: context.marketNow)
        let end = start.advanced(bySeconds: QuarterMark.seconds + pace.settledAfter)
        guard end <= context.marketNow else { return }
        asked = (aggregator, start)
        rest = Pause(from: context.now, milliseconds: Self.pause)
        context.send(.quartersWish(from: start), to: aggregator)
    }

    /// Takes what `sender` tells: what it was asked for, of quarters that are over, and once.
    mutating func received(
        _ report: QuarterReport, from sender: Address, _ context: inout RoleContext
    ) {
        guard let asked, asked.aggregator == sender, Self.isOurs(sender, context) else {
            return context.complain(
                .misplaced, of: sender, at: .debug, "quarters of an hour that nobody asked for")
        }
        let latest = context.marketNow.advanced(bySeconds: Self.clockTolerance * rate)
        guard report.first >= asked.from, report.end <= latest,
            report.first.seconds.isMultiple(of: QuarterMark.seconds),
            report.quarters.count <= QuarterReport.most
        else {
            return context.complain(
                .implausible, of: sender, "quarters of an hour that nobody can know of")
        }
        self.asked = nil
        let isNew = report.end > asked.from
        if isNew { rest = Pause(from: context.now, milliseconds: Self.shortPause) }
        told = ToldQuarters(by: sender, until: report.end)
        guard !report.quarters.isEmpty else { return }
        context.store(.household(.told(report, by: sender)))
    }

    /// Whether the ledger names `aggregator` as this household's.
    private static func isOurs(_ aggregator: Address, _ context: RoleContext) -> Bool {
        context.state.aggregator(of: context.account) == aggregator
    }

    /// From when on `aggregator` has told nothing yet; no longer ago than is asked for.
    private func lacking(from aggregator: Address, at now: MarketTime) -> MarketTime {
        let earliest = now.seconds - min(now.seconds, Self.longestBack)
        let first = MarketTime(seconds: earliest / QuarterMark.seconds * QuarterMark.seconds)
        guard let told, told.by == aggregator else { return first }
        return max(first, told.until)
    }
}

/// Up to when a household was told of its community's quarters, and by whom.
package struct ToldQuarters: Hashable, Sendable {
    package let by: Address
    package let until: MarketTime

    package init(by aggregator: Address, until end: MarketTime) {
        by = aggregator
        until = end
    }
}
