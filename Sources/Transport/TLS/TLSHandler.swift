internal import NIOCore

/// Encrypts and decrypts a channel's bytes; calls back once the handshake is done.
///
/// Everything that arrives in one read is decrypted into one buffer, and every write becomes one
/// buffer of records.
final class TLSHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum Phase {
        case handshaking
        case open
        case ended
    }

    let session: TLSSession
    private let limits: TransportLimits
    private let greeted: () -> Void
    private let established: (any Channel, TLSSession) throws -> Void
    private let failed: (TLSSession.Failure, TLSSession) -> Void
    private var phase = Phase.handshaking
    private var deadline: Scheduled<Void>?
    private var early: [(ByteBuffer, EventLoopPromise<Void>?)] = []
    private var unflushed = false

    /// `greeted` is called once the other side has said something that this side answers,
    /// `established` adds the handlers above; `failed` is called at most once, before it.
    init(
        _ session: TLSSession, limits: TransportLimits,
        greeted: @escaping () -> Void = {},
        established: @escaping (any Channel, TLSSession) throws -> Void,
        failed: @escaping (TLSSession.Failure, TLSSession) -> Void
    ) {
        self.session = session
        self.limits = limits
        self.greeted = greeted
        self.established = established
        self.failed = failed
    }

    func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { start(context) }
    }

    func channelActive(context: ChannelHandlerContext) {
        start(context)
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard phase != .ended else { return }
        session.receive(unwrapInboundIn(data))
        if phase == .handshaking { shakeHands(context) }
        if phase == .open { decrypt(context) }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if unflushed {
            unflushed = false
            context.flush()
        }
        context.fireChannelReadComplete()
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let plaintext = unwrapOutboundIn(data)
        switch phase {
        case .handshaking: early.append((plaintext, promise))
        case .open: encrypt(context, plaintext, promise)
        case .ended: promise?.fail(ChannelError.ioOnClosedChannel)
        }
    }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        if mode == .all, phase == .open {
            phase = .ended
            session.shutdown()
            sendPending(context)
            context.flush()
        }
        context.close(mode: mode, promise: promise)
    }

    func channelInactive(context: ChannelHandlerContext) {
        if phase == .handshaking {
            fail(
                context,
                TLSSession.Failure(
                    kind: .closed, error: .handshake("the other side closed the connection")))
        }
        end()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        end()
    }

    private func start(_ context: ChannelHandlerContext) {
        guard deadline == nil, phase == .handshaking else { return }
        let timeout = TimeAmount(limits.handshakeTimeout)
        deadline = context.eventLoop.assumeIsolated().scheduleTask(in: timeout) {
            guard self.phase == .handshaking else { return }
            self.fail(
                context,
                TLSSession.Failure(kind: .timeout, error: .timeout("TLS handshake")))
        }
        shakeHands(context)
        context.flush()
    }

    private func shakeHands(_ context: ChannelHandlerContext) {
        do {
            let done = try session.handshake(limits)
            if session.outgoingBytes > 0 { greeted() }
            sendPending(context)
            guard done else { return }
            phase = .open
            deadline?.cancel()
            // What waited for the handshake goes out before anyone learns that it is done.
            for (plaintext, promise) in early { encrypt(context, plaintext, promise) }
            early = []
            session.rememberPeer()
            try established(context.channel, session)
        } catch let failure as TLSSession.Failure {
            fail(context, failure)
        } catch {
            let reason = TransportError.handshake(String(describing: error))
            phase = .handshaking
            fail(context, TLSSession.Failure(kind: .incompatible, error: reason))
        }
    }

    private func decrypt(_ context: ChannelHandlerContext) {
        var plaintext = context.channel.allocator.buffer(capacity: session.incomingBytes)
        do {
            let more = try session.decrypt(into: &plaintext)
            if plaintext.readableBytes > 0 { context.fireChannelRead(wrapInboundOut(plaintext)) }
            sendPending(context)
            if !more, phase == .open { context.close(promise: nil) }
        } catch {
            sendPending(context)
            if plaintext.readableBytes > 0 { context.fireChannelRead(wrapInboundOut(plaintext)) }
            context.fireErrorCaught((error as? TLSSession.Failure)?.afterHandshake ?? error)
            end()
            context.flush()
            context.close(promise: nil)
        }
    }

    private func encrypt(
        _ context: ChannelHandlerContext, _ plaintext: ByteBuffer,
        _ promise: EventLoopPromise<Void>?
    ) {
        do {
            try session.encrypt(plaintext)
        } catch {
            promise?.fail(error.error)
            return
        }
        var records = context.channel.allocator.buffer(capacity: session.outgoingBytes)
        session.drain(into: &records)
        context.write(wrapOutboundOut(records), promise: promise)
    }

    /// Writes what OpenSSL has to say by itself: handshake messages, alerts, key updates.
    private func sendPending(_ context: ChannelHandlerContext) {
        guard session.outgoingBytes > 0 else { return }
        var records = context.channel.allocator.buffer(capacity: session.outgoingBytes)
        session.drain(into: &records)
        context.write(wrapOutboundOut(records), promise: nil)
        unflushed = true
    }

    private func fail(_ context: ChannelHandlerContext, _ failure: TLSSession.Failure) {
        guard phase == .handshaking else { return }
        end()
        failed(failure, session)
        sendPending(context)
        context.flush()
        context.fireErrorCaught(failure.error)
        context.close(promise: nil)
    }

    private func end() {
        phase = .ended
        deadline?.cancel()
        deadline = nil
        for (_, promise) in early { promise?.fail(ChannelError.ioOnClosedChannel) }
        early = []
    }
}
