import Glibc

/// What this process has used of processors.
package enum ProcessorClock {
    /// All of it so far, in seconds.
    package static var now: Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1_000_000_000
    }
}
