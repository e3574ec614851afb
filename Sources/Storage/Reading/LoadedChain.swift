package import Ledger
package import Protocol

/// What a stored block takes.
package struct BlockSize: Hashable, Sendable {
    /// The block's height.
    package let number: UInt64
    /// The block's time.
    package let time: Timestamp
    /// The bytes of its header and certificate.
    package let own: Int
    /// The bytes of its transactions, with their lengths.
    package let transactions: Int
    /// Who sent them, each once and in ascending order, where they are few; else nobody.
    package let senders: [Address]

    /// So many transactions are few.
    package static let fewTransactions = 16
}

/// Where the chain in a store stands: what a node resumes from.
package struct LoadedChain: Sendable {
    /// The first block's hash.
    package let genesisHash: Hash32
    /// The last final block.
    package let head: FinalBlock
    /// Who decided on it; for the first block, whoever decides on the next.
    package let headValidators: ValidatorSet
    /// The state after it. Its root has been compared with the head's.
    package let state: LedgerState
    /// The last blocks' sizes, the oldest first.
    package let recentBlocks: [BlockSize]
    /// The safety records of heights above the head's, in the order in which they were stored.
    package let records: [Bytes]
    /// What was stored last of the validator's right to vote; nil if nothing was.
    package let votingRight: Bytes?
    /// The height that the directory had reached, if less is in it now than was once written: its
    /// log was cut short or damaged, and what was said last is not known. Nil if nothing is
    /// missing.
    package let forgottenFrom: UInt64?
}
