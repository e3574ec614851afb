internal import Synchronization

/// What one connection makes its server keep: bytes that wait for a task to take them, and bytes
/// that wait for the client to.
///
/// Flow control bounds each stream, and the limits bound streams and connections; but their
/// product is more than a small machine has. So the bytes of all connections together are bounded
/// as well, and the connection that makes the server keep the most is ended.
final class ConnectionAccount: Sendable {
    private let bytes = Atomic<Int>(0)
    private let isKnown = Atomic<Bool>(false)
    private let core: ServerCore

    init(_ core: ServerCore) {
        self.core = core
    }

    /// The bytes kept now.
    var held: Int { bytes.load(ordering: .relaxed) }

    /// `count` bytes are kept.
    func hold(_ count: Int) {
        bytes.add(count, ordering: .relaxed)
        let total = core.held.add(count, ordering: .relaxed).newValue
        if total > core.limits.heldBytes { core.registry.endLargest() }
    }

    /// `count` bytes are kept no longer.
    func release(_ count: Int) {
        bytes.subtract(count, ordering: .relaxed)
        core.held.subtract(count, ordering: .relaxed)
    }

    /// Whether this is the first request, before which a client without a certificate is nobody.
    func isFirstRequest() -> Bool {
        !isKnown.exchange(true, ordering: .relaxed)
    }

    /// An answer has begun.
    func answered(_ status: Int) {
        core.counters.withLock { $0.answers[status, default: 0] += 1 }
    }
}
