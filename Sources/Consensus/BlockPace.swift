public import Protocol

/// What a final block has taken, as far as its pace goes.
public struct BlockMark: Hashable, Sendable {
    /// The block's height.
    public let number: UInt64
    /// The block's time.
    public let time: Timestamp
    /// The bytes of its header and certificate.
    public let own: Int
    /// The bytes of its transactions.
    public let transactions: Int

    public init(number: UInt64, time: Timestamp, own: Int, transactions: Int) {
        self.number = number
        self.time = time
        self.own = own
        self.transactions = transactions
    }

    /// What `final` has taken.
    public init(_ final: FinalBlock) {
        let header = final.block.header
        self.init(
            number: header.number, time: header.timestamp,
            own: header.rlp.encoded.count + final.certificate.rlp.encoded.count,
            transactions: final.block.transactions.reduce(0) { $0 + $1.encoded.count })
    }
}

/// How soon after a block the next one may be proposed, so that a ledger that says little stays
/// small on every household's disk for ever.
///
/// A block's header and certificate are its own bytes. Over an hour they stay below half of what the
/// transactions take, or at one block a second, whichever is more. Who has been quiet has an hour's
/// blocks to spend, and until half of them are spent nobody waits; then blocks come ever slower, and
/// gather what comes in between, down to the pace that holds for ever. A transaction that comes
/// alone never waits.
///
/// Nobody checks another's pace: a proposer that keeps none makes blocks that everyone can count.
public struct BlockPace: Hashable, Sendable {
    /// Thousandths of blocks that time has given and blocks have spent.
    private var byTime: Int
    /// The same of what transactions' bytes have given.
    private var byBytes: Int
    /// The last block's time.
    private var last: Timestamp

    /// Thousandths of the blocks of an hour at one a second.
    private static let hour = 3_600 * 1_000
    /// The longest pause, in milliseconds: a block a second is always allowed.
    private static let longest = 1_000
    /// So many blocks tell enough of the pace that was kept.
    public static let remembered = 3_600

    /// The pace of a chain whose last block came at `time` and was followed by an hour of quiet.
    public init(quietSince time: Timestamp) {
        (byTime, byBytes, last) = (Self.hour, Self.hour, time)
    }

    /// The pace after `recent` blocks, the oldest first: ``remembered`` of them, or all that there
    /// are. What came before them counts as if all had been spent.
    public init(after recent: [BlockMark]) {
        self.init(quietSince: recent.first?.time ?? .zero)
        if let first = recent.first, first.number > 1 { (byTime, byBytes) = (0, 0) }
        for mark in recent.dropFirst() { note(mark) }
    }

    /// Takes note of the next final block.
    public mutating func note(_ mark: BlockMark) {
        let elapsed = min(mark.time.millisecondsSince(last), UInt64(Self.hour))
        last = mark.time
        byTime = Self.change(byTime, by: Int(elapsed))
        byBytes = Self.change(byBytes, by: 1_000 * mark.transactions / (2 * max(mark.own, 1)))
    }

    private static func change(_ credit: Int, by gain: Int) -> Int {
        min(max(credit + gain - 1_000, -hour), hour)
    }

    /// How long after the last block's time the next one may be proposed, in milliseconds.
    public var pause: UInt64 {
        let spent = Self.hour / 2 - max(byTime, byBytes)
        guard spent > 0 else { return 0 }
        return UInt64(min(spent * Self.longest / (Self.hour / 2), Self.longest))
    }
}
