import Protocol

/// Transactions that are to be passed on with the next batch.
struct GossipQueue: Sendable {
    var waiting: [VerifiedTransaction] = []
    /// When the last batch went out.
    var flushedAt = Timestamp.zero
    var isTimerSet = false

    /// The most bytes of one message, far below ``Limits/messageBytes``.
    private static let batchBytes = 1024 * 1024

    /// Cuts `transactions` into messages.
    static func batches(_ transactions: [VerifiedTransaction]) -> [ReplicaMessage] {
        var batches: [ReplicaMessage] = []
        var batch: [VerifiedTransaction] = []
        var bytes = 0
        for transaction in transactions {
            let isFull = batch.count == Limits.gossipTransactions || bytes >= batchBytes
            if isFull {
                batches.append(.transactions(batch))
                batch = []
                bytes = 0
            }
            batch.append(transaction)
            bytes += transaction.encoded.count
        }
        return batch.isEmpty ? batches : batches + [.transactions(batch)]
    }
}
