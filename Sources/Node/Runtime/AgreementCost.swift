import Glibc
import Protocol

/// What a block that says little costs this node's processor, so that agreeing on many of them takes
/// a quarter of a core at most.
struct AgreementCost {
    /// The moving average over some sixteen blocks.
    private(set) var average: Duration = .zero
    private var last: (processor: Duration, block: Timestamp)?

    /// A block of more transactions is not made for agreement's sake.
    private static let fewTransactions = 32
    /// After a longer time what was counted is not the block's alone, in milliseconds.
    private static let shortTime: UInt64 = 250
    /// The longest pause that a dear block asks for, in milliseconds.
    private static let longestPause: UInt64 = 100

    /// Takes note of a block of `time` that has become final, and of the time of all cores that this
    /// process has had until then.
    mutating func note(at time: Timestamp, transactions: Int, processor: Duration) {
        defer { last = (processor, time) }
        guard let last, transactions <= Self.fewTransactions,
            time.millisecondsSince(last.block) <= Self.shortTime
        else { return }
        average += (processor - last.processor - average) / 16
    }

    /// How long after a block the next one may be proposed, in milliseconds.
    var pause: UInt64 {
        min(UInt64(max(average * 4 / .milliseconds(1), 0)), Self.longestPause)
    }

    /// The time of all cores that this process has had so far.
    static var processorTime: Duration {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }
}
