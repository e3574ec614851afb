internal import NIOCore

/// The handler next to the socket: counts bytes, and closes so that the last bytes arrive.
///
/// Closing a socket that holds unread bytes makes the kernel send a reset, which can destroy
/// the answer or the TLS alert that was sent last. So this side's half is closed first; the rest
/// follows when the other side has closed, or after a moment.
final class OrderlyCloseHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private static let timeout = TimeAmount.seconds(1)

    private let traffic: Traffic
    private var isClosing = false
    private var isDone = false
    private var waiting: [EventLoopPromise<Void>] = []

    init(_ traffic: Traffic) {
        self.traffic = traffic
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        traffic.received.add(UInt64(unwrapInboundIn(data).readableBytes), ordering: .relaxed)
        if !isClosing { context.fireChannelRead(data) }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if isClosing { context.read() }
        context.fireChannelReadComplete()
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        traffic.sent.add(UInt64(unwrapOutboundIn(data).readableBytes), ordering: .relaxed)
        context.write(data, promise: promise)
    }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        guard mode == .all, context.channel.isActive, !isDone else {
            context.close(mode: mode, promise: promise)
            return
        }
        if let promise { waiting.append(promise) }
        guard !isClosing else { return }
        isClosing = true
        context.flush()
        context.close(mode: .output, promise: nil)
        context.read()
        context.eventLoop.assumeIsolated().scheduleTask(in: Self.timeout) {
            self.isDone = true
            context.close(mode: .all, promise: nil)
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        context.fireUserInboundEventTriggered(event)
        guard case .abort? = event as? ServerEvent else { return }
        isDone = true
        context.close(mode: .all, promise: nil)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        isDone = true
        context.fireErrorCaught(error)
        context.close(mode: .all, promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        isDone = true
        let promises = waiting
        waiting = []
        for promise in promises { promise.succeed() }
        context.fireChannelInactive()
    }
}
