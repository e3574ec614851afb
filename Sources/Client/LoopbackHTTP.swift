import Console
import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix
import Protocol

/// Plain HTTP/1.1 to a node on the same machine, one request a connection. Whoever holds the port is
/// believed.
package struct LoopbackHTTP: HTTPClient {
    package let port: UInt16
    package var timeoutSeconds: Int
    package let provesNode = false

    package init(port: UInt16, timeoutSeconds: Int = 10) {
        self.port = port
        self.timeoutSeconds = timeoutSeconds
    }

    /// Reads `http://127.0.0.1:PORT…`; nil for any other host or scheme.
    package init?(url: String, timeoutSeconds: Int = 10) {
        let prefixes = ["http://127.0.0.1:", "http://localhost:"]
        guard let prefix = prefixes.first(where: url.hasPrefix) else { return nil }
        let digits = url.dropFirst(prefix.count).prefix { $0.isNumber }
        guard let port = UInt16(digits) else { return nil }
        self.init(port: port, timeoutSeconds: timeoutSeconds)
    }

    package func send(
        _ method: String, _ path: String, headers: [String: String] = [:], body: [UInt8] = []
    ) throws -> HTTPAnswer {
        let own = [
            "host": "127.0.0.1:\(port)", "connection": "close", "content-length": "\(body.count)",
        ]
        let fields = own.merging(headers) { $1 }.sorted { $0.key < $1.key }
        let head = HTTPRequestHead(
            version: .http1_1, method: HTTPMethod(rawValue: method), uri: path,
            headers: HTTPHeaders(fields.map { ($0.key, $0.value) }))
        let timeout = TimeAmount.seconds(Int64(timeoutSeconds))
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let answer = loop.makePromise(of: HTTPAnswer.self)
        // Of the whole: an answer that comes by drops has an end as well.
        let late = loop.scheduleTask(in: timeout) { answer.fail(ReadFailure.late) }
        defer { late.cancel() }
        do {
            try ClientBootstrap(group: loop).connectTimeout(timeout)
                .channelInitializer { channel in
                    answer.futureResult.whenComplete { _ in channel.close(promise: nil) }
                    return channel.eventLoop.makeCompletedFuture {
                        let pipeline = channel.pipeline.syncOperations
                        try pipeline.addHTTPClientHandlers()
                        try pipeline.addHandlers([
                            NIOHTTPClientResponseAggregator(
                                maxContentLength: HTTPAnswer.longestBody),
                            RequestHandler(head, body, answer),
                        ])
                    }
                }
                .connect(to: SocketAddress(ipAddress: "127.0.0.1", port: Int(port)))
                .cascadeFailure(to: answer)
            return try answer.futureResult.wait()
        } catch {
            throw CommandFailure(.unreachable, "127.0.0.1:\(port): \(Self.reason(error))")
        }
    }

    private static func reason(_ error: any Error) -> String {
        switch error {
        case let error as IOError: "cannot connect: \(String(cString: strerror(error.errnoCode)))"
        case ReadFailure.broken(let code):
            "cannot read the answer: \(String(cString: strerror(code)))"
        case ReadFailure.late, ChannelError.connectTimeout: "no answer in time"
        case HTTPParserError.invalidEOFState, ChannelError.eof: "the answer ended too early"
        case is HTTPParserError: "the answer is no HTTP"
        default: "cannot read the answer: \(error)"
        }
    }
}

/// How a connection that stood has failed: by the system's error, or since nothing came.
private enum ReadFailure: Error {
    case broken(Int32)
    case late
}

/// Sends one request once its connection stands, and takes the answer.
private final class RequestHandler: ChannelInboundHandler {
    typealias InboundIn = NIOHTTPClientResponseFull
    typealias OutboundOut = HTTPClientRequestPart

    private let head: HTTPRequestHead
    private let body: [UInt8]
    private let answer: EventLoopPromise<HTTPAnswer>

    init(
        _ head: HTTPRequestHead, _ body: [UInt8], _ answer: EventLoopPromise<HTTPAnswer>
    ) {
        self.head = head
        self.body = body
        self.answer = answer
    }

    func channelActive(context: ChannelHandlerContext) {
        let content = context.channel.allocator.buffer(bytes: body)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(content))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let whole = unwrapInboundIn(data)
        answer.succeed(
            HTTPAnswer(
                status: Int(whole.head.status.code),
                fields: whole.head.headers.map { ($0.name, $0.value) },
                body: whole.body.map { Array($0.readableBytesView) } ?? []))
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) { answer.fail(ChannelError.eof) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        answer.fail((error as? IOError).map { ReadFailure.broken($0.errnoCode) } ?? error)
        context.close(promise: nil)
    }
}
