import Protocol

/// Lets through a burst, then so many a second.
struct TokenBucket: Sendable {
    /// Thousandths of a token.
    private var level: UInt64
    private var updated: Timestamp
    private let capacity: UInt64
    private let perSecond: UInt64

    init(capacity: UInt64, perSecond: UInt64, at now: Timestamp) {
        self.capacity = capacity * 1_000
        self.perSecond = perSecond
        level = capacity * 1_000
        updated = now
    }

    /// Whether nothing has been taken for long enough to forget the bucket.
    func isFull(at now: Timestamp) -> Bool { refilled(at: now) == capacity }

    /// Takes a token; false if there is none.
    mutating func take(at now: Timestamp) -> Bool {
        level = refilled(at: now)
        updated = now
        guard level >= 1_000 else { return false }
        level -= 1_000
        return true
    }

    private func refilled(at now: Timestamp) -> UInt64 {
        let (gain, overflow) = now.millisecondsSince(updated)
            .multipliedReportingOverflow(by: perSecond)
        guard !overflow, gain < capacity - level else { return capacity }
        return level + gain
    }
}
