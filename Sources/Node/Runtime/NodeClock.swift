import Protocol

import Glibc

/// The machine's clock.
struct NodeClock: Sendable {
    /// By how much this node takes it to be later than it is; only debug builds can be told so.
    let offsetSeconds: Int64

    /// The time now, by the system's real-time clock.
    func now() -> Timestamp { Timestamp(milliseconds: microseconds() / 1_000) }

    /// The time now by the same clock, in microseconds since 1970.
    func microseconds() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        let seconds = Int64(time.tv_sec) + offsetSeconds
        return UInt64(max(0, seconds * 1_000_000 + Int64(time.tv_nsec) / 1_000))
    }
}
