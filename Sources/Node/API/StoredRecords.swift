import API
import Storage

// What the store keeps, in the API's words. The two targets do not know each other, so that each
// can change its own shape.

extension BlockRecord {
    init(_ block: StoredBlock) {
        self.init(
            header: block.header, hash: block.hash, certificate: block.certificate,
            transactionHashes: block.transactionHashes, byteCount: block.byteCount)
    }
}

extension TransactionRecord {
    init(_ transaction: StoredTransaction) {
        self.init(
            hash: transaction.hash, sender: transaction.sender, signed: transaction.signed,
            blockNumber: transaction.blockNumber, blockHash: transaction.blockHash,
            blockTime: transaction.blockTime, index: transaction.index,
            function: transaction.function, succeeded: transaction.succeeded,
            revertReason: transaction.revertReason, gasUsed: transaction.gasUsed,
            cumulativeGasUsed: transaction.cumulativeGasUsed,
            firstLogIndex: transaction.firstLogIndex)
    }
}

extension ReceiptRecord {
    init(_ receipt: StoredReceipt) {
        self.init(transaction: TransactionRecord(receipt.transaction), logs: receipt.logs)
    }
}

extension LogRecord {
    init(_ log: StoredLog) {
        self.init(
            log: log.log, event: log.event, blockNumber: log.blockNumber,
            blockHash: log.blockHash, blockTime: log.blockTime,
            transactionHash: log.transactionHash, transactionIndex: log.transactionIndex,
            logIndex: log.logIndex)
    }
}

extension LogAnswer {
    init(_ search: LogSearch) {
        switch search {
        case .found(let logs): self = .found(logs.map(LogRecord.init))
        case .tooManyBlocks: self = .tooManyBlocks
        case .tooManyResults: self = .tooManyResults
        }
    }
}

extension TransferRecord {
    init(_ transfer: StoredTransfer) {
        self.init(
            blockNumber: transfer.blockNumber, logIndex: transfer.logIndex, time: transfer.time,
            sender: transfer.sender, recipient: transfer.recipient, amount: transfer.amount)
    }
}

extension TradeRecord {
    init(_ trade: StoredTrade) {
        self.init(
            id: trade.id, state: trade.state, seller: trade.seller, buyer: trade.buyer,
            energy: trade.energy, price: trade.price, offeredAt: trade.offeredAt,
            expiresAt: trade.expiresAt, delivered: trade.delivered,
            sellerAmount: trade.sellerAmount, fee: trade.fee, returned: trade.returned,
            steps: trade.steps.map { step in
                StepRecord(
                    name: step.name, blockNumber: step.blockNumber, time: step.time,
                    marketTime: step.marketTime, transactionHash: step.transactionHash)
            })
    }
}
