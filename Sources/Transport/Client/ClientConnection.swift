package import HTTPTypes
package import NIOCore
internal import NIOPosix
internal import Synchronization

/// One HTTP/2 connection to a server, over TLS.
///
/// Dial once, then open streams. A connection that lost its other side is noticed by PING
/// (`TransportLimits.pingInterval`, `TransportLimits.deadAfter`).
package final class ClientConnection: Sendable {
    /// The server's certificate.
    package let peer: PeerCertificate
    private let channel: any Channel
    private let mailbox: Mailbox
    private let observer: ClientObserver
    private let limits: TransportLimits
    private let authority: String
    private let traffic: Traffic
    private let nextKey = Atomic<Int>(0)

    init(
        _ up: Up, channel: any Channel, observer: ClientObserver, limits: TransportLimits,
        authority: String, traffic: Traffic
    ) {
        peer = up.peer
        mailbox = up.mailbox
        self.channel = channel
        self.observer = observer
        self.limits = limits
        self.authority = authority
        self.traffic = traffic
    }

    /// What a connection has once its handshake is done.
    struct Up: Sendable {
        let peer: PeerCertificate
        let mailbox: Mailbox
    }

    /// Dials `host` (a name or an address) and returns once the server has accepted: its HTTP/2
    /// SETTINGS have arrived, so it has taken this side's certificate.
    ///
    /// Throws `unreachable`, `timeout` (all steps together take longer than `timeout`),
    /// `certificateRefused` (the server's, here), `refusedByPeer` (this side's, there),
    /// `handshake`, `protocolViolation` or `connectionClosed`.
    package static func connect(
        host: String, port: Int, security: ClientSecurity, eventLoopGroup: any EventLoopGroup,
        log: LimitedLog, limits: TransportLimits = TransportLimits(),
        timeout: Duration = .seconds(10),
        clock: @escaping WallClock = systemWallClock
    ) async throws -> ClientConnection {
        let context = try TLSContext(client: security, clock: clock)
        let dial = Dial(host: host, port: port, limits: limits, timeout: timeout, log: log)
        return try await dial.run(context, on: eventLoopGroup.next())
    }

    /// Opens a stream; its request's body follows by `write` and `finish`.
    ///
    /// Throws `goingAway` when the server takes no more streams and `misuse` for an unfit
    /// method or path. Where the server allows no further stream at present, this one waits for its
    /// turn.
    package func openStream(
        method: String = "POST", path: String, headers: HTTPFields = [:]
    ) async throws -> ClientStream {
        try open(method, path, headers, body: nil)
    }

    /// Sends a whole request and collects the whole response, of at most `limit` bytes
    /// (`tooLarge` beyond).
    package func request(
        method: String, path: String, headers: HTTPFields = [:], body: [UInt8] = [],
        limit: Int = 16 * 1024 * 1024
    ) async throws -> Response {
        let stream = try open(method, path, headers, body: body)
        let head = try await stream.response()
        let received = try await stream.body.collect(upTo: limit, within: nil)
        return Response(status: head.status, headers: head.headers, body: received)
    }

    /// Opens a stream with its whole body, or with nil to be written later.
    private func open(
        _ method: String, _ path: String, _ headers: HTTPFields, body: [UInt8]?
    ) throws -> ClientStream {
        guard HTTPRequest.Method(method) != nil, path.hasPrefix("/"),
            path.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F })
        else { throw TransportError.misuse("method or path") }
        guard isUsable else { throw TransportError.goingAway }
        let key = nextKey.add(1, ordering: .relaxed).newValue
        let exchange = HTTPExchange(key: key, mailbox: mailbox, limits: limits)
        exchange.state.withLock { state in
            state.hasHead = true
            state.hasFinished = body != nil
            state.waiting = body?.count ?? 0
        }
        let head = RequestHead(method: method, path: path, authority: authority, headers: headers)
        let isOpen =
            switch body {
            case nil:
                mailbox.post(key, .open(head, exchange, isComplete: false))
            case let body? where body.isEmpty:
                mailbox.post(key, .open(head, exchange, isComplete: true))
            case let body?:
                mailbox.post(
                    key, .open(head, exchange, isComplete: false), then: .data(body),
                    .finish(trailers: [:]))
            }
        guard isOpen else { throw TransportError.goingAway }
        return ClientStream(exchange: exchange, owner: StreamOwner(exchange))
    }

    /// Whether new streams can be opened, as far as this side knows.
    package var isUsable: Bool {
        !observer.isDraining && channel.isActive
    }

    /// Ends the connection and all its streams.
    package func close() {
        mailbox.post(0, .closeConnection(.connectionClosed("by this side")))
    }

    /// Waits until the connection has ended, and says why.
    package func closed() async -> TransportError {
        do {
            return try await observer.whenClosed.get()
        } catch {
            return TransportError(ending: error)
        }
    }

    /// Bytes from and to the network so far, with TLS's own.
    package var bytes: (received: UInt64, sent: UInt64) {
        (
            traffic.received.load(ordering: .relaxed), traffic.sent.load(ordering: .relaxed)
        )
    }
}
