public import Protocol

/// A final block as the store keeps it, without its transactions' contents.
public struct StoredBlock: Hashable, Sendable {
    /// The header.
    public let header: BlockHeader
    /// The header's hash.
    public let hash: Hash32
    /// What makes it final.
    public let certificate: Certificate
    /// Its transactions, in order.
    public let transactionHashes: [Hash32]
    /// How long the block's canonical bytes are.
    public let byteCount: Int
}

/// A transaction in a final block, with what became of it.
public struct StoredTransaction: Hashable, Sendable {
    /// The transaction's hash.
    public let hash: Hash32
    /// Whose key signed.
    public let sender: Address
    /// What the sender signed.
    public let signed: SignedTransaction
    /// The block's height.
    public let blockNumber: UInt64
    /// The block's hash.
    public let blockHash: Hash32
    /// The block's time.
    public let blockTime: Timestamp
    /// Where it stands in the block, from 0.
    public let index: Int
    /// The name of the native function that it calls, if it calls one.
    public let function: String?
    /// Whether it took effect.
    public let succeeded: Bool
    /// Why it reverted; nil where it succeeded.
    public let revertReason: String?
    /// The gas that it used.
    public let gasUsed: UInt64
    /// The gas used in the block up to and with it.
    public let cumulativeGasUsed: UInt64
    /// The number of its first event within the block.
    public let firstLogIndex: Int
}

/// A transaction with the events that it emitted.
public struct StoredReceipt: Hashable, Sendable {
    /// The transaction and its outcome.
    public let transaction: StoredTransaction
    /// Its events, in order.
    public let logs: [EventLog]
}

/// An event in a final block.
public struct StoredLog: Hashable, Sendable {
    /// The event.
    public let log: EventLog
    /// The name of the native contract's event, if it is one.
    public let event: String?
    /// The block's height.
    public let blockNumber: UInt64
    /// The block's hash.
    public let blockHash: Hash32
    /// The block's time.
    public let blockTime: Timestamp
    /// The transaction that emitted it.
    public let transactionHash: Hash32
    /// Where the transaction stands in the block.
    public let transactionIndex: Int
    /// The event's number within the block.
    public let logIndex: Int
}
