package import Protocol

/// Takes transactions into the node's pool.
package protocol TransactionSubmission: Sendable {
    /// Recovers the sender of the canonical bytes, checks them against the ledger and puts them
    /// into the pool. Returns the transaction's hash once the pool has it.
    func submit(_ bytes: Bytes) async throws(SubmissionRefusal) -> Hash32
}
