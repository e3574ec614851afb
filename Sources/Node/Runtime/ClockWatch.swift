import Protocol

/// Tells when this node's clock must be wrong, by the times of the blocks that become final.
///
/// No quorum accepts a block that is more than 5 s ahead of its clocks, so one that is further
/// ahead of this clock shows that this clock is slow. A new block that is old already can be one
/// that was proposed again after a standstill; several in a row show that this clock is fast.
struct ClockWatch {
    /// How far ahead a block may be, in milliseconds.
    private static let mostAhead: UInt64 = 5_000
    /// From what age on a new block counts as old, in milliseconds.
    private static let oldAge: UInt64 = 30_000
    /// How many old blocks in a row show a fast clock.
    private static let neededOld = 3
    /// How long until it is said again, in milliseconds.
    private static let pause: UInt64 = 600_000

    private var oldInARow = 0
    private var saidAt: Timestamp?

    /// Takes the time of a block that has become final at `now`; `isNewest` says that no peer shows
    /// a higher one. Returns what is to be said about the clock, if anything.
    mutating func note(_ block: BlockHeader, isNewest: Bool, at now: Timestamp) -> String? {
        let (time, number) = (block.timestamp, block.number)
        if time > now.advanced(byMilliseconds: Self.mostAhead) {
            let seconds = time.millisecondsSince(now) / 1_000
            return say("\(seconds) s slow or more: block \(number) is final and ahead of it", now)
        }
        let isOld = isNewest && now.millisecondsSince(time) > Self.oldAge && now > time
        oldInARow = isOld ? oldInARow + 1 : (isNewest ? 0 : oldInARow)
        guard oldInARow >= Self.neededOld else { return nil }
        let seconds = now.millisecondsSince(time) / 1_000
        return say("about \(seconds) s fast: block \(number) has just become final", now)
    }

    private mutating func say(_ what: String, _ now: Timestamp) -> String? {
        if let saidAt, now.millisecondsSince(saidAt) < Self.pause { return nil }
        saidAt = now
        return "this machine's clock seems to be \(what). Set it: its blocks are refused"
    }
}
