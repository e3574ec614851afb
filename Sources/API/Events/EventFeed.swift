package import Protocol
internal import Synchronization

/// A block that has just become final, as the node tells everyone who listens.
package struct BlockNotice: Sendable {
    /// The block and its certificate.
    package let final: FinalBlock
    /// The receipts of its transactions, in order.
    package let receipts: [TransactionReceipt]

    /// The news of one block.
    package init(final: FinalBlock, receipts: [TransactionReceipt]) {
        self.final = final
        self.receipts = receipts
    }

    /// Whether the transaction named `hash` stands in it.
    func contains(_ hash: Hash32) -> Bool { receipts.contains { $0.transactionHash == hash } }
}

/// Tells listeners of final blocks, and remembers which transactions came into the pool.
///
/// The node publishes a block after it is stored, so that a listener finds it when it asks. Nobody
/// who listens slowly holds the node up: a listener keeps a bounded number of blocks, then loses
/// the oldest.
package final class EventFeed: Sendable {
    /// How many listeners there may be.
    package static let maximumListeners = 500
    private static let blocksKept = 64
    private static let transactionsKept = 4_096

    private struct State {
        var listeners: [UInt64: AsyncStream<BlockNotice>.Continuation] = [:]
        var nextListener: UInt64 = 0
        var pending: [Hash32] = []
        var firstPending: UInt64 = 0
    }

    private let state = Mutex(State())

    /// A feed to which nobody listens yet.
    package init() {}

    /// Tells every listener of `notice`.
    package func publish(_ notice: BlockNotice) {
        let listeners = state.withLock { Array($0.listeners.values) }
        for listener in listeners { listener.yield(notice) }
    }

    /// Notes that the pool has taken the transaction named `hash`.
    package func notePending(_ hash: Hash32) {
        state.withLock { state in
            state.pending.append(hash)
            guard state.pending.count > 2 * Self.transactionsKept else { return }
            state.pending.removeFirst(Self.transactionsKept)
            state.firstPending += UInt64(Self.transactionsKept)
        }
    }

    /// Ends every listener's stream, before the node stops.
    package func end() {
        let listeners = state.withLock { Array($0.listeners.values) }
        for listener in listeners { listener.finish() }
    }

    /// The blocks from now on; nil if too many listen already. Ends listening when the stream is
    /// let go of.
    func blocks() -> AsyncStream<BlockNotice>? {
        let (stream, continuation) = AsyncStream.makeStream(
            of: BlockNotice.self, bufferingPolicy: .bufferingNewest(Self.blocksKept))
        let number: UInt64? = state.withLock { state in
            guard state.listeners.count < Self.maximumListeners else { return nil }
            state.nextListener += 1
            state.listeners[state.nextListener] = continuation
            return state.nextListener
        }
        guard let number else { return nil }
        continuation.onTermination = { [weak self] _ in
            self?.state.withLock { $0.listeners[number] = nil }
        }
        return stream
    }

    /// How many listen.
    var listenerCount: Int { state.withLock { $0.listeners.count } }

    /// How many transactions the pool has taken so far.
    var pendingCount: UInt64 {
        state.withLock { $0.firstPending + UInt64($0.pending.count) }
    }

    /// The transactions that the pool took after the first `count`, as far as they are remembered.
    func pending(after count: UInt64) -> [Hash32] {
        state.withLock { state in
            let skipped = count > state.firstPending ? count - state.firstPending : 0
            return Array(state.pending.dropFirst(Int(clamping: skipped)))
        }
    }
}
