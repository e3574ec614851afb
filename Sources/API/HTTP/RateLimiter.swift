internal import Protocol
internal import Replica
internal import Synchronization

/// So many requests a second for each address, with a reserve for bursts.
final class RateLimiter: Sendable {
    private static let maximumAddresses = 10_000

    private let perSecond: UInt64
    /// From when on moments are counted: long before any that may be asked about.
    private let origin = ContinuousClock.now - .seconds(1_000_000)
    private let buckets = Mutex<[String: TokenBucket]>([:])

    /// Allows `perSecond` requests in the long run, twice as many at once.
    init(perSecond: Int) {
        self.perSecond = UInt64(perSecond)
    }

    /// Takes `count` requests of `address`; false if it has had too many.
    func allows(
        _ address: String, count: Int = 1, at now: ContinuousClock.Instant = .now
    ) -> Bool {
        let now = Timestamp(milliseconds: UInt64((now - origin) / .milliseconds(1)))
        return buckets.withLock { buckets in
            // Whichever comes to hand gives way: who has so many addresses is not held up by any
            // measure an address, and a new one must not be refused for them.
            if buckets.count >= Self.maximumAddresses, buckets[address] == nil {
                buckets.remove(at: buckets.startIndex)
            }
            let full = TokenBucket(capacity: 2 * perSecond, perSecond: perSecond, at: now)
            return buckets[address, default: full].take(UInt64(count), at: now)
        }
    }
}
