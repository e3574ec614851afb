public import Protocol

/// A block that was executed, and what came of it.
public struct Execution: Sendable {
    /// The block, with the header that execution gives.
    public let block: Block
    /// The state after it.
    public let state: LedgerState
    /// One receipt a transaction, in order.
    public let receipts: [TransactionReceipt]
    /// What the block changed in the state, sorted by key.
    public let changes: [StateEntry]
}

extension Execution {
    init(
        of run: BlockExecutor, on state: LedgerState, parent: Block,
        transactions: [VerifiedTransaction], receipts: [TransactionReceipt]
    ) {
        var overlay = run.overlay
        overlay.countTotals()
        let changes = overlay.changes
        let after = state.applying(changes)
        let header = BlockHeader(
            parentHash: parent.hash, number: run.context.number,
            timestamp: run.context.timestamp, proposer: run.context.proposer,
            stateRoot: after.root, transactionsRoot: Block.transactionsRoot(of: transactions),
            receiptsRoot: Block.receiptsRoot(of: receipts),
            logsBloom: LogsBloom(distinctIn: receipts),
            gasUsed: receipts.last?.cumulativeGasUsed ?? 0,
            nextValidatorsHash: after.validatorsHash)
        self.init(
            block: Block(header: header, transactions: transactions), state: after,
            receipts: receipts, changes: changes.map(\.entry))
    }
}

extension LogsBloom {
    /// The filter over all logs of `receipts`. A block's logs repeat contracts, events and accounts
    /// many times; each is hashed once.
    fileprivate init(distinctIn receipts: [TransactionReceipt]) {
        self.init()
        var addresses: Set<Address> = []
        var topics: Set<Hash32> = []
        for log in receipts.lazy.flatMap(\.logs) {
            if addresses.insert(log.address).inserted { insert(log.address.bytes) }
            for topic in log.topics where topics.insert(topic).inserted { insert(topic.bytes) }
        }
    }
}
