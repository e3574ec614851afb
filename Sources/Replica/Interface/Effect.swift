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
    /// Send to each of the peers; what cannot be sent is lost.
    case send(WireMessage, to: [Address])
    /// Read the final blocks from that height on, up to so many and to ``Limits/syncBytes``, and
    /// send them as ``WireMessage/blocks(_:)``. None of them lies above the head.
    case serveBlocks(to: Address, from: UInt64, count: UInt64)
    /// Hand the timer in at that moment.
    case setTimer(ReplicaTimer, at: Timestamp)
    /// Answer a submission: the hash of the accepted transaction, or why it is refused.
    case answer(RequestID, Result<Hash32, PoolRejection>)
    /// For logs and metrics.
    case report(Observation)
    /// End the node, as a failure: it cannot go on, and does nothing more whatever happens.
    case stop(reason: String)
}

/// A final block with everything that comes of it, for one transaction of the store.
public struct CommittedBlock: Sendable {
    /// The block and its certificate.
    public let final: FinalBlock
    /// What became of each of its transactions.
    public let receipts: [TransactionReceipt]
    /// How the state's entries differ from those before, in ascending order of their keys.
    public let changes: [StateEntry]
    /// The validators that decided on it.
    public let decidedBy: ValidatorSet
    /// The validators that decide on the next one.
    public let nextValidators: ValidatorSet
    /// The state after it.
    public let state: LedgerState

    /// Safety records of this height and below are of no more use and may be deleted with it.
    public var obsoleteRecordHeight: UInt64 { final.block.number }

    public init(
        final: FinalBlock, receipts: [TransactionReceipt], changes: [StateEntry],
        decidedBy: ValidatorSet, nextValidators: ValidatorSet, state: LedgerState
    ) {
        self.final = final
        self.receipts = receipts
        self.changes = changes
        self.decidedBy = decidedBy
        self.nextValidators = nextValidators
        self.state = state
    }
}

/// Why a transaction is not taken into the pool.
public struct PoolRejection: Error, Hashable, Sendable, CustomStringConvertible {
    /// What kind of reason it is.
    public enum Kind: Hashable, Sendable {
        /// The pool holds it already.
        case known
        /// The ledger would not take it.
        case inadmissible
        /// The pool holds another one of the sender with this nonce.
        case nonceTaken
        /// The account has used its nonce in a final block.
        case nonceTooLow
        /// Its nonce is too far ahead of the account's.
        case nonceTooHigh
        /// The sender has too many pending ones.
        case senderLimit
        /// The sender submits too fast.
        case rateLimited
        /// The pool is full.
        case poolFull
    }

    /// What kind of reason it is.
    public let kind: Kind
    /// The text for the sender, in the words of Ethereum's clients.
    public let message: String

    /// A refusal of `kind` that says `message`.
    public init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }

    public var description: String { message }
}
