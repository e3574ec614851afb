import Protocol

/// How often in a row a peer's answers to requests for blocks failed. It outlives the link, so
/// that reconnecting does not win trust back.
struct Distrust: Sendable {
    private(set) var failures = 0
    /// When it may be asked again.
    private(set) var retryAt = Timestamp.zero

    /// Lets it be asked again at `moment` at the latest.
    mutating func advance(to moment: Timestamp) {
        retryAt = min(retryAt, moment)
    }

    /// Counts a failure: it is asked again after 1 s, and twice as long each time up to 32 s.
    mutating func fail(at now: Timestamp) {
        retryAt = now.advanced(byMilliseconds: 1_000 << UInt64(min(failures, 5)))
        failures += 1
    }
}
