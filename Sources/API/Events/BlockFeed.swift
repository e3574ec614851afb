package import Ledger
internal import Synchronization

/// Tells everyone who listens of each block that has become final.
///
/// The node publishes a block once it is stored and in the latest ``NodeSnapshot``, so that a
/// listener finds what follows from it when it asks. Nobody who listens slowly holds the node up: a
/// bounded number of blocks waits for a listener, and where that is not enough its stream ends after
/// them. Nothing is ever left out in the middle: it makes up for the rest from the store or the state.
package final class BlockFeed: Sendable {
    /// How many listeners of clients there may be; they share them.
    package static let maximumListeners = 500
    /// How many blocks wait for a listener.
    private static let blocksKept = 64

    private struct State {
        var listeners = FairRoom<Listener>(capacity: maximumListeners)
        /// Those who wait for one transaction: as many as there are requests that do.
        var waiting: [UInt64: Listener] = [:]
        var lastName: UInt64 = 0
        var isFinished = false

        var all: [Listener] { listeners.items + waiting.values }
    }

    private typealias Listener = AsyncStream<CommittedBlock>.Continuation

    private let state = Mutex(State())

    /// A feed to which nobody listens yet.
    package init() {}

    /// Tells every listener of `block`.
    package func publish(_ block: CommittedBlock) {
        for listener in state.withLock({ $0.all }) {
            if case .dropped = listener.yield(block) { listener.finish() }
        }
    }

    /// Ends every listener's stream, and those of all who come later, before the node stops.
    package func finish() {
        let listeners = state.withLock { state in
            state.isFinished = true
            return state.all
        }
        for listener in listeners { listener.finish() }
    }

    /// The blocks from now on, for `client`, until the stream is let go of or it is too far behind; nil
    /// if it listens too often already. Once all places are taken, who has most of them loses the oldest.
    func blocks(for client: String) -> AsyncStream<CommittedBlock>? {
        listen { state, listener, name in
            guard case .kept(let gaveWay) = state.listeners.add(listener, under: name, of: client)
            else { return nil }
            return gaveWay
        }
    }

    /// The blocks from now on, for a request that waits for one of them; it takes nobody's place.
    package func blocksForRequest() -> AsyncStream<CommittedBlock>? {
        listen { state, listener, name in
            state.waiting[name] = listener
            return []
        }
    }

    /// A stream that `add` gives a place; nil if it does not. Who gave way to it listens no more.
    private func listen(
        _ add: (inout State, Listener, _ name: UInt64) -> [Listener]?
    ) -> AsyncStream<CommittedBlock>? {
        let (stream, listener) = AsyncStream.makeStream(
            of: CommittedBlock.self, bufferingPolicy: .bufferingOldest(Self.blocksKept))
        let (name, gaveWay) = state.withLock { state in
            state.lastName += 1
            let over = state.isFinished ? [listener] : add(&state, listener, state.lastName)
            return (state.lastName, over)
        }
        guard let gaveWay else { return nil }
        listener.onTermination = { [weak self] _ in
            self?.state.withLock { state in
                state.listeners.remove(name)
                state.waiting[name] = nil
            }
        }
        for listener in gaveWay { listener.finish() }
        return stream
    }

    var listenerCount: Int { state.withLock { $0.listeners.count + $0.waiting.count } }
}
