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

    /// How long it takes until no more than `most` is owed; nil if that is so now.
    mutating func wait(
        most: Duration, percent: Int, at now: ContinuousClock.Instant
    ) -> Duration? {
        payOff(percent: percent, at: now)
        let excess = owed - most.wholeNanoseconds
        return excess > 0 ? .nanoseconds(excess / Int64(percent) * 100 + 1) : nil
    }

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
