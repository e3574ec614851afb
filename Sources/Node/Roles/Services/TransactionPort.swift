import Ledger
import Protocol

/// What the node's pool says to a transaction.
enum PoolAnswer: Hashable, Sendable {
    /// It is in the pool, now or already.
    case accepted
    /// The account has used the nonce in a final block.
    case nonceTooLow
    /// Another transaction with that nonce waits in the pool.
    case nonceTaken
    /// The pool does not take it, and why.
    case refused(String)
}

/// What a ``TransactionSubmitter`` needs of the node.
protocol TransactionPort: Sendable {
    /// Hands a transaction to the node's own pool.
    func submitRaw(_ transaction: VerifiedTransaction) async -> PoolAnswer
    /// What became of the transaction `hash`, if it is final.
    func finalTransaction(_ hash: Hash32) async -> FinalTransaction?
    /// The next nonce of `account` after the last final block.
    func finalNonce(of account: Address) -> UInt64
    /// The time.
    func now() -> Timestamp
}
