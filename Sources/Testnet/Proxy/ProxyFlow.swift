import NIOCore

/// What flows one way through a proxy: read from one channel, in which it is the last handler, and
/// written to another at once or later. Its channel reads only what it is asked to.
final class ProxyFlow: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    enum End {
        /// All was read and written, and the target told so.
        case order
        /// The source's connection broke.
        case failure
        /// The fault drew a reset of the connection.
        case reset
    }

    /// How much waits at most before no more is read, in bytes.
    private static let capacity = 262_144

    private let eventLoop: any EventLoop
    private var source: ChannelHandlerContext?
    private var schedule: LinkSchedule
    /// What is on its way.
    private var pieces = CircularBuffer<(bytes: ByteBuffer, due: NIODeadline)>()
    private var timer: Scheduled<Void>?
    /// How many bytes the target has not taken yet.
    private var waiting = 0
    /// How the source has ended, if it has; that follows what is on its way.
    private var end: End?
    var ended: (End) -> Void = { _ in }
    /// Where it flows to; nil while that is not connected.
    var target: (any Channel)? {
        didSet { proceed() }
    }
    /// What is wrong with the link in this direction; nil if nothing is.
    var fault: LinkFault?
    /// Whether nothing goes through now.
    var isHeld = false {
        didSet { if oldValue, !isHeld { proceed() } }
    }
    /// Whether it has come to its end, with all bytes taken.
    private(set) var isDone = false

    init(on eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
        schedule = LinkSchedule(at: eventLoop.now)
    }

    /// Whether nothing more comes from the source.
    var hasEnded: Bool { end != nil }

    /// Whether it has room for more.
    private var wantsToRead: Bool {
        target != nil && !isHeld && !hasEnded && waiting < Self.capacity
    }

    func handlerAdded(context: ChannelHandlerContext) { source = context }
    func handlerRemoved(context: ChannelHandlerContext) { source = nil }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = unwrapInboundIn(data)
        var generator = SystemRandomNumberGenerator()
        if let resets = fault?.resets, resets > 0,
            Double.random(in: 0..<1, using: &generator) < resets
        {
            return ended(.reset)
        }
        let due = schedule.due(
            count: bytes.readableBytes, under: fault, at: eventLoop.now, using: &generator)
        waiting += bytes.readableBytes
        pieces.append((bytes, due))
        proceed()
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if wantsToRead { context.read() }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed? = event as? ChannelEvent { finish(.order) }
    }

    func channelInactive(context: ChannelHandlerContext) { finish(.failure) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { finish(.failure) }

    private func finish(_ end: End) {
        guard !hasEnded else { return }
        self.end = end
        proceed()
    }

    /// Writes what is due, and reads more where there is room for it.
    private func proceed() {
        guard !isHeld, let target else { return }
        while let piece = pieces.first, piece.due <= eventLoop.now {
            pieces.removeFirst()
            write(piece.bytes, to: target)
        }
        if waiting == 0, let end, !isDone {
            isDone = true
            if end == .order { target.close(mode: .output, promise: nil) }
            ended(end)
        }
        timer?.cancel()
        timer = pieces.first.map { next in
            eventLoop.assumeIsolated().scheduleTask(deadline: next.due) { self.proceed() }
        }
        if wantsToRead { source?.read() }
    }

    private func write(_ bytes: ByteBuffer, to target: any Channel) {
        target.writeAndFlush(bytes).assumeIsolated().whenComplete { result in
            guard case .success = result else { return self.ended(.failure) }
            self.waiting -= bytes.readableBytes
            self.proceed()
        }
    }
}
