import Glibc

/// The time that threads have had of a core: what a peer costs must not look dearer because others
/// keep the machine busy.
package enum ThreadTime {
    /// What the calling thread has had so far.
    package static var current: Duration {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }

    /// What `body` returns, and the time of a core that it took.
    package static func measure<Result>(
        _ body: () throws -> Result
    ) rethrows -> (result: Result, time: Duration) {
        let start = current
        let result = try body()
        return (result, current - start)
    }
}
