internal import HTTPTypes
internal import NIOCore
internal import NIOHTTP1

/// An HTTP/1.1 connection of a server: one request after the other, in the order they came.
///
/// It stands behind ``HTTP1Gate`` and llhttp, and asks the gate for the next bytes.
final class HTTP1Connection: ChannelDuplexHandler, MailboxOwner {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private static let batch = 64 * 1024

    private let connection: ServerConnection
    private let limits: TransportLimits
    private let eventLoop: any EventLoop
    private lazy var mailbox = Mailbox(
        owner: self, eventLoop: eventLoop, lazyLimit: limits.streamWindow / 4,
        account: connection.account)
    private let gate: HTTP1Gate
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
    /// Bytes at the gate that the account knows of.
    private var heldAtGate = 0

    private init(_ connection: ServerConnection, _ gate: HTTP1Gate, eventLoop: any EventLoop) {
        self.connection = connection
        self.gate = gate
        self.eventLoop = eventLoop
        limits = connection.core.limits
    }

    /// The handlers of a connection, as they follow each other in its channel.
    static func handlers(
        _ connection: ServerConnection, eventLoop: any EventLoop
    ) -> [any ChannelHandler] {
        let limit = connection.core.limits.headerBytes
        let gate = HTTP1Gate(headerLimit: limit)
        let owner = HTTP1Connection(connection, gate, eventLoop: eventLoop)
        gate.owner = owner
        return [gate, HTTPResponseEncoder(), requestDecoder(headerLimit: limit), owner]
    }

    /// llhttp, under a limit of our own.
    static func requestDecoder(headerLimit: Int) -> ByteToMessageHandler<HTTPRequestDecoder> {
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = headerLimit
        limits.maxHeaderListSize = headerLimit
        return ByteToMessageHandler(HTTPRequestDecoder(limitConfiguration: limits))
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
        switch unwrapInboundIn(data) {
        case .head(let head):
            do throws(HTTP1Failure) {
                begin(try HTTP1Head(head))
            } catch {
                refuse(error)
            }
        case .body(let bytes):
            gate.bodyArrived()
            current?.untaken += bytes.readableBytes
            current?.exchange.deliver(Array(bytes.readableBytesView))
        case .end:
            gate.requestEnded()
            current?.exchange.deliverEnd(trailers: HTTPFields())
        }
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
        if let error = error as? HTTPParserError {
            refuse(HTTP1Failure(error))
            return
        }
        if !hasEnded { connection.noteFailure(error) }
        end(TransportError(ending: error))
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event as? ServerEvent {
        case .drain:
            isDraining = true
            current?.keepsAlive = false
            if current == nil { end(.connectionClosed("by this side")) }
        case .end, .abort: end(.connectionClosed("by this side"))
        case .overdrawn:
            if !hasEnded { connection.note(.hoarding) }
            end(ConnectionBreach.hoarding.error)
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
extension HTTP1Connection: HTTP1GateOwner {
    func bytesArrived() {
        parse()
    }

    func inputEnded() {
        end(.connectionClosed("by the other side"))
    }

    private var isFull: Bool {
        !hasEnded && gate.waitingBytes >= limits.streamWindow
    }

    private func resumeReading() {
        guard isReadPending, !isFull else { return }
        isReadPending = false
        context?.read()
    }

    /// Takes apart what has arrived, up to the end of the present request and to the bytes its
    /// handler may leave unread.
    private func parse() {
        do throws(HTTP1Failure) {
            while !hasEnded, (current?.untaken ?? 0) < limits.streamWindow {
                guard try gate.passNext() else { break }
            }
            headerBegan = gate.isWithinHeader ? headerBegan ?? .now() : nil
        } catch {
            refuse(error)
        }
        account(for: hasEnded ? 0 : gate.waitingBytes)
    }

    /// Tells the account how many bytes wait at the gate.
    private func account(for waiting: Int) {
        if waiting > heldAtGate {
            connection.account.hold(waiting - heldAtGate)
        } else if waiting < heldAtGate {
            connection.account.release(heldAtGate - waiting)
        }
        heldAtGate = waiting
    }

    private func begin(_ head: HTTP1Head) {
        gate.headEnded(head.length)
        nextKey += 1
        let exchange = HTTPExchange(key: nextKey, mailbox: mailbox, limits: limits)
        let served = HTTP1Exchange(exchange, head)
        if isDraining { served.keepsAlive = false }
        current = served
        if head.expectsContinue, let context {
            let head = HTTPResponseHead(isOneOne: true, status: 100, [:])
            context.writeAndFlush(wrapOutboundOut(.head(head)), promise: nil)
        }
        served.task = connection.serve(head.request, exchange, isHTTP2: false)
    }

    /// Answers what cannot be read, and closes.
    private func refuse(_ failure: HTTP1Failure) {
        guard !hasEnded else { return }
        let error = TransportError.protocolViolation(failure.text)
        connection.note(
            ConnectionBreach(
                kind: failure.status == 431 ? .headerFlood : .malformedHTTP1, error: error))
        if current == nil { answer(failure.status) }
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
        connection.core.log.write(
            .error, "response broken off", by: connection.remoteAddress,
            metadata: ["reason": "\(text)"])
        end(.misuse(text))
    }

    /// Answers without a handler, before the connection is closed.
    private func answer(_ status: Int) {
        guard let context else { return }
        connection.account.answered(status)
        let head = HTTPResponseHead(
            isOneOne: true, status: status, [.contentLength: "0", .connection: "close"])
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }

    /// Writes what the response has, as far as the socket takes it, then turns to the next
    /// request.
    private func send() {
        guard !isSending, !hasEnded, let context, let current else { return }
        isSending = true
        while current.hasOutgoing, context.channel.isWritable {
            var room = Self.batch
            while room > 0, let part = current.next(limit: room) {
                if case .body(let bytes) = part { room -= bytes.readableBytes }
                context.write(wrapOutboundOut(part), promise: nil)
            }
            context.flush()
        }
        isSending = false
        guard current.isOver else { return }
        lastActive = .now()
        self.current = nil
        guard current.keepsAlive, gate.isComplete else {
            end(.connectionClosed("by this side"))
            return
        }
        gate.startNext()
        parse()
        resumeReading()
    }

    /// Ends the connection, once.
    private func end(_ error: TransportError) {
        guard !hasEnded else { return }
        hasEnded = true
        account(for: 0)
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
        let due = limits.nextLook(after: .now(), quietUntil: quietMoments)
        clock = eventLoop.assumeIsolated().scheduleTask(deadline: due) {
            let now = NIODeadline.now()
            // A process that was paused reads first what came meanwhile, and judges then.
            if now - due < .seconds(1) { self.look(at: now) }
            self.scheduleTick()
        }
    }

    /// When its idleness runs out; nil while the other side owes or takes something.
    private var quietMoments: [NIODeadline]? {
        if let current { return current.hasOutgoing ? nil : [] }
        return headerBegan == nil ? [lastActive + TimeAmount(limits.idleTimeout)] : nil
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
            answer(408)
            end(.timeout("header"))
        } else if now - lastActive >= TimeAmount(limits.idleTimeout) {
            connection.note(.idle)
            end(.timeout("idle"))
        }
    }
}
