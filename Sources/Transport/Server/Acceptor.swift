internal import NIOCore
internal import Synchronization

/// Turns connections away that come too fast from one address, before anything is made for them.
final class AcceptGate: ChannelInboundHandler {
    typealias InboundIn = Channel
    typealias InboundOut = Channel

    private let registry: ConnectionRegistry

    init(_ registry: ConnectionRegistry) {
        self.registry = registry
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let channel = unwrapInboundIn(data)
        if registry.allows(channel.remoteAddress?.ipAddress ?? "unknown") {
            context.fireChannelRead(data)
        } else {
            channel.close(promise: nil)
        }
    }
}

/// Sets up the channels of a server's connections.
struct Acceptor: Sendable {
    let core: ServerCore
    /// By what new connections are protected.
    let tls: TLSSettings

    /// Adds the handlers to a new channel, or fails and so closes it.
    func accept(_ channel: any Channel) -> EventLoopFuture<Void> {
        let remote = channel.remoteAddress?.ipAddress ?? "unknown"
        let account = ConnectionAccount(core)
        let id = core.registry.admit(channel, from: remote, account)
        guard let id else {
            core.log.write(
                .debug, "turned away", by: remote, metadata: ["remote": "\(remote)"])
            return channel.eventLoop.makeFailedFuture(ChannelError.operationUnsupported)
        }
        return channel.eventLoop.makeCompletedFuture {
            let pipeline = channel.pipeline.syncOperations
            try pipeline.addHandler(OrderlyCloseHandler(core.traffic))
            if let tls = tls.current {
                try pipeline.addHandler(secure(tls, account, id: id, remote: remote))
            } else {
                let connection = ServerConnection(
                    core: core, account: account, id: id, remoteAddress: remote, peer: nil)
                try pipeline.addHandlers(
                    HTTP1Connection.handlers(connection, eventLoop: channel.eventLoop))
            }
            try pipeline.addHandler(LastHandler())
        }
    }

    private func secure(
        _ tls: TLSContext, _ account: ConnectionAccount, id: UInt64, remote: String
    ) throws -> TLSHandler {
        TLSHandler(
            try TLSSession(tls, host: nil), limits: core.limits,
            greeted: { core.registry.greeted(id) },
            established: { channel, session in
                if let peer = session.peer {
                    core.registry.known(id, certificate: peer.fingerprint)
                }
                let connection = ServerConnection(
                    core: core, account: account, id: id, remoteAddress: remote,
                    peer: session.peer)
                let handlers: [any ChannelHandler]
                switch session.applicationProtocol {
                case "h2":
                    handlers = [
                        try HTTP2Connection(
                            role: .server(connection), limits: core.limits,
                            eventLoop: channel.eventLoop)
                    ]
                case nil where tls.requiresHTTP2:
                    throw TransportError.handshake("no HTTP/2")
                default:
                    handlers = HTTP1Connection.handlers(connection, eventLoop: channel.eventLoop)
                }
                let pipeline = channel.pipeline.syncOperations
                let last = try pipeline.context(handlerType: LastHandler.self).handler
                try pipeline.addHandlers(handlers, position: .before(last))
            },
            failed: { failure, session in core.note(failure, session.refusedPeer, from: remote) })
    }
}

/// The settings of a server's new connections, which may be exchanged; those that stand keep theirs.
final class TLSSettings: Sendable {
    private let context: Mutex<TLSContext?>

    init(_ context: TLSContext?) { self.context = Mutex(context) }

    var current: TLSContext? { context.withLock { $0 } }

    func set(_ new: TLSContext) { context.withLock { $0 = new } }
}

/// The end of a server's pipeline: errors have been dealt with on the way.
private final class LastHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}
