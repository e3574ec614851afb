import COpenSSL
import NIOCore
import NIOPosix
import Synchronization

@testable import Transport

/// A bare connection: bytes out, bytes in, with TLS or without.
final class RawClient: Sendable {
    private final class Collector: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        let client: RawClient

        init(_ client: RawClient) {
            self.client = client
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let buffer = unwrapInboundIn(data)
            client.state.withLock { $0.received += buffer.readableBytesView }
        }

        func channelInactive(context: ChannelHandlerContext) {
            client.state.withLock { $0.isClosed = true }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            context.close(promise: nil)
        }
    }

    private struct State {
        var received: [UInt8] = []
        var isClosed = false
        var channel: (any Channel)?
    }

    private let state = Mutex(State())

    /// Connects; with `tls` the handshake is done before this returns.
    static func connect(
        _ port: Int, tls: TLSContext? = nil, from address: String? = nil
    ) async throws -> RawClient {
        let client = RawClient()
        let ready = group.next().makePromise(of: Void.self)
        var bootstrap = ClientBootstrap(group: group)
        if let address {
            bootstrap = bootstrap.bind(to: try SocketAddress(ipAddress: address, port: 0))
        }
        let channel =
            try await bootstrap
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    guard let tls else {
                        try pipeline.addHandler(Collector(client))
                        ready.succeed()
                        return
                    }
                    let handler = TLSHandler(
                        try TLSSession(tls, host: "127.0.0.1"), limits: TransportLimits(),
                        established: { channel, _ in
                            let pipeline = channel.pipeline.syncOperations
                            try pipeline.addHandler(Collector(client))
                            ready.succeed()
                        }, failed: { failure, _ in ready.fail(failure.error) })
                    try pipeline.addHandler(handler)
                }
            }
            .connect(host: "127.0.0.1", port: port).get()
        client.state.withLock { $0.channel = channel }
        try await ready.futureResult.get()
        return client
    }

    func send(_ bytes: [UInt8]) {
        let channel = state.withLock { $0.channel }
        channel?.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil)
    }

    func send(_ text: String) {
        send(Array(text.utf8))
    }

    /// Sends bytes past the encryption.
    func sendBelowTLS(_ bytes: [UInt8]) {
        guard let channel = state.withLock({ $0.channel }) else { return }
        channel.eventLoop.execute {
            do {
                let context = try channel.pipeline.syncOperations.context(
                    handlerType: TLSHandler.self)
                context.writeAndFlush(NIOAny(ByteBuffer(bytes: bytes)), promise: nil)
            } catch {
                channel.close(promise: nil)
            }
        }
    }

    /// Changes its TLS keys so many times, each without a word of data.
    func updateKeys(times: Int) {
        guard let channel = state.withLock({ $0.channel }) else { return }
        channel.eventLoop.execute {
            do {
                let pipeline = channel.pipeline.syncOperations
                let handler = try pipeline.handler(type: TLSHandler.self)
                let context = try pipeline.context(handlerType: TLSHandler.self)
                var records = channel.allocator.buffer(capacity: 64 * 1024)
                for _ in 0..<times {
                    SSL_key_update(handler.session.ssl, SSL_KEY_UPDATE_NOT_REQUESTED)
                    SSL_do_handshake(handler.session.ssl)
                    handler.session.drain(into: &records)
                }
                context.writeAndFlush(NIOAny(records), promise: nil)
            } catch {
                channel.close(promise: nil)
            }
        }
    }

    /// Takes no more bytes from the socket, or takes them again.
    func setReading(_ reads: Bool) async throws {
        try await state.withLock { $0.channel }?.setOption(.autoRead, value: reads).get()
    }

    /// How many bytes have come.
    var receivedCount: Int {
        state.withLock { $0.received.count }
    }

    var received: String {
        String(decoding: state.withLock { $0.received }, as: UTF8.self)
    }

    var isClosed: Bool {
        state.withLock { $0.isClosed }
    }

    func close() {
        state.withLock { $0.channel }?.close(promise: nil)
    }
}

/// Stands between a client and a server and can fall silent.
final class Relay: Sendable {
    private final class Forwarder: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        let relay: Relay
        let other: Mutex<(any Channel)?>

        init(_ relay: Relay, _ other: (any Channel)?) {
            self.relay = relay
            self.other = Mutex(other)
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let target = other.withLock { $0 }
            guard !relay.isSilent.load(ordering: .acquiring) else { return }
            target?.writeAndFlush(unwrapInboundIn(data), promise: nil)
        }

        func channelInactive(context: ChannelHandlerContext) {
            guard !relay.isSilent.load(ordering: .acquiring) else { return }
            other.withLock { $0 }?.close(promise: nil)
        }
    }

    let isSilent = Atomic<Bool>(false)
    private let listener = Mutex<(any Channel)?>(nil)

    static func start(to port: Int) async throws -> Relay {
        let relay = Relay()
        let channel = try await ServerBootstrap(group: group)
            .childChannelInitializer { inner in
                ClientBootstrap(group: inner.eventLoop)
                    .channelInitializer { outer in
                        outer.eventLoop.makeCompletedFuture {
                            try outer.pipeline.syncOperations.addHandler(Forwarder(relay, inner))
                        }
                    }
                    .connect(host: "127.0.0.1", port: port)
                    .flatMapThrowing { outer in
                        try inner.pipeline.syncOperations.addHandler(Forwarder(relay, outer))
                    }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        relay.listener.withLock { $0 = channel }
        return relay
    }

    var port: Int {
        listener.withLock { $0 }?.localAddress?.port ?? 0
    }

    func stop() {
        listener.withLock { $0 }?.close(promise: nil)
    }
}
