internal import NIOCore

/// An HTTP/1.1 connection of a server: one request after the other, in the order they came.
final class HTTP1Connection: ChannelDuplexHandler, MailboxOwner {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private static let batch = 64 * 1024

    private let connection: ServerConnection
    private let limits: TransportLimits
    private let eventLoop: any EventLoop
    private lazy var mailbox = Mailbox(
        owner: self, eventLoop: eventLoop, lazyLimit: limits.streamWindow / 4,
        account: connection.account)
    private var parser: HTTP1Parser
    private var current: HTTP1Exchange?
    private var nextKey = 0
    private var isDraining = false
    private var hasEnded = false
    private var isSending = false
    private var isReadPending = false
    private var context: ChannelHandlerContext?
    private var clock: Scheduled<Void>?
    private var lastActive = NIODeadline.now()
    private var headerBegan: NIODeadline?

    init(_ connection: ServerConnection, eventLoop: any EventLoop) {
        self.connection = connection
        self.eventLoop = eventLoop
        limits = connection.core.limits
        parser = HTTP1Parser(headerLimit: limits.headerBytes)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        scheduleTick()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        end(.connectionClosed("the channel was taken down"))
        self.context = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !hasEnded else { return }
        parser.append(unwrapInboundIn(data))
        parse()
    }

    /// Holds the socket back while enough bytes wait here.
    func read(context: ChannelHandlerContext) {
        if isFull {
            isReadPending = true
        } else {
            context.read()
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        send()
        context.fireChannelReadComplete()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        send()
        context.fireChannelWritabilityChanged()
    }

    func channelInactive(context: ChannelHandlerContext) {
        end(.connectionClosed("by the other side"))
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if !hasEnded { connection.noteFailure(error) }
        end(
            (error as? TransportError)
                ?? .connectionClosed(printable(String(describing: error), limit: 200)))
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event as? ServerEvent {
        case .drain:
            isDraining = true
            current?.keepsAlive = false
            if current == nil { end(.connectionClosed("by this side")) }
        case .end, .abort: end(.connectionClosed("by this side"))
        case .overdrawn:
            let error = TransportError.connectionClosed("it left too many bytes waiting")
            if !hasEnded { connection.note(.hoarding, error) }
            end(error)
        case nil: break
        }
        context.fireUserInboundEventTriggered(event)
    }

    func receive(_ mail: [Mailbox.Mail]) {
        for item in mail where !hasEnded { carryOut(item) }
        parse()
        send()
        resumeReading()
    }
}

// Requests.
extension HTTP1Connection {
    private var isFull: Bool {
        !hasEnded && parser.waitingBytes >= limits.streamWindow
    }

    private func resumeReading() {
        guard isReadPending, !isFull else { return }
        isReadPending = false
        context?.read()
    }

    /// Takes apart what has arrived, up to the end of the present request and to the bytes its
    /// handler may leave unread.
    private func parse() {
        do {
            while !hasEnded, (current?.untaken ?? 0) < limits.streamWindow {
                guard let part = try parser.next() else { break }
                take(part)
            }
            headerBegan = parser.isWithinHeader ? headerBegan ?? .now() : nil
        } catch {
            refuse(error)
        }
    }

    private func take(_ part: HTTP1Parser.Part) {
        switch part {
        case .head(let head): begin(head)
        case .body(let bytes):
            current?.untaken += bytes.count
            current?.exchange.deliver(bytes)
        case .end: current?.exchange.deliverEnd(trailers: Headers())
        }
    }

    private func begin(_ head: HTTP1Head) {
        nextKey += 1
        let exchange = HTTPExchange(key: nextKey, mailbox: mailbox, limits: limits)
        let served = HTTP1Exchange(exchange, head)
        if isDraining { served.keepsAlive = false }
        current = served
        if head.expectsContinue { write("HTTP/1.1 100 Continue\r\n\r\n") }
        served.task = connection.serve(head.request, exchange, isHTTP2: false)
    }

    /// Answers what cannot be read, and closes.
    private func refuse(_ failure: HTTP1Parser.Failure) {
        let error = TransportError.protocolViolation(failure.text)
        connection.note(failure.status == 431 ? .headerFlood : .malformedHTTP1, error)
        if current == nil {
            connection.account.answered(failure.status)
            let headers: Headers = ["content-length": "0", "connection": "close"]
            write(serialize(status: failure.status, headers: headers))
        }
        end(error)
    }
}

// Responses.
extension HTTP1Connection {
    private func carryOut(_ mail: Mailbox.Mail) {
        guard let current, current.exchange.key == mail.key else { return }
        switch mail.command {
        case .open: break
        case .head(let status, let headers): current.respond(status: status, headers: headers)
        case .data(let bytes):
            if !current.write(bytes) { breakOff("more bytes than announced") }
        case .finish(let trailers):
            if !current.finish(trailers: trailers) { breakOff("fewer bytes than announced") }
        case .consumed(let count): current.untaken -= count
        case .reset: end(.streamClosed)
        case .handlerDone: current.isHandled = true
        case .closeConnection(let reason): end(reason)
        }
    }

    private func breakOff(_ text: String) {
        connection.core.logger.error("response broken off", metadata: ["reason": "\(text)"])
        end(.misuse(text))
    }

    private func write(_ text: String) {
        guard let context else { return }
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)), promise: nil)
    }

    /// Writes what the response has, as far as the socket takes it, then turns to the next
    /// request.
    private func send() {
        guard !isSending, !hasEnded, let context, let current else { return }
        isSending = true
        while current.hasOutgoing, context.channel.isWritable {
            var buffer = context.channel.allocator.buffer(capacity: 0)
            current.take(into: &buffer, limit: Self.batch)
            context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
        }
        isSending = false
        guard current.isOver else { return }
        lastActive = .now()
        self.current = nil
        guard current.keepsAlive, parser.isComplete else {
            end(.connectionClosed("by this side"))
            return
        }
        parser.startNext()
        parse()
        resumeReading()
    }

    /// Ends the connection, once.
    private func end(_ error: TransportError) {
        guard !hasEnded else { return }
        hasEnded = true
        clock?.cancel()
        mailbox.close(error)
        current?.exchange.fail(error)
        current?.task?.cancel()
        current = nil
        context?.close(promise: nil)
    }
}

// Clocks.
extension HTTP1Connection {
    private func scheduleTick() {
        guard !hasEnded else { return }
        let due = NIODeadline.now() + TimeAmount(limits.tick)
        clock = eventLoop.assumeIsolated().scheduleTask(deadline: due) {
            let now = NIODeadline.now()
            // A process that was paused reads first what came meanwhile, and judges then.
            if now - due < .seconds(1) { self.look(at: now) }
            self.scheduleTick()
        }
    }

    private func look(at now: NIODeadline) {
        if let current {
            guard current.hasOutgoing,
                now - current.progress >= TimeAmount(limits.stallTimeout)
            else { return }
            connection.note(.stall)
            end(.timeout("the other side does not take bytes"))
        } else if let headerBegan {
            guard now - headerBegan >= TimeAmount(limits.headerTimeout) else { return }
            connection.note(.header)
            connection.account.answered(408)
            write(serialize(status: 408, headers: ["content-length": "0", "connection": "close"]))
            end(.timeout("header"))
        } else if now - lastActive >= TimeAmount(limits.idleTimeout) {
            connection.note(.idle)
            end(.timeout("idle"))
        }
    }
}
