package import Protocol

/// Takes transactions into the node's pool, and tells what waits there.
package protocol TransactionSubmission: Sendable {
    /// Recovers the sender of the canonical bytes, checks them against the ledger and puts them
    /// into the pool. Returns the transaction's hash once the pool has it.
    func submit(_ bytes: Bytes) async throws(SubmissionRefusal) -> Hash32
    /// The transaction named `hash`, if it waits in the pool.
    func pending(_ hash: Hash32) async -> VerifiedTransaction?
    /// The nonce that `account`'s next transaction needs, those in the pool counted.
    func nextNonce(of account: Address) async -> UInt64
}
