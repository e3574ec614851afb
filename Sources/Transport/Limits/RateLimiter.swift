internal import Synchronization

/// So many events a second for each name, with a reserve for bursts.
package final class RateLimiter: Sendable {
    private static let maximumNames = 10_000

    private let interval: Duration
    private let reserve: Duration
    /// By when each name will have made good for what it has had.
    private let settled = Mutex<[String: ContinuousClock.Instant]>([:])

    /// Allows `perSecond` events in the long run, at least one, and twice as many at once.
    package init(perSecond: Int) {
        interval = .seconds(1) / max(1, perSecond)
        reserve = .seconds(2)
    }

    /// Takes `count` events of `name`; false, and takes none, if it has had too many.
    package func allows(
        _ name: String, count: Int = 1, at now: ContinuousClock.Instant = .now
    ) -> Bool {
        settled.withLock { settled in
            let known = settled[name]
            let next = max(known ?? now, now) + interval * count
            guard next <= now + reserve else { return false }
            // Whichever comes to hand gives way: who has so many addresses is not held up by any
            // measure an address, and a new one must not be refused for them.
            if known == nil, settled.count >= Self.maximumNames {
                settled.remove(at: settled.startIndex)
            }
            settled[name] = next
            return true
        }
    }
}
