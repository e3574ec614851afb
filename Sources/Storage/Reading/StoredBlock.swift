package import Protocol

/// A final block as the store keeps it, without its transactions' contents.
package struct StoredBlock: Hashable, Sendable {
    /// The header.
    package let header: BlockHeader
    /// The header's hash.
    package let hash: Hash32
    /// What makes it final.
    package let certificate: Certificate
    /// Its transactions, in order.
    package let transactionHashes: [Hash32]
    /// How long the block's canonical bytes are.
    package let byteCount: Int
}

/// A transaction in a final block, with what became of it.
package struct StoredTransaction: Hashable, Sendable {
    /// The transaction's hash.
    package let hash: Hash32
    /// Whose key signed.
    package let sender: Address
    /// What the sender signed.
    package let signed: SignedTransaction
    /// The block's height.
    package let blockNumber: UInt64
    /// The block's hash.
    package let blockHash: Hash32
    /// The block's time.
    package let blockTime: Timestamp
    /// Where it stands in the block, from 0.
    package let index: Int
    /// The name of the native function that it calls, if it calls one.
    package let function: UntrustedText?
    /// Whether it took effect.
    package let succeeded: Bool
    /// Why it reverted; nil where it succeeded.
    package let revertReason: UntrustedText?
    /// The gas that it used.
    package let gasUsed: UInt64
    /// The gas used in the block up to and with it.
    package let cumulativeGasUsed: UInt64
    /// The number of its first event within the block.
    package let firstLogIndex: Int
}

/// A transaction with the events that it emitted.
package struct StoredReceipt: Hashable, Sendable {
    /// The transaction and its outcome.
    package let transaction: StoredTransaction
    /// Its events, in order.
    package let logs: [EventLog]
}

/// An event in a final block.
package struct StoredLog: Hashable, Sendable {
    /// The event.
    package let log: EventLog
    /// The block's height.
    package let blockNumber: UInt64
    /// The block's hash.
    package let blockHash: Hash32
    /// The block's time.
    package let blockTime: Timestamp
    /// The transaction that emitted it.
    package let transactionHash: Hash32
    /// Where the transaction stands in the block.
    package let transactionIndex: Int
    /// The event's number within the block.
    package let logIndex: Int
}
