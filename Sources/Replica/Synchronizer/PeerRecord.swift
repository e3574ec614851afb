import Protocol

/// What a replica knows about a connected peer.
struct PeerRecord: Sendable {
    /// The head that it told of last.
    var head: ChainHead?
    /// What its head is worth as long as it lies above this node's.
    var proof: Proof?
    /// When it told of a head above this node's, after not having been above.
    var aheadSince: Timestamp?
    /// Whether it is sent new blocks whole; else it is only told of them, and asks.
    var isEager: Bool
    /// The height of the last block that it was sent whole, and when that was.
    var lastPush: (height: UInt64, at: Timestamp)?
    /// How often it may ask for blocks.
    var requests: TokenBucket
    /// How often it may tell where it stands and be sent what it lacks: proposals are large.
    var statuses: TokenBucket

    /// Whether a head is final by its certificate, as far as the validators known here tell.
    enum Proof: Sendable {
        /// Nobody has looked yet: most heads are overtaken before it matters.
        case untested(Certificate)
        case holds
        /// It proves nothing; the head may be an invention.
        case fails
    }

    /// How often a peer may ask for blocks: at once, and a second.
    private static let requestBurst: UInt64 = 40
    private static let requestsPerSecond: UInt64 = 20
    /// How often a validator may tell where it stands: at once, and a second.
    private static let statusBurst: UInt64 = 16
    private static let statusesPerSecond: UInt64 = 8

    init(isEager: Bool, at now: Timestamp) {
        self.isEager = isEager
        requests = TokenBucket(
            capacity: Self.requestBurst, perSecond: Self.requestsPerSecond, at: now)
        statuses = TokenBucket(
            capacity: Self.statusBurst, perSecond: Self.statusesPerSecond, at: now)
    }

    /// Whether the news of `head` at `now` means that a block which it was just sent was not
    /// needed.
    func isTooLate(forItsHead head: ChainHead, at now: Timestamp) -> Bool {
        guard let lastPush, lastPush.height == head.height else { return false }
        return now.millisecondsSince(lastPush.at) < Self.crossingTime
    }

    /// How long a block and the news that it is known may cross each other, in milliseconds.
    private static let crossingTime: UInt64 = 2_000

    /// Whether it says that it has more than `height`.
    func isAhead(of height: UInt64) -> Bool { head.map { $0.height > height } ?? false }

    /// Whether it has the blocks up to `height`, as far as it has told.
    func has(_ height: UInt64) -> Bool { head.map { $0.height >= height } ?? false }
}
