public import Protocol

/// A final block, without its transactions' contents.
public struct BlockRecord: Hashable, Sendable {
    /// The header.
    public let header: BlockHeader
    /// The header's hash.
    public let hash: Hash32
    /// What makes it final.
    public let certificate: Certificate
    /// Its transactions, in order.
    public let transactionHashes: [Hash32]
    /// How long its canonical bytes are.
    public let byteCount: Int

    /// Puts the parts together.
    public init(
        header: BlockHeader, hash: Hash32, certificate: Certificate, transactionHashes: [Hash32],
        byteCount: Int
    ) {
        self.header = header
        self.hash = hash
        self.certificate = certificate
        self.transactionHashes = transactionHashes
        self.byteCount = byteCount
    }
}

/// A transaction in a final block, with what became of it.
public struct TransactionRecord: Hashable, Sendable {
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

    /// Puts the parts together.
    public init(
        hash: Hash32, sender: Address, signed: SignedTransaction, blockNumber: UInt64,
        blockHash: Hash32, blockTime: Timestamp, index: Int, function: String?, succeeded: Bool,
        revertReason: String?, gasUsed: UInt64, cumulativeGasUsed: UInt64, firstLogIndex: Int
    ) {
        self.hash = hash
        self.sender = sender
        self.signed = signed
        self.blockNumber = blockNumber
        self.blockHash = blockHash
        self.blockTime = blockTime
        self.index = index
        self.function = function
        self.succeeded = succeeded
        self.revertReason = revertReason
        self.gasUsed = gasUsed
        self.cumulativeGasUsed = cumulativeGasUsed
        self.firstLogIndex = firstLogIndex
    }
}

/// A transaction with the events that it emitted.
public struct ReceiptRecord: Hashable, Sendable {
    /// The transaction and its outcome.
    public let transaction: TransactionRecord
    /// Its events, in order.
    public let logs: [EventLog]

    /// Puts the parts together.
    public init(
        transaction: TransactionRecord, logs: [EventLog]
    ) {
        self.transaction = transaction
        self.logs = logs
    }
}

/// An event in a final block.
public struct LogRecord: Hashable, Sendable {
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

    /// Puts the parts together.
    public init(
        log: EventLog, event: String?, blockNumber: UInt64, blockHash: Hash32,
        blockTime: Timestamp, transactionHash: Hash32, transactionIndex: Int, logIndex: Int
    ) {
        self.log = log
        self.event = event
        self.blockNumber = blockNumber
        self.blockHash = blockHash
        self.blockTime = blockTime
        self.transactionHash = transactionHash
        self.transactionIndex = transactionIndex
        self.logIndex = logIndex
    }
}
