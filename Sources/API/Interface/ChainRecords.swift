package import Protocol

/// A final block, without its transactions' contents.
package struct BlockRecord: Hashable, Sendable {
    /// The header.
    package let header: BlockHeader
    /// The header's hash.
    package let hash: Hash32
    /// What makes it final.
    package let certificate: Certificate
    /// Its transactions, in order.
    package let transactionHashes: [Hash32]
    /// How long its canonical bytes are.
    package let byteCount: Int

    package init(
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
package struct TransactionRecord: Hashable, Sendable {
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
    package let function: String?
    /// Whether it took effect.
    package let succeeded: Bool
    /// Why it reverted; nil where it succeeded.
    package let revertReason: String?
    /// The gas that it used.
    package let gasUsed: UInt64
    /// The gas used in the block up to and with it.
    package let cumulativeGasUsed: UInt64
    /// The number of its first event within the block.
    package let firstLogIndex: Int

    package init(
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
package struct ReceiptRecord: Hashable, Sendable {
    /// The transaction and its outcome.
    package let transaction: TransactionRecord
    /// Its events, in order.
    package let logs: [EventLog]

    package init(
        transaction: TransactionRecord, logs: [EventLog]
    ) {
        self.transaction = transaction
        self.logs = logs
    }
}

/// An event in a final block.
package struct LogRecord: Hashable, Sendable {
    /// The event.
    package let log: EventLog
    /// The name of the native contract's event, if it is one.
    package let event: String?
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

    package init(
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
