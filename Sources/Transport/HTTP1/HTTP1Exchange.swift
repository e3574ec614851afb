internal import HTTPTypes
internal import NIOCore
internal import NIOHTTP1

/// The request that an HTTP/1.1 connection serves at present, and its response going out.
final class HTTP1Exchange {
    private enum Outgoing {
        case head(HTTPResponseHead)
        case body([UInt8])
        case end(HTTPHeaders?)
    }

    let exchange: HTTPExchange
    let head: HTTP1Head
    var task: Task<Void, Never>?
    var untaken = 0
    var keepsAlive: Bool
    private(set) var isFinished = false
    var isHandled = false
    /// Bytes of the body that are announced and have not come, where its length is.
    private var missing: Int?
    private var carriesNoBody = false
    private var queue = CircularBuffer<Outgoing>(initialCapacity: 4)
    private var offset = 0
    private(set) var progress = NIODeadline.now()

    init(_ exchange: HTTPExchange, _ head: HTTP1Head) {
        self.exchange = exchange
        self.head = head
        keepsAlive = head.keepsAlive
    }

    var hasOutgoing: Bool {
        !queue.isEmpty
    }

    /// Whether both the handler and the response have ended.
    var isOver: Bool {
        isHandled && isFinished && queue.isEmpty
    }

    /// Begins the response. Without a length it goes in chunks, to a client of HTTP/1.0 until the
    /// connection's end.
    func respond(status: Int, headers: HTTPFields) {
        carriesNoBody = head.request.method == "HEAD" || status == 204 || status == 304
        missing = headers[.contentLength].flatMap { Int($0) }
        var headers = headers
        if !keepsAlive { headers[.connection] = "close" }
        push(.head(.init(isOneOne: head.isOneOne, status: status, headers)))
    }

    /// Adds bytes of the body; false when they are more than the announced length.
    func write(_ bytes: [UInt8]) -> Bool {
        guard !carriesNoBody else {
            exchange.drained(bytes.count)
            return true
        }
        if let missing {
            guard bytes.count <= missing else { return false }
            self.missing = missing - bytes.count
        }
        push(.body(bytes))
        return true
    }

    /// Ends the body; false when bytes of the announced length are missing.
    func finish(trailers: HTTPFields) -> Bool {
        isFinished = true
        guard !carriesNoBody else { return true }
        guard (missing ?? 0) == 0 else { return false }
        push(.end(trailers.isEmpty ? nil : HTTPHeaders(trailers)))
        return true
    }

    /// The next part of the response, of at most `limit` bytes of its body.
    func next(limit: Int) -> HTTPServerResponsePart? {
        guard let first = queue.first else { return nil }
        progress = .now()
        switch first {
        case .head(let head):
            queue.removeFirst()
            return .head(head)
        case .end(let trailers):
            queue.removeFirst()
            return .end(trailers)
        case .body(let bytes):
            let piece = bytes[offset..<min(bytes.count, offset + limit)]
            offset = piece.endIndex
            if offset == bytes.count {
                queue.removeFirst()
                offset = 0
            }
            exchange.drained(piece.count)
            return .body(.byteBuffer(ByteBuffer(bytes: piece)))
        }
    }

    private func push(_ part: Outgoing) {
        if queue.isEmpty { progress = .now() }
        queue.append(part)
    }
}

extension HTTPResponseHead {
    /// A response's head; names go out in lower case, as over HTTP/2.
    init(isOneOne: Bool, status: Int, _ headers: HTTPFields) {
        self.init(
            version: isOneOne ? .http1_1 : .http1_0, status: .init(statusCode: status),
            headers: HTTPHeaders(headers))
    }
}

extension HTTPHeaders {
    fileprivate init(_ fields: HTTPFields) {
        self.init(fields.map { ($0.name.canonicalName, $0.value) })
    }
}
