internal import NIOCore
internal import Synchronization

/// What becomes of a client's connection; filled on the event loop, read anywhere.
final class ClientObserver: Sendable {
    private let established: EventLoopPromise<Void>
    private let ended: EventLoopPromise<TransportError>
    private let draining = Atomic<Bool>(false)

    init(eventLoop: any EventLoop) {
        established = eventLoop.makePromise()
        ended = eventLoop.makePromise()
    }

    /// Succeeds with the other side's SETTINGS: only then is the link up, because in TLS 1.3 a
    /// client learns of its certificate's refusal after its own handshake.
    var whenReady: EventLoopFuture<Void> {
        established.futureResult
    }

    /// Succeeds with the reason when the connection has ended.
    var whenClosed: EventLoopFuture<TransportError> {
        ended.futureResult
    }

    /// Whether the other side takes no more streams.
    var isDraining: Bool {
        draining.load(ordering: .acquiring)
    }

    func ready() {
        established.succeed()
    }

    func goingAway() {
        draining.store(true, ordering: .releasing)
    }

    func closed(_ error: TransportError) {
        draining.store(true, ordering: .releasing)
        established.fail(error)
        ended.succeed(error)
    }
}
