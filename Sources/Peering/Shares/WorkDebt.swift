/// What a peer owes for the work that its messages have made: a share of a core pays it off, and who
/// owes more than a moment's worth waits.
struct WorkDebt {
    /// In nanoseconds of a core, as of `reckoned`; negative where it has something to the good.
    private var owed: Int64 = 0
    private var reckoned: ContinuousClock.Instant

    init(at now: ContinuousClock.Instant) {
        reckoned = now
    }

    /// Puts `work` on the account, which `percent` of a core pays off; what turned out to be wanted is
    /// taken off again as less than nothing.
    mutating func charge(_ work: Duration, percent: Int, at now: ContinuousClock.Instant) {
        payOff(percent: percent, at: now)
        owed = max(owed.addingClamped(work.wholeNanoseconds), 0)
    }

    /// How long to wait where more than `most` is owed, until that and ``run`` more are paid off; nil where
    /// it is not.
    mutating func wait(
        most: Duration, percent: Int, at now: ContinuousClock.Instant
    ) -> Duration? {
        payOff(percent: percent, at: now)
        let excess = owed - most.wholeNanoseconds
        guard excess > 0 else { return nil }
        return .nanoseconds((excess + Self.run.wholeNanoseconds) / Int64(percent) * 100 + 1)
    }

    /// How much work whoever has waited may make before it waits again: to wake it for each frame would cost
    /// more than most frames do.
    private static let run = Duration.milliseconds(4)

    /// Whether nothing is owed.
    mutating func isPaid(percent: Int, at now: ContinuousClock.Instant) -> Bool {
        payOff(percent: percent, at: now)
        return owed == 0
    }

    private mutating func payOff(percent: Int, at now: ContinuousClock.Instant) {
        let elapsed = min(reckoned.duration(to: now), .seconds(3_600))
        guard elapsed > .zero else { return }
        owed = max(owed - elapsed.wholeNanoseconds / 100 * Int64(percent), 0)
        reckoned = now
    }
}

extension Int64 {
    fileprivate func addingClamped(_ other: Int64) -> Int64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }
}

extension Duration {
    /// In nanoseconds, of up to some centuries.
    fileprivate var wholeNanoseconds: Int64 {
        let (seconds, attoseconds) = components
        return min(max(seconds, -9_000_000_000), 9_000_000_000) * 1_000_000_000
            + attoseconds / 1_000_000_000
    }
}
