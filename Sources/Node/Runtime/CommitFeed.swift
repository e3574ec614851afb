import Ledger
import Protocol
import Replica
import Synchronization

/// Tells everyone who listens about each block that has become final and is stored.
final class CommitFeed: Sendable {
    private struct State {
        var next: UInt64 = 0
        var listeners: [UInt64: AsyncStream<CommittedBlock>.Continuation] = [:]
        var isFinished = false
    }

    private let state = Mutex(State())

    /// The blocks that become final from now on. A listener that is more than `depth` blocks
    /// behind loses the oldest, so it must be able to catch up from the state.
    func subscribe(depth: Int = 256) -> AsyncStream<CommittedBlock> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: CommittedBlock.self, bufferingPolicy: .bufferingNewest(depth))
        let identifier: UInt64? = state.withLock { state in
            guard !state.isFinished else { return nil }
            defer { state.next += 1 }
            state.listeners[state.next] = continuation
            return state.next
        }
        guard let identifier else {
            continuation.finish()
            return stream
        }
        continuation.onTermination = { [weak self] _ in
            self?.state.withLock { _ = $0.listeners.removeValue(forKey: identifier) }
        }
        return stream
    }

    /// Tells all listeners.
    func publish(_ block: CommittedBlock) {
        let listeners = state.withLock { Array($0.listeners.values) }
        for listener in listeners { listener.yield(block) }
    }

    /// Ends all streams.
    func finish() {
        let listeners = state.withLock { state in
            state.isFinished = true
            defer { state.listeners = [:] }
            return Array(state.listeners.values)
        }
        for listener in listeners { listener.finish() }
    }
}
