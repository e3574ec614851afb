internal import NIOCore

/// An HTTP/1.1 connection of a server.
final class HTTP1Connection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    init(_ connection: ServerConnection, eventLoop: any EventLoop) {}
}
