import Ledger
public import Protocol

extension Mempool {
    /// What a block should hold, best first: the senders take turns, the one that has waited
    /// longest first, each by nonce. What goes beyond a fifth of a full block for one sender comes
    /// after everything else.
    ///
    /// - Parameter maximum: the most transactions to return.
    public func candidates(atMost maximum: Int)
        -> [VerifiedTransaction]
    {
        var queues = readyQueues()
        var chosen: [VerifiedTransaction] = []
        var beyond: [VerifiedTransaction] = []
        while !queues.isEmpty, chosen.count < maximum {
            for index in queues.indices {
                guard let entry = queues[index].entries.popFirst() else { continue }
                if queues[index].share.take(entry.transaction) {
                    chosen.append(entry.transaction)
                } else {
                    beyond.append(entry.transaction)
                }
            }
            queues.removeAll { $0.entries.isEmpty }
        }
        return Array((chosen + beyond).prefix(maximum))
    }

    /// The transactions that could be in the next block: those of each sender in the order of their
    /// nonces, the sender first whose first one came first.
    func ready() -> [PoolEntry] { readyQueues().flatMap(\.entries) }

    /// This node's users' own transactions, in the order in which they came.
    func own() -> [PoolEntry] {
        senders.values.flatMap { $0.entries.filter(\.isOwn) }.sorted { $0.sequence < $1.sequence }
    }

    private func readyQueues() -> [Turn] {
        senders.values.compactMap { queue in
            guard let first = queue.ready.first else { return nil }
            return Turn(since: first.sequence, entries: queue.ready, share: FairShare())
        }
        .sorted { $0.since < $1.since }
    }

    private struct Turn {
        let since: UInt64
        var entries: ArraySlice<PoolEntry>
        var share: FairShare
    }
}

/// A fifth of a full block, in each of its measures.
private struct FairShare {
    private var transactions = Limits.blockTransactions / 5
    private var bytes = Limits.blockBytes / 5
    private var gas = Limits.blockGas / 5

    /// Takes `transaction` out of the share. Once one did not fit, none does: a sender's
    /// transactions keep their order.
    mutating func take(_ transaction: VerifiedTransaction) -> Bool {
        let size = transaction.encoded.count
        let used = LedgerState.gasUsed(by: transaction.transaction)
        guard transactions > 0, size <= bytes, used <= gas else {
            transactions = 0
            return false
        }
        transactions -= 1
        bytes -= size
        gas -= used
        return true
    }
}
