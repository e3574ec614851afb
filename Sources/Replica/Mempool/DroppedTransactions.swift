public import Ledger
public import Protocol

/// Why a transaction left the pool without getting into a block.
public enum DropReason: Hashable, Sendable {
    /// Another transaction of the account with its nonce got into a block.
    case replaced
    /// It waited for as long as the pool keeps anything.
    case expired
    /// It waited for predecessors that did not come.
    case gap
    /// The ledger takes it no longer.
    case refused(AdmissionError)
}

extension DropReason {
    /// Every name that ``name`` may be.
    public static let names = ["expired", "gap", "refused", "replaced"]

    /// The reason in a word, for programs.
    public var name: String {
        switch self {
        case .expired: "expired"
        case .gap: "gap"
        case .refused: "refused"
        case .replaced: "replaced"
        }
    }
}

extension DropReason: CustomStringConvertible {
    /// The text for the one who sent it.
    public var description: String {
        switch self {
        case .replaced: "another transaction of the account took its nonce"
        case .expired:
            "it was in no block for \(Limits.poolLifetime / 3_600_000) hours; send it again"
        case .gap: "a transaction of the account with a lower nonce is missing"
        case .refused(let error): error.description
        }
    }
}

/// A transaction that left the pool without getting into a block.
public struct DroppedTransaction: Sendable {
    /// The transaction.
    public let transaction: VerifiedTransaction
    /// Why it left.
    public let reason: DropReason
    /// When it left.
    public let at: Timestamp
}

/// The transactions of this node's own users that left the pool lately without getting into a
/// block, so that whoever sent them can learn why: so many at most, and not for ever.
struct DroppedTransactions: Sendable {
    private var byHash: [Hash32: DroppedTransaction] = [:]
    /// In the order in which they left; what was forgotten meanwhile may still stand here.
    private var order: ArraySlice<(hash: Hash32, at: Timestamp)> = []
    private var bytes = 0

    /// The most that are remembered.
    static let capacity = 4_096
    /// The most bytes that they have together.
    static let byteCapacity = 4 * 1024 * 1024
    /// How long one is remembered, in milliseconds.
    static let lifetime: UInt64 = 3_600_000

    var count: Int { byHash.count }

    subscript(hash: Hash32) -> DroppedTransaction? { byHash[hash] }

    mutating func note(_ dropped: DroppedTransaction) {
        let hash = dropped.transaction.hash
        forget(hash)
        byHash[hash] = dropped
        bytes += dropped.transaction.encoded.count
        order.append((hash, dropped.at))
        while byHash.count > Self.capacity || bytes > Self.byteCapacity
            || order.count > 2 * Self.capacity
        {
            forgetFirst()
        }
    }

    /// Forgets `hash`, which may be in the pool again.
    mutating func forget(_ hash: Hash32) {
        guard let dropped = byHash.removeValue(forKey: hash) else { return }
        bytes -= dropped.transaction.encoded.count
    }

    /// Forgets those that left long ago.
    mutating func expire(at now: Timestamp) {
        while let first = order.first, now.millisecondsSince(first.at) > Self.lifetime {
            forgetFirst()
        }
    }

    private mutating func forgetFirst() {
        guard let first = order.popFirst(), byHash[first.hash]?.at == first.at else { return }
        forget(first.hash)
    }
}
