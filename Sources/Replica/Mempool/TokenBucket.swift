public import Protocol

/// Lets through a burst, then so many a second.
public struct TokenBucket: Sendable {
    /// Thousandths of a token.
    private var level: UInt64
    private var updated: Timestamp
    private let capacity: UInt64
    private let perSecond: UInt64

    /// A full bucket that holds `capacity` tokens, and gets `perSecond` again.
    public init(capacity: UInt64, perSecond: UInt64, at now: Timestamp) {
        self.capacity = capacity * 1_000
        self.perSecond = perSecond
        level = capacity * 1_000
        updated = now
    }

    /// Whether nothing has been taken for long enough to forget the bucket.
    public func isFull(at now: Timestamp) -> Bool { refilled(at: now) == capacity }

    /// Takes `count` tokens; none, and false, if there are fewer.
    public mutating func take(_ count: UInt64 = 1, at now: Timestamp) -> Bool {
        level = refilled(at: now)
        updated = now
        guard level >= count * 1_000 else { return false }
        level -= count * 1_000
        return true
    }

    private func refilled(at now: Timestamp) -> UInt64 {
        let (gain, overflow) = now.millisecondsSince(updated)
            .multipliedReportingOverflow(by: perSecond)
        guard !overflow, gain < capacity - level else { return capacity }
        return level + gain
    }
}
