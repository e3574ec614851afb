public import Consensus
public import Protocol

/// Names a submission until it is answered.
public struct RequestID: Hashable, Comparable, Sendable {
    /// The number that the runtime gave it.
    public let value: UInt64
    public init(_ value: UInt64) { self.value = value }
    /// Under it the node's own role hands in, which is answered at once.
    public static let ofRole = RequestID(0)
    public static func < (left: Self, right: Self) -> Bool { left.value < right.value }
}

/// A moment that the replica waits for. One that comes late, or twice, does nothing.
public enum ReplicaTimer: Hashable, Sendable {
    /// The agreement's own timers.
    case consensus(ConsensusTimer)
    /// The request numbered so was sent to a peer and may be unanswered.
    case requestTimeout(UInt64)
    /// A peer may be asked for blocks now.
    case catchUp
    /// Transactions wait to be passed on.
    case gossip
    /// Transactions may have to be announced again.
    case repetition
    /// A peer may not have given the transactions that it was asked for.
    case transactionsTimeout
    /// A submission may have waited long enough for its predecessors.
    case earlySubmission
    /// Consensus messages that may have to be rebroadcast wait.
    case rebroadcast
    /// Time to forget the old and to repeat what may have been lost.
    case sweep
}

/// Everything that can happen to a replica.
public enum Event: Sendable {
    /// A link to the member came up; greetings have been exchanged.
    case connected(Address)
    /// The link to the member is gone.
    case disconnected(Address)
    /// A member said something.
    case received(ReplicaMessage, from: Address)
    /// A user of this node wants the transaction on the ledger.
    case submitted(VerifiedTransaction, RequestID)
    /// The moment of a timer has come.
    case timer(ReplicaTimer)
}
