import Glibc

/// A moment of this machine by a clock that only goes on: what lies between two of them is what has
/// passed, whatever is done to the machine's time of day.
package struct SteadyTime: Hashable, Comparable, Sendable {
    /// Nanoseconds since some moment before the process began; never 0.
    package let nanoseconds: UInt64

    package init(nanoseconds: UInt64) {
        self.nanoseconds = nanoseconds
    }

    /// The moment now.
    package static var now: SteadyTime {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return SteadyTime(
            nanoseconds: UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec))
    }

    package static func < (left: Self, right: Self) -> Bool {
        left.nanoseconds < right.nanoseconds
    }
}
