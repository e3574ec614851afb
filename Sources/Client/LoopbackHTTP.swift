package import API
import Console
import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix
import Protocol

/// Plain HTTP/1.1 to a node on the same machine, one request a connection.
package struct LoopbackHTTP: Sendable {
    /// An answer.
    package struct Answer: Sendable {
        /// The three digits.
        package let status: Int
        /// The fields, by their names in small letters; several of one name make one, parted by
        /// commas.
        package let headers: [String: String]
        /// What follows them.
        package let body: [UInt8]
    }

    package let port: UInt16
    package var timeoutSeconds: Int

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

    /// What is at `path`.
    package func get(_ path: String) throws -> Answer { try send("GET", path) }

    /// What the node answers to `json`.
    package func post(_ path: String, json: [UInt8]) throws -> Answer {
        try send("POST", path, headers: ["content-type": "application/json"], body: json)
    }

    /// Sends a request; `headers` stand in place of its own of the same name.
    package func send(
        _ method: String, _ path: String, headers: [String: String] = [:], body: [UInt8] = []
    ) throws -> Answer {
        let own = [
            "host": "127.0.0.1:\(port)", "connection": "close", "content-length": "\(body.count)",
        ]
        let fields = own.merging(headers) { $1 }.sorted { $0.key < $1.key }
        let head = HTTPRequestHead(
            version: .http1_1, method: HTTPMethod(rawValue: method), uri: path,
            headers: HTTPHeaders(fields.map { ($0.key, $0.value) }))
        let timeout = TimeAmount.seconds(Int64(timeoutSeconds))
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let answer = loop.makePromise(of: Answer.self)
        do {
            try ClientBootstrap(group: loop).connectTimeout(timeout)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        let pipeline = channel.pipeline.syncOperations
                        try pipeline.addHTTPClientHandlers()
                        try pipeline.addHandlers([
                            IdleStateHandler(allTimeout: timeout),
                            NIOHTTPClientResponseAggregator(maxContentLength: 1 << 26),
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
    private let answer: EventLoopPromise<LoopbackHTTP.Answer>

    init(
        _ head: HTTPRequestHead, _ body: [UInt8], _ answer: EventLoopPromise<LoopbackHTTP.Answer>
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
        let fields = whole.head.headers.map { ($0.name.lowercased(), $0.value) }
        answer.succeed(
            LoopbackHTTP.Answer(
                status: Int(whole.head.status.code),
                headers: Dictionary(fields) { "\($0), \($1)" },
                body: whole.body.map { Array($0.readableBytesView) } ?? []))
        context.close(promise: nil)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is IdleStateHandler.IdleStateEvent {
            errorCaught(context: context, error: ReadFailure.late)
        }
    }

    func channelInactive(context: ChannelHandlerContext) { answer.fail(ChannelError.eof) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        answer.fail((error as? IOError).map { ReadFailure.broken($0.errnoCode) } ?? error)
        context.close(promise: nil)
    }
}

extension LoopbackHTTP.Answer {
    /// The body as JSON.
    package var json: JSON {
        get throws {
            do throws(MalformedJSON) {
                return try JSON(decoding: body)
            } catch {
                throw CommandFailure(.failed, "the answer is not JSON: \(error)")
            }
        }
    }

    /// The beginning of the body, as text on one line.
    package var text: String {
        "\(UntrustedText(String(decoding: body.prefix(300), as: UTF8.self)))"
    }
}
