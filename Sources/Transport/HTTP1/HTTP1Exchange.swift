internal import NIOCore

/// The request that an HTTP/1.1 connection serves at present, and its response going out.
final class HTTP1Exchange {
    /// How the response's end is marked.
    enum Framing {
        case none
        case fixed(Int)
        case chunked
        case untilClose
    }

    let exchange: HTTPExchange
    let head: HTTP1Head
    var task: Task<Void, Never>?
    var untaken = 0
    var keepsAlive: Bool
    private(set) var hasHead = false
    private(set) var isFinished = false
    var isHandled = false
    private var framing = Framing.none
    private var queue = CircularBuffer<(bytes: [UInt8], counts: Bool)>(initialCapacity: 4)
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

    /// Begins the response.
    func respond(status: Int, headers: Headers) {
        hasHead = true
        var headers = headers
        if head.request.method == "HEAD" || status == 204 || status == 304 {
            framing = .none
        } else if let length = headers["content-length"].flatMap({ Int($0) }) {
            framing = .fixed(length)
        } else if head.takesChunks {
            framing = .chunked
            headers.add("transfer-encoding", "chunked")
        } else {
            framing = .untilClose
        }
        if !keepsAlive { headers.add("connection", "close") }
        push(Array(serialize(status: status, headers: headers).utf8))
    }

    /// Adds bytes of the body; false when they are more than the announced length.
    func write(_ bytes: [UInt8]) -> Bool {
        switch framing {
        case .none:
            exchange.drained(bytes.count)
        case .untilClose:
            push(bytes, counts: true)
        case .fixed(let rest):
            guard bytes.count <= rest else { return false }
            framing = .fixed(rest - bytes.count)
            push(bytes, counts: true)
        case .chunked:
            push(Array("\(String(bytes.count, radix: 16))\r\n".utf8))
            push(bytes, counts: true)
            push([0x0D, 0x0A])
        }
        return true
    }

    /// Ends the body; false when bytes of the announced length are missing.
    func finish(trailers: Headers) -> Bool {
        isFinished = true
        switch framing {
        case .none: break
        case .untilClose: keepsAlive = false
        case .fixed(let rest): return rest == 0
        case .chunked:
            let lines = trailers.fields.map { "\($0.name): \($0.value)\r\n" }.joined()
            push(Array("0\r\n\(lines)\r\n".utf8))
        }
        return true
    }

    /// Moves queued bytes to `buffer` until it holds `limit`.
    func take(into buffer: inout ByteBuffer, limit: Int) {
        while buffer.readableBytes < limit, let first = queue.first {
            let count = min(first.bytes.count - offset, limit - buffer.readableBytes)
            buffer.writeBytes(first.bytes[offset..<(offset + count)])
            offset += count
            if first.counts { exchange.drained(count) }
            if offset == first.bytes.count {
                queue.removeFirst()
                offset = 0
            }
        }
        progress = .now()
    }

    private func push(_ bytes: [UInt8], counts: Bool = false) {
        if queue.isEmpty { progress = .now() }
        queue.append((bytes, counts))
    }
}

/// A response's status line and header (RFC 9112, section 4).
func serialize(status: Int, headers: Headers) -> String {
    var text = "HTTP/1.1 \(status) \(reasonPhrase(status))\r\n"
    for field in headers.fields { text += "\(field.name): \(field.value)\r\n" }
    return text + "\r\n"
}

private func reasonPhrase(_ status: Int) -> String {
    switch status {
    case 200: "OK"
    case 201: "Created"
    case 202: "Accepted"
    case 204: "No Content"
    case 301: "Moved Permanently"
    case 302: "Found"
    case 303: "See Other"
    case 304: "Not Modified"
    case 307: "Temporary Redirect"
    case 308: "Permanent Redirect"
    case 400: "Bad Request"
    case 401: "Unauthorized"
    case 403: "Forbidden"
    case 404: "Not Found"
    case 405: "Method Not Allowed"
    case 406: "Not Acceptable"
    case 408: "Request Timeout"
    case 409: "Conflict"
    case 410: "Gone"
    case 413: "Content Too Large"
    case 415: "Unsupported Media Type"
    case 417: "Expectation Failed"
    case 421: "Misdirected Request"
    case 422: "Unprocessable Content"
    case 429: "Too Many Requests"
    case 431: "Request Header Fields Too Large"
    case 500: "Internal Server Error"
    case 501: "Not Implemented"
    case 503: "Service Unavailable"
    case 505: "HTTP Version Not Supported"
    default: ""
    }
}
