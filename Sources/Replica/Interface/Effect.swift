public import Consensus
public import Ledger
public import Protocol

/// Everything that a replica can ask for. The runtime performs effects in order, each completely
/// before the next: what is stored is durable before what depends on it is said.
public enum Effect: Sendable {
    /// Store the record durably.
    case persist(SafetyRecord)
    /// Store durably whether this validator may vote, in place of what was stored before.
    case persistVotingRight(VotingRight)
    /// Store the block and everything that comes of it, durably and as a whole.
    case commit(CommittedBlock)
    /// Write down that a user's transaction is in the pool, so that it is there again after the
    /// process has ended, however it ends. It need not be on the disk before the next effect.
    case keep(KeptSubmission)
    /// Send to each of the peers; what cannot be sent is lost.
    case send(ReplicaMessage, to: [Address])
    /// Read the final blocks from that height on, up to so many and to ``Limits/syncBytes``, and
    /// send them as ``ReplicaMessage/blocks(_:)``. None of them lies above the head.
    case serveBlocks(to: Address, from: UInt64, count: UInt64)
    /// Hand the timer in at that moment.
    case setTimer(ReplicaTimer, at: Timestamp)
    /// Answer a submission: the hash of the accepted transaction, or why it is refused. What is
    /// accepted stays in the pool until it is final, or leaves it for a ``DropReason``.
    case answer(RequestID, Result<Hash32, PoolRejection>)
    /// For logs and metrics.
    case report(Observation)
    /// End the node, as a failure: it cannot go on, and does nothing more whatever happens.
    case stop(reason: String)
}
