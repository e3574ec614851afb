package import Ledger
internal import Synchronization

/// Tells everyone who listens of each block that has become final.
///
/// The node publishes a block once it is stored and in the latest ``NodeSnapshot``, so that a
/// listener finds what follows from it when it asks. Nobody who listens slowly holds the node up: a
/// listener keeps a bounded number of blocks, then loses the oldest, and makes up for them from the
/// store or the state.
package final class BlockFeed: Sendable {
    /// How many clients of the API may listen.
    package static let maximumClients = 500
    /// How many blocks wait for a listener.
    private static let blocksKept = 64

    private struct State {
        var listeners: [UInt64: AsyncStream<CommittedBlock>.Continuation] = [:]
        var nextListener: UInt64 = 0
        var isFinished = false
    }

    private let state = Mutex(State())

    /// A feed to which nobody listens yet.
    package init() {}

    /// Tells every listener of `block`.
    package func publish(_ block: CommittedBlock) {
        let listeners = state.withLock { Array($0.listeners.values) }
        for listener in listeners { listener.yield(block) }
    }

    /// Ends every listener's stream, and those of all who come later, before the node stops.
    package func finish() {
        let listeners = state.withLock { state in
            state.isFinished = true
            return Array(state.listeners.values)
        }
        for listener in listeners { listener.finish() }
    }

    /// The blocks from now on, for a client, until the stream is let go of; nil if too many listen
    /// already.
    func blocksForClient() -> AsyncStream<CommittedBlock>? {
        let (stream, listener) = AsyncStream.makeStream(
            of: CommittedBlock.self, bufferingPolicy: .bufferingNewest(Self.blocksKept))
        let number: UInt64? = state.withLock { state in
            guard state.listeners.count < Self.maximumClients else { return nil }
            state.nextListener += 1
            if !state.isFinished { state.listeners[state.nextListener] = listener }
            return state.isFinished ? 0 : state.nextListener
        }
        guard let number else { return nil }
        guard number > 0 else {
            listener.finish()
            return stream
        }
        listener.onTermination = { [weak self] _ in
            self?.state.withLock { _ = $0.listeners.removeValue(forKey: number) }
        }
        return stream
    }

    var listenerCount: Int { state.withLock { $0.listeners.count } }
}
