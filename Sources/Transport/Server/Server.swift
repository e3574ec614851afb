package import NIOCore
internal import NIOPosix
internal import Synchronization

internal import Glibc

/// Where and how a server listens.
package struct ServerConfiguration: Sendable {
    /// The address to bind, or a name that resolves to it.
    package var host: String
    /// The port to bind; 0 takes a free one.
    package var port: Int
    /// TLS, and whether clients show certificates.
    package var security: ServerSecurity
    /// What clients may do.
    package var limits: TransportLimits
    /// The time certificates are judged by.
    package var clock: WallClock

    /// A configuration; listens on loopback unless told otherwise.
    package init(
        host: String = "127.0.0.1", port: Int = 0, security: ServerSecurity,
        limits: TransportLimits = TransportLimits(), clock: @escaping WallClock = systemWallClock
    ) {
        self.host = host
        self.port = port
        self.security = security
        self.limits = limits
        self.clock = clock
    }
}

/// A listening server for HTTP/2 and HTTP/1.1.
package final class Server: Sendable {
    /// The port it listens on.
    package let boundPort: Int
    private let channel: any Channel
    private let core: ServerCore
    private let tls: TLSSettings
    private let clock: WallClock

    private init(
        boundPort: Int, channel: any Channel, core: ServerCore, tls: TLSSettings,
        clock: @escaping WallClock
    ) {
        self.boundPort = boundPort
        self.channel = channel
        self.core = core
        self.tls = tls
        self.clock = clock
    }

    /// Binds and begins to accept. Throws `configuration` for an unusable identity and
    /// `cannotListen` where the address cannot be bound.
    package static func start(
        _ configuration: ServerConfiguration, handler: any RequestHandler,
        eventLoopGroup: any EventLoopGroup, log: LimitedLog
    ) async throws -> Server {
        let limits = configuration.limits
        let core = ServerCore(handler: handler, limits: limits, log: log)
        let tls = TLSSettings(try makeTLS(configuration))
        let acceptor = Acceptor(core: core, tls: tls)
        let channel: any Channel
        do {
            channel = try await ServerBootstrap(group: eventLoopGroup)
                .serverChannelOption(.backlog, value: 256)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .serverChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(AcceptGate(core.registry))
                    }
                }
                .childChannelInitializer { acceptor.accept($0) }
                .bind(host: configuration.host, port: configuration.port).get()
        } catch {
            throw TransportError.cannotListen(Self.reason(of: error))
        }
        return Server(
            boundPort: channel.localAddress?.port ?? configuration.port, channel: channel,
            core: core, tls: tls, clock: configuration.clock)
    }

    /// What the system says, without the name of the function that said it.
    private static func reason(of error: any Error) -> String {
        guard let error = error as? IOError, let text = strerror(error.errnoCode) else {
            return String(describing: error)
        }
        return String(cString: text)
    }

    private static func makeTLS(
        _ configuration: ServerConfiguration
    ) throws(TransportError) -> TLSContext? {
        if case .none = configuration.security { return nil }
        return try TLSContext(server: configuration.security, clock: configuration.clock)
    }

    /// What the server has seen so far.
    package var counters: ServerCounters {
        var counters = core.counters.withLock { $0 }
        core.registry.count(into: &counters)
        counters.held = core.held.load(ordering: .relaxed)
        counters.received = core.traffic.received.load(ordering: .relaxed)
        counters.sent = core.traffic.sent.load(ordering: .relaxed)
        return counters
    }

    /// Allows this many connections from now on, in place of the limits' number; those that are
    /// there stay.
    package func allow(connections: Int) { core.registry.allow(connections: connections) }

    /// Shows `identity` to clients that connect from now on, in place of what it showed before; those
    /// that are there notice nothing. Throws `configuration` for an unusable one, and shows the old one.
    package func show(_ identity: TLSIdentity) throws(TransportError) {
        tls.set(try TLSContext(server: .server(identity), clock: clock))
    }

    /// Stops accepting, tells every client (GOAWAY), lets open streams end for up to `grace`,
    /// then closes what is left. Returns when all connections are closed.
    package func shutdown(grace: Duration = .seconds(5)) async {
        await close(channel)
        let registry = core.registry
        registry.drain()
        let rest = channel.eventLoop.scheduleTask(in: TimeAmount(grace)) {
            registry.closeAll()
        }
        await registry.waitUntilEmpty()
        rest.cancel()
    }

    private func close(_ channel: any Channel) async {
        do {
            try await channel.close().get()
        } catch {
            core.log.logger.debug("closing the listener", metadata: ["error": "\(error)"])
        }
    }
}
