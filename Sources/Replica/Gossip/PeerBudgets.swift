import Protocol

/// What one peer may say about transactions, and what it is served, each so much at once and so much
/// a second. What goes beyond is left undone: whoever keeps to its part is never that fast.
struct PeerBudgets: Sendable {
    /// Bytes of transactions that this node sends it unasked.
    private var pushed: TokenBucket
    /// Bytes of transactions that it sends unasked.
    private var unasked: TokenBucket
    /// Hashes that it announces.
    private var announced: TokenBucket
    /// Its requests for transactions.
    private var requests: TokenBucket
    /// Bytes of transactions that it is given on request.
    private var served: TokenBucket

    /// What an unasked transaction counts at least, in bytes.
    private static let leastBytes = 256

    init(at now: Timestamp) {
        func bucket(_ burst: UInt64, _ perSecond: UInt64) -> TokenBucket {
            TokenBucket(capacity: burst, perSecond: perSecond, at: now)
        }
        // Half of what the other side takes: what is late comes together.
        pushed = bucket(128 << 10, 64 << 10)
        unasked = bucket(512 << 10, 128 << 10)
        announced = bucket(16_384, 8_192)
        requests = bucket(200, 100)
        served = bucket(8 << 20, 2 << 20)
    }

    /// Whether everything is as if nothing had been said for a while.
    func areFull(at now: Timestamp) -> Bool {
        [pushed, unasked, announced, requests, served].allSatisfy { $0.isFull(at: now) }
    }

    mutating func takePushed(_ transaction: VerifiedTransaction, at now: Timestamp) -> Bool {
        pushed.take(Self.cost(of: transaction), at: now)
    }

    mutating func takeUnasked(_ transaction: VerifiedTransaction, at now: Timestamp) -> Bool {
        unasked.take(Self.cost(of: transaction), at: now)
    }

    mutating func takeAnnounced(_ count: Int, at now: Timestamp) -> Bool {
        announced.take(UInt64(count), at: now)
    }

    mutating func takeRequest(at now: Timestamp) -> Bool { requests.take(at: now) }

    mutating func takeServed(_ transaction: VerifiedTransaction, at now: Timestamp) -> Bool {
        served.take(Self.cost(of: transaction), at: now)
    }

    private static func cost(of transaction: VerifiedTransaction) -> UInt64 {
        UInt64(max(transaction.encoded.count, leastBytes))
    }
}
