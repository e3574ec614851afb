internal import HTTPTypes
internal import Logging
internal import NIOCore
internal import Protocol

/// Which side of a connection this is.
enum HTTP2Role {
    case server(ServerConnection)
    case client(ClientObserver)
}

/// An HTTP/2 connection on its event loop, above TLS.
///
/// What arrives in one read crosses to the tasks in one batch a stream, and what the tasks send
/// meanwhile leaves in one buffer.
final class HTTP2Connection: ChannelInboundHandler, MailboxOwner {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// Bytes of one write to the channel, at most (and one frame more).
    private static let batch = 64 * 1024

    let session: HTTP2Session
    let role: HTTP2Role
    let limits: TransportLimits
    let eventLoop: any EventLoop
    private(set) lazy var mailbox = Mailbox(
        owner: self, eventLoop: eventLoop, lazyLimit: limits.connectionWindow / 4,
        account: role.connection?.account)

    var streams: [Int32: HTTP2Stream] = [:]
    var identifiers: [Int: Int32] = [:]
    var arrivals: [HTTP2Stream] = []
    /// Bytes of ended streams for which the connection's window opens again.
    var forfeited = 0
    var flood: FloodGuard
    var pieces: PieceGuard
    /// Why a callback broke off the session.
    var breach: ConnectionBreach?
    private var scanner: HTTP2FrameScanner

    let began = NIODeadline.now()
    var lastReceived = NIODeadline.now()
    var lastActive = NIODeadline.now()
    var lastPing = NIODeadline.distantPast
    var incompleteSince: NIODeadline?
    var hasSettings = false
    var isDraining = false
    var receivedGoAwayCode: UInt32?
    private(set) var hasEnded = false
    private(set) var context: ChannelHandlerContext?
    private var isSending = false
    private var clock: Scheduled<Void>?

    init(role: HTTP2Role, limits: TransportLimits, eventLoop: any EventLoop) throws(TransportError)
    {
        self.role = role
        self.limits = limits
        self.eventLoop = eventLoop
        flood = FloodGuard(limits)
        pieces = PieceGuard(free: limits.piecesPerSecond)
        scanner = HTTP2FrameScanner(fromClient: role.isServer)
        session = try HTTP2Session(isServer: role.isServer)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        session.start(self, limits: limits, isServer: role.isServer)
        scheduleTick()
        send()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        end(.connectionClosed("the channel was taken down"))
        self.context = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !hasEnded else { return }
        let now = NIODeadline.now()
        lastReceived = now
        let bytes = unwrapInboundIn(data)
        guard scanner.scan(bytes, { permits($0, at: now) }) else {
            breakOff(code: HTTP2ErrorCode.enhanceYourCalm)
            return
        }
        do {
            try session.receive(bytes)
        } catch {
            if breach == nil { breach = ConnectionBreach(kind: .malformedHTTP2, error: error) }
            breakOff(code: HTTP2ErrorCode.protocolError)
            return
        }
        guard session.waitingFrames > limits.waitingFrames else { return }
        breach = ConnectionBreach(
            kind: .unreadReplies,
            error: .protocolViolation("it takes none of the answers it asks for"))
        breakOff(code: HTTP2ErrorCode.enhanceYourCalm)
    }

    /// Ends the connection for what it did.
    private func breakOff(code: UInt32) {
        guard let breach else { return }
        deliverArrivals()
        role.connection?.note(breach)
        end(breach.error, code: code)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        deliverArrivals()
        send()
        context.fireChannelReadComplete()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        send()
        context.fireChannelWritabilityChanged()
    }

    func channelInactive(context: ChannelHandlerContext) {
        deliverArrivals()
        end(.connectionClosed("by the other side"))
        context.fireChannelInactive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event as? ServerEvent {
        case .drain: drain()
        case .end, .abort: end(.connectionClosed("by this side"))
        case .overdrawn:
            if !hasEnded { role.connection?.note(.hoarding) }
            end(ConnectionBreach.hoarding.error, code: HTTP2ErrorCode.enhanceYourCalm)
        case nil: break
        }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        deliverArrivals()
        if !hasEnded { role.connection?.noteFailure(error) }
        end(TransportError(ending: error))
    }

    /// Gives the tasks what has arrived for them.
    func deliverArrivals() {
        guard !arrivals.isEmpty else { return }
        let listed = arrivals
        arrivals.removeAll(keepingCapacity: true)
        for stream in listed { stream.deliver() }
    }

    /// Writes all that the session has to send, as far as the socket takes it.
    func send() {
        guard !isSending, !hasEnded else { return }
        if forfeited > 0 {
            session.consumeConnection(forfeited)
            forfeited = 0
        }
        do {
            try flush()
        } catch {
            end(error)
            return
        }
        if session.isOver { finish() }
    }

    private func flush() throws(TransportError) {
        guard let context else { return }
        isSending = true
        defer { isSending = false }
        var isDone = false
        while !isDone, context.channel.isWritable {
            var buffer = context.channel.allocator.buffer(capacity: 0)
            isDone = try session.send(into: &buffer, limit: Self.batch)
            if buffer.readableBytes > 0 {
                context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
            }
        }
    }

    /// Closes after the last byte; the session has nothing left to say.
    private func finish() {
        if let code = session.sentGoAway, code != HTTP2ErrorCode.noError {
            let error = TransportError.protocolViolation(
                session.complaint.map { "\($0)" } ?? "HTTP/2 error code \(code)")
            // nghttp2 says "internal error" of itself where streams are reset too often for it.
            let isFlood = code == HTTP2ErrorCode.internalError
            role.connection?.note(
                ConnectionBreach(kind: isFlood ? .resetFlood : .malformedHTTP2, error: error))
            end(error)
        } else {
            end(.connectionClosed(farewell))
        }
    }

    private var farewell: String {
        switch receivedGoAwayCode {
        case nil: "by this side"
        case HTTP2ErrorCode.noError: "the other side went away"
        case let code?: "the other side went away, HTTP/2 error code \(code)"
        }
    }

    /// Ends the connection and everything on it, once.
    func end(_ error: TransportError, code: UInt32 = HTTP2ErrorCode.noError) {
        guard !hasEnded else { return }
        hasEnded = true
        clock?.cancel()
        mailbox.close(error)
        sayGoodbye(code)
        for stream in streams.values {
            stream.exchange.fail(error)
            stream.task?.cancel()
        }
        streams = [:]
        identifiers = [:]
        arrivals = []
        role.observer?.closed(error)
        context?.close(promise: nil)
    }

    /// Sends GOAWAY. By hand: nghttp2 must not be asked again after it broke off, and with this
    /// frame nothing is left to say anyway (RFC 9113, section 6.8).
    private func sayGoodbye(_ code: UInt32) {
        guard session.sentGoAway == nil, let context, context.channel.isActive else { return }
        var frame = context.channel.allocator.buffer(capacity: 17)
        frame.writeBytes([0, 0, 8, 7, 0, 0, 0, 0, 0])
        frame.writeInteger(UInt32(clamping: role.isServer ? session.lastStream : 0))
        frame.writeInteger(code)
        context.writeAndFlush(wrapOutboundOut(frame), promise: nil)
    }

    /// Takes no new streams, and closes when the last has ended.
    func drain() {
        guard !isDraining, !hasEnded else { return }
        isDraining = true
        session.submitShutdownNotice()
        send()
        eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(100)) {
            guard !self.hasEnded else { return }
            self.session.submitGoAway()
            self.send()
        }
    }

    func scheduleTick() {
        guard !hasEnded else { return }
        let due = limits.nextLook(after: .now(), quietUntil: quietMoments)
        clock = eventLoop.assumeIsolated().scheduleTask(deadline: due) {
            let now = NIODeadline.now()
            // A process that was paused reads first what came meanwhile, and judges then.
            if now - due < .seconds(1) { self.look(at: now) }
            self.scheduleTick()
        }
    }
}

extension HTTP2Role {
    /// The connection, on a server: whom waiting bytes, breaches and timeouts are counted against.
    var connection: ServerConnection? {
        if case .server(let connection) = self { connection } else { nil }
    }

    /// Who watches the connection, on a client.
    var observer: ClientObserver? {
        if case .client(let observer) = self { observer } else { nil }
    }

    var isServer: Bool { connection != nil }
}

extension HTTP2Stream {
    /// Gives the tasks what has arrived on this stream.
    func deliver() {
        isListed = false
        if !arrived.isEmpty {
            let bytes = arrived
            arrived = []
            exchange.deliver(bytes)
        }
        if isComplete { exchange.deliverEnd(trailers: HTTPFields(received: fields) ?? [:]) }
    }
}
