import Peering
import Protocol
import Storage

/// Reads blocks for nodes that catch up, one request after the other and beside the replica's
/// loop, since reading takes its time.
struct BlockServer: Sendable {
    private struct Request: Sendable {
        var peer: Address
        var from: UInt64
        var count: UInt64
    }

    private let requests: AsyncStream<Request>
    private let inbox: AsyncStream<Request>.Continuation
    private let store: ChainStore
    private let network: PeerNetwork
    private let monitor: NodeMonitor

    init(store: ChainStore, network: PeerNetwork, monitor: NodeMonitor) {
        self.store = store
        self.network = network
        self.monitor = monitor
        // Whoever gets no answer asks another node.
        (requests, inbox) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(64))
    }

    /// Queues a request; never waits.
    func request(by peer: Address, from: UInt64, count: UInt64) {
        inbox.yield(Request(peer: peer, from: from, count: count))
    }

    /// Answers requests until the task is cancelled.
    func run() async {
        for await request in requests {
            do {
                let blocks = try await store.finalBlocks(from: request.from, count: request.count)
                await network.send(.replica(.blocks(blocks)), to: [request.peer])
            } catch {
                monitor.couldNotServe(request.peer, from: request.from, error)
            }
        }
    }
}
