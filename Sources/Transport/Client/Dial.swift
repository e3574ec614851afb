internal import NIOCore
internal import NIOPosix
internal import Protocol
internal import Synchronization

internal import Glibc

/// One attempt to connect.
struct Dial: Sendable {
    let host: String
    let port: Int
    let limits: TransportLimits
    let timeout: Duration
    let log: LimitedLog

    /// Connects over TCP, TLS and HTTP/2, in this order.
    func run(_ tls: TLSContext, on eventLoop: any EventLoop) async throws -> ClientConnection {
        let observer = ClientObserver(eventLoop: eventLoop)
        let traffic = Traffic()
        let up = eventLoop.makePromise(of: ClientConnection.Up.self)
        let deadline = eventLoop.scheduleTask(in: TimeAmount(timeout)) {
            observer.closed(.timeout("connecting to \(host):\(port)"))
        }
        defer { deadline.cancel() }
        observer.whenReady.whenFailure { up.fail($0) }
        let channel: any Channel
        do {
            channel = try await connect(tls, eventLoop, observer, traffic, up)
        } catch {
            let reason = translate(error)
            observer.closed(reason)
            throw reason
        }
        do {
            return try await withTaskCancellationHandler {
                try await observer.whenReady.get()
                return ClientConnection(
                    try await up.futureResult.get(), channel: channel, observer: observer,
                    limits: limits, authority: authority, traffic: traffic)
            } onCancel: {
                observer.closed(.connectionClosed("cancelled"))
            }
        } catch {
            channel.close(promise: nil)
            throw error
        }
    }

    private func connect(
        _ tls: TLSContext, _ eventLoop: any EventLoop, _ observer: ClientObserver,
        _ traffic: Traffic, _ up: EventLoopPromise<ClientConnection.Up>
    ) async throws -> any Channel {
        try await ClientBootstrap(group: eventLoop)
            .connectTimeout(TimeAmount(timeout))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandlers([
                        OrderlyCloseHandler(traffic),
                        try makeHandler(tls, observer, up),
                        ClientFailureHandler(observer),
                    ])
                }
            }
            .connect(host: host, port: port).get()
    }

    private func makeHandler(
        _ tls: TLSContext, _ observer: ClientObserver, _ up: EventLoopPromise<ClientConnection.Up>
    ) throws -> TLSHandler {
        TLSHandler(
            try TLSSession(tls, host: host), limits: limits,
            established: { channel, session in
                guard session.applicationProtocol == "h2", let peer = session.peer else {
                    throw TransportError.handshake("no HTTP/2")
                }
                let connection = try HTTP2Connection(
                    role: .client(observer), limits: limits, eventLoop: channel.eventLoop)
                let pipeline = channel.pipeline.syncOperations
                let last = try pipeline.context(handlerType: ClientFailureHandler.self).handler
                try pipeline.addHandler(connection, position: .before(last))
                up.succeed(ClientConnection.Up(peer: peer, mailbox: connection.mailbox))
            },
            failed: { failure, session in
                guard case .certificateRefused = failure.error, let peer = session.peer else {
                    return
                }
                log.write(
                    .warning, "certificate refused", by: "\(host):\(port)",
                    metadata: [
                        "remote": "\(host):\(port)", "reason": "\(failure.error)",
                        "subject": "\(peer.commonName)", "fingerprint": "\(peer.fingerprintHex)",
                    ])
            })
    }

    private var authority: String {
        host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }

    private func translate(_ error: any Error) -> TransportError {
        switch error {
        case let error as TransportError: error
        case ChannelError.connectTimeout: .timeout("connecting to \(host):\(port)")
        case let error as NIOConnectionError:
            error.connectionErrors.first.map { translate($0.error) }
                ?? .unreachable("\(host):\(port): unknown host")
        case let error as IOError:
            .unreachable("\(host):\(port): \(String(cString: strerror(error.errnoCode)))")
        default:
            .unreachable("\(host):\(port): \(UntrustedText(String(describing: error)))")
        }
    }
}

/// The end of a client's pipeline: what ends the connection before HTTP/2 stands.
final class ClientFailureHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let observer: ClientObserver

    init(_ observer: ClientObserver) {
        self.observer = observer
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        observer.closed(TransportError(ending: error))
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        observer.closed(.connectionClosed("by the other side"))
    }
}
