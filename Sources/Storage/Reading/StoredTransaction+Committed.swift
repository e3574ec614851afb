package import Ledger
package import Protocol

extension CommittedBlock {
    /// The transaction named `hash`, as the store reads it back; nil if it is in another block.
    ///
    /// Who waits for a transaction has it from here when its block is told of, without asking the
    /// database for what is in hand.
    package func stored(_ hash: Hash32) -> StoredTransaction? {
        guard let index = receipts.firstIndex(where: { $0.transactionHash == hash }) else {
            return nil
        }
        let (transaction, receipt) = (final.block.transactions[index], receipts[index])
        return StoredTransaction(
            hash: hash, sender: transaction.sender,
            signed: SignedTransaction(
                transaction: transaction.transaction, signature: transaction.signature),
            blockNumber: header.number, blockHash: final.block.hash,
            blockTime: header.timestamp, index: index,
            function: ContractNames.function(of: transaction.transaction)
                .map { UntrustedText($0) },
            succeeded: receipt.succeeded,
            revertReason: receipt.revertReason.map { UntrustedText($0) },
            gasUsed: receipt.gasUsed, cumulativeGasUsed: receipt.cumulativeGasUsed,
            firstLogIndex: receipts[..<index].reduce(0) { $0 + $1.logs.count })
    }
}

extension StoredReceipt {
    /// Its events, each with its place in the ledger.
    package var placedLogs: [StoredLog] {
        logs.enumerated().map { index, log in
            StoredLog(
                log: log, blockNumber: transaction.blockNumber, blockHash: transaction.blockHash,
                blockTime: transaction.blockTime, transactionHash: transaction.hash,
                transactionIndex: transaction.index,
                logIndex: transaction.firstLogIndex + index)
        }
    }
}
