import Protocol

/// A transaction that is final, and what became of it.
struct FinalTransaction: Hashable, Sendable {
    /// The transaction.
    let hash: Hash32
    /// Whether it took effect, and its events.
    let receipt: TransactionReceipt
    /// The height of its block.
    let blockNumber: UInt64
    /// The time of its block.
    let blockTime: Timestamp

    init(hash: Hash32, receipt: TransactionReceipt, blockNumber: UInt64, blockTime: Timestamp) {
        self.hash = hash
        self.receipt = receipt
        self.blockNumber = blockNumber
        self.blockTime = blockTime
    }
}

/// What a role is told of a block that became final.
struct FinalBlockEvents: Hashable, Sendable {
    /// The block's header.
    let header: BlockHeader
    /// Its transactions, in order.
    let transactions: [FinalTransaction]

    /// The block of `header` with what became of its transactions, in order.
    init(header: BlockHeader, receipts: [TransactionReceipt]) {
        self.header = header
        transactions = receipts.map { receipt in
            FinalTransaction(
                hash: receipt.transactionHash, receipt: receipt, blockNumber: header.number,
                blockTime: header.timestamp)
        }
    }
}
