package import Protocol

/// Takes transactions into the node's pool.
package protocol TransactionSubmission: Sendable {
    /// Recovers the sender of the canonical bytes, checks them against the ledger and puts them
    /// into the pool. Returns the transaction's hash once the pool has it.
    func submit(_ bytes: Bytes) async throws(SubmissionRefusal) -> Hash32
}

/// Why a transaction was not taken.
package struct SubmissionRefusal: Error, Hashable, Sendable {
    /// What kind of reason it is.
    package enum Kind: Hashable, Sendable {
        /// The bytes are no transaction, or its signature is none.
        case malformed
        /// The ledger or the pool would not take it.
        case refused
        /// The pool has it already, or it is final.
        case known
        /// Too much is waiting; it may be sent again later.
        case busy
    }

    /// What kind of reason it is.
    package let kind: Kind
    /// The text for the sender, in the words of Ethereum's clients.
    package let message: String

    /// A refusal of `kind` that says `message`.
    package init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }
}
