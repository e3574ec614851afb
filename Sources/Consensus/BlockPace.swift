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
    /// Who sent its transactions, each once and in ascending order; nobody where it pays for itself,
    /// since nobody is asked for it then.
    public let senders: [Address]

    public init(
        number: UInt64, time: Timestamp, own: Int, transactions: Int, senders: [Address] = []
    ) {
        self.number = number
        self.time = time
        self.own = own
        self.transactions = transactions
        self.senders = senders
    }

    /// What `final` has taken.
    public init(_ final: FinalBlock) {
        let (header, transactions) = (final.block.header, final.block.transactions)
        let own = header.rlp.encoded.count + final.certificate.rlp.encoded.count
        let bytes = transactions.reduce(0) { $0 + $1.encoded.count }
        let paysForItself = Self.paysForItself(own: own, transactions: bytes)
        self.init(
            number: header.number, time: header.timestamp, own: own, transactions: bytes,
            senders: paysForItself ? [] : Set(transactions.map(\.sender)).sorted())
    }

    /// Whether its transactions take twice its own bytes.
    var paysForItself: Bool { Self.paysForItself(own: own, transactions: transactions) }

    private static func paysForItself(own: Int, transactions: Int) -> Bool {
        transactions >= 2 * own
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
/// So that one who trickles for hours does not make the others wait, half as many blocks again are
/// kept for those who have caused few: while blocks come slower, a transaction of such a sender is
/// proposed at once, and that block is paid from this reserve. Of what is left in it each sender
/// gets an eighth at most, and one block a minute again.
///
/// Nobody checks another's pace: a proposer that keeps none makes blocks that everyone can count.
public struct BlockPace: Hashable, Sendable {
    /// Thousandths of blocks that time has given and blocks have spent.
    private var byTime: Int
    /// The same of what transactions' bytes have given.
    private var byBytes: Int
    /// Thousandths of blocks that are kept for those who have caused few.
    private var reserve: Int
    /// Who has caused blocks that the reserve paid.
    private var debtors: [Address: Debt] = [:]
    /// The last block's time.
    private var last: Timestamp

    /// What a sender has had of the reserve.
    private struct Debt: Hashable {
        /// Thousandths of blocks at `time`.
        let amount: Int
        let time: Timestamp

        /// What is left of it at `now`, which is no earlier.
        func left(at now: Timestamp) -> Int {
            let regained = now.millisecondsSince(time) / BlockPace.secondsForOne
            return regained < UInt64(amount) ? amount - Int(regained) : 0
        }
    }

    /// Thousandths of the blocks of an hour at one a second.
    private static let hour = 3_600 * 1_000
    /// In so many seconds a sender gets one block of the reserve again.
    private static let secondsForOne: UInt64 = 60
    /// The longest pause, in milliseconds: a block a second is always allowed.
    private static let longest = 1_000
    /// A sender gets one part in so many of what is left in the reserve.
    private static let share = 8
    /// Of so many senders at most it is known what they have caused; while there are as many, nobody
    /// else has anything of the reserve.
    private static let mostDebtors = 1_024
    /// So many blocks tell enough of the pace that was kept.
    public static let remembered = 3_600

    /// The pace of a chain whose last block came at `time` and was followed by an hour of quiet.
    public init(quietSince time: Timestamp) {
        (byTime, byBytes, reserve, last) = (Self.hour, Self.hour, Self.hour / 2, time)
    }

    /// The pace after `recent` blocks, the oldest first: ``remembered`` of them, or all that there
    /// are. What came before them counts as if all had been spent; but where their transactions paid for
    /// these blocks, those before are taken to have done so too.
    public init(after recent: [BlockMark]) {
        self.init(quietSince: recent.first?.time ?? .zero)
        if let first = recent.first, first.number > 1 {
            let gain = recent.dropFirst().reduce(0) { $0 + Self.given($1) - 1_000 }
            (byTime, byBytes, reserve) = (0, gain < 0 ? 0 : Self.hour, 0)
        }
        for mark in recent.dropFirst() { note(mark) }
    }

    /// Takes note of the next final block.
    public mutating func note(_ mark: BlockMark) {
        let elapsed = Int(min(mark.time.millisecondsSince(last), UInt64(Self.hour)))
        let isEarly = elapsed < Int(pause)
        last = mark.time
        reserve = min(reserve + elapsed / 2, Self.hour / 2)
        if debtors.count >= Self.mostDebtors {
            debtors = debtors.filter { [last] in $0.value.left(at: last) > 0 }
        }
        let cost = isEarly && takeFromReserve(for: mark) ? 0 : 1_000
        byTime = Self.change(byTime, by: elapsed - cost)
        byBytes = Self.change(byBytes, by: Self.given(mark) - cost)
    }

    /// Thousandths of blocks that the bytes of a block's transactions give.
    private static func given(_ mark: BlockMark) -> Int {
        1_000 * mark.transactions / (2 * max(mark.own, 1))
    }

    /// Nothing is owed: the pause is as long as it can be where nothing is left, and whoever made blocks
    /// before it was over does not lengthen the others'.
    private static func change(_ credit: Int, by gain: Int) -> Int {
        min(max(credit + gain, 0), hour)
    }

    /// Pays a block that came before the pause was over from the reserve, at the expense of those in
    /// it who could have caused that. Returns whether it did: not where nobody could, since then its
    /// proposer keeps another pace.
    private mutating func takeFromReserve(for mark: BlockMark) -> Bool {
        guard !mark.paysForItself, mark.senders.contains(where: isFavoured) else { return false }
        for sender in mark.senders where isFavoured(sender) {
            debtors[sender] = Debt(amount: debt(of: sender) + 1_000, time: last)
        }
        reserve -= 1_000
        return true
    }

    private func debt(of sender: Address) -> Int { debtors[sender]?.left(at: last) ?? 0 }

    /// Whether a transaction of `sender` may be proposed before the pause is over: the sender has
    /// caused few such blocks, measured by what is left for all.
    public func isFavoured(_ sender: Address) -> Bool {
        reserve >= 1_000 && debt(of: sender) < reserve / Self.share
            && (debtors[sender] != nil || debtors.count < Self.mostDebtors)
    }

    /// How long after the last block's time the next one may be proposed, in milliseconds, unless
    /// it holds a transaction of somebody who is favoured.
    public var pause: UInt64 {
        let spent = Self.hour / 2 - max(byTime, byBytes)
        guard spent > 0 else { return 0 }
        return UInt64(min(spent * Self.longest / (Self.hour / 2), Self.longest))
    }
}
