import Peering
import Protocol
import Storage
import Synchronization

/// Reads blocks for nodes that catch up, one request after the other and beside the replica's
/// loop, since reading takes its time.
struct BlockServer: Sendable {
    private let queue: SharedBlockQueue
    private let wakings: AsyncStream<Void>
    private let waker: AsyncStream<Void>.Continuation
    private let store: ChainStore
    private let network: PeerNetwork
    private let monitor: NodeMonitor
    /// Only how much time goes by matters.
    private let clock = NodeClock(offsetSeconds: 0)

    init(store: ChainStore, network: PeerNetwork, monitor: NodeMonitor) {
        self.store = store
        self.network = network
        self.monitor = monitor
        queue = SharedBlockQueue()
        (wakings, waker) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Queues a request, in place of an older one of the same peer; never waits.
    func request(by peer: Address, from: UInt64, count: UInt64) {
        queue.change { $0.add(BlockQueue.Request(peer: peer, from: from, count: count)) }
        waker.yield()
    }

    /// Answers requests until the task is cancelled.
    func run() async {
        for await _ in wakings {
            while let request = queue.change({ $0.next(at: clock.now()) }) { await serve(request) }
            guard !queue.change({ $0.isEmpty }) else { continue }
            // Whoever waits has had its share for now.
            do { try await Task.sleep(for: .milliseconds(50)) } catch { return }
            waker.yield()
        }
    }

    private func serve(_ request: BlockQueue.Request) async {
        do {
            let blocks = try await store.finalBlocks(from: request.from, count: request.count)
            let bytes = await network.answer(.blocks(blocks), to: request.peer)
            queue.change { $0.gave(bytes, to: request.peer, at: clock.now()) }
        } catch {
            monitor.couldNotServe(request.peer, from: request.from, error)
        }
    }
}

private final class SharedBlockQueue: Sendable {
    private let queue = Mutex(BlockQueue())

    func change<Result: Sendable>(_ body: (inout BlockQueue) -> Result) -> Result {
        queue.withLock { body(&$0) }
    }
}
