public import Protocol

/// A transaction that is final, and what became of it.
public struct FinalTransaction: Hashable, Sendable {
    /// Whether it took effect, and its events.
    public let receipt: TransactionReceipt
    /// The height of its block.
    public let blockNumber: UInt64
    /// The time of its block.
    public let blockTime: Timestamp

    public init(receipt: TransactionReceipt, blockNumber: UInt64, blockTime: Timestamp) {
        self.receipt = receipt
        self.blockNumber = blockNumber
        self.blockTime = blockTime
    }

    /// The transaction.
    public var hash: Hash32 { receipt.transactionHash }
}

extension CommittedBlock {
    /// Its transactions, in order.
    public var transactions: [FinalTransaction] {
        receipts.map { receipt in
            FinalTransaction(
                receipt: receipt, blockNumber: header.number, blockTime: header.timestamp)
        }
    }
}
