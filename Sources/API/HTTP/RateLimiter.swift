internal import Synchronization

/// So many requests a second for each address, with a reserve for bursts (a token bucket).
final class RateLimiter: Sendable {
    private struct Bucket {
        var tokens: Int64
        var filled: ContinuousClock.Instant
    }

    /// How many addresses are remembered.
    private static let maximumAddresses = 10_000

    private let perSecond: Int
    private let burst: Int
    private let buckets = Mutex<[String: Bucket]>([:])

    /// Allows `perSecond` requests in the long run, twice as many at once.
    init(perSecond: Int) {
        self.perSecond = perSecond
        burst = 2 * perSecond
    }

    /// Takes `count` requests of `address`; false if it has had too many.
    func allows(
        _ address: String, count: Int = 1, at now: ContinuousClock.Instant = .now
    ) -> Bool {
        buckets.withLock { buckets in
            if buckets.count >= Self.maximumAddresses, buckets[address] == nil {
                // An address that was quiet for a while has a full bucket: forgetting it is free.
                buckets = buckets.filter { now - $0.value.filled < .seconds(2) }
                guard buckets.count < Self.maximumAddresses else { return false }
            }
            var bucket =
                buckets[address] ?? Bucket(tokens: Int64(burst) * 1_000_000, filled: now)
            let elapsed = now - bucket.filled
            let micros = min(
                elapsed.components.seconds * 1_000_000
                    + elapsed.components.attoseconds / 1_000_000_000_000, 2_000_000)
            bucket.tokens = min(
                bucket.tokens + max(0, micros) * Int64(perSecond), Int64(burst) * 1_000_000)
            bucket.filled = now
            let cost = Int64(count) * 1_000_000
            let isAllowed = bucket.tokens >= cost
            if isAllowed { bucket.tokens -= cost }
            buckets[address] = bucket
            return isAllowed
        }
    }
}
