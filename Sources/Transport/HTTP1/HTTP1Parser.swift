internal import NIOCore

/// The header of an HTTP/1.1 request, with what follows from it.
struct HTTP1Head: Sendable {
    var request: RequestHead
    /// Whether the connection may serve another request after this.
    var keepsAlive: Bool
    /// Whether the client understands chunked responses (HTTP/1.1, not 1.0).
    var takesChunks: Bool
    /// Whether the client waits for "100 Continue" before it sends the body.
    var expectsContinue: Bool
}

/// Takes requests apart (RFC 9112), strictly: what two programs could read in two ways is
/// refused.
struct HTTP1Parser {
    /// A part of a request.
    enum Part {
        case head(HTTP1Head)
        case body([UInt8])
        case end
    }

    /// Why a request cannot be read, with the status to answer.
    struct Failure: Error {
        let status: Int
        let text: String
    }

    private enum State {
        case requestLine
        case fields
        case fixed(Int)
        case chunkSize
        case chunk(Int)
        case chunkEnd
        case trailers
        case complete
    }

    private let headerLimit: Int
    private var state = State.requestLine
    private var buffer = ByteBuffer()
    private var scanned = 0
    private var headerBytes = 0
    private var method = ""
    private var target = ""
    private var isOneOne = true
    private var headers = Headers()

    init(headerLimit: Int) {
        self.headerLimit = headerLimit
    }

    /// Bytes that have arrived and not been taken apart.
    var waitingBytes: Int {
        buffer.readableBytes
    }

    /// Whether a request's header has begun and is not complete.
    var isWithinHeader: Bool {
        switch state {
        case .requestLine: buffer.readableBytes > 0
        case .fields: true
        default: false
        }
    }

    /// Whether the present request has been read to its end.
    var isComplete: Bool {
        if case .complete = state { return true }
        return false
    }

    mutating func append(_ bytes: ByteBuffer) {
        if buffer.readableBytes == 0 {
            buffer = bytes
        } else {
            buffer.writeImmutableBuffer(bytes)
        }
    }

    /// Goes on to the request after the one that is complete.
    mutating func startNext() {
        state = .requestLine
        headerBytes = 0
        headers = Headers()
        if buffer.readableBytes == 0 { buffer = ByteBuffer() } else { buffer.discardReadBytes() }
    }

    /// The next part; nil when more bytes are needed, or after the end.
    mutating func next() throws(Failure) -> Part? {
        while true {
            switch state {
            case .requestLine:
                guard let line = try readLine() else { return nil }
                // One empty line before a request is allowed (RFC 9112, section 2.2).
                if line.isEmpty { continue }
                try parseRequestLine(line)
                state = .fields
            case .fields:
                guard let line = try readLine() else { return nil }
                if line.isEmpty { return .head(try finishHead()) }
                headers.add(try parseField(line))
            case .fixed(0):
                state = .complete
                return .end
            case .fixed(let rest):
                guard let bytes = readBody(rest) else { return nil }
                state = .fixed(rest - bytes.count)
                return .body(bytes)
            case .chunkSize:
                guard let line = try readLine() else { return nil }
                let size = try parseChunkSize(line)
                state = size == 0 ? .trailers : .chunk(size)
            case .chunk(let rest):
                guard let bytes = readBody(rest) else { return nil }
                state = bytes.count == rest ? .chunkEnd : .chunk(rest - bytes.count)
                return .body(bytes)
            case .chunkEnd:
                guard let line = try readLine() else { return nil }
                guard line.isEmpty else { throw bad("bytes after a chunk") }
                headerBytes = 0
                state = .chunkSize
            case .trailers:
                guard let line = try readLine() else { return nil }
                guard line.isEmpty else {
                    _ = try parseField(line)
                    continue
                }
                state = .complete
                return .end
            case .complete: return nil
            }
        }
    }

    private mutating func readBody(_ limit: Int) -> [UInt8]? {
        let count = min(limit, buffer.readableBytes)
        scanned = 0
        return count == 0 ? nil : buffer.readBytes(length: count)
    }

    /// A line without its CRLF.
    private mutating func readLine() throws(Failure) -> ArraySlice<UInt8>? {
        let view = buffer.readableBytesView.dropFirst(scanned)
        guard let end = view.firstIndex(of: UInt8(ascii: "\n")) else {
            scanned = buffer.readableBytes
            guard headerBytes + scanned <= headerLimit else { throw tooLong }
            return nil
        }
        let length = end - buffer.readerIndex + 1
        headerBytes += length
        guard headerBytes <= headerLimit else { throw tooLong }
        scanned = 0
        guard let line = buffer.readBytes(length: length) else { return nil }
        let content = line.dropLast(2)
        guard line.dropLast().last == UInt8(ascii: "\r"), content.allSatisfy(isFieldValueByte)
        else { throw bad("a control character, or a line without CR") }
        return content
    }

    private var tooLong: Failure {
        Failure(status: 431, text: "a header of more than \(headerLimit) bytes")
    }

    private func bad(_ text: String) -> Failure {
        Failure(status: 400, text: text)
    }
}

// The parts of a header.
extension HTTP1Parser {
    private mutating func parseRequestLine(_ line: ArraySlice<UInt8>) throws(Failure) {
        let words = line.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
        guard words.count == 3, !words[0].isEmpty, words[0].allSatisfy(isTokenByte),
            !words[1].isEmpty, words[1].allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        else { throw bad("request line") }
        switch String(decoding: words[2], as: UTF8.self) {
        case "HTTP/1.1": isOneOne = true
        case "HTTP/1.0": isOneOne = false
        default: throw Failure(status: 505, text: "HTTP version")
        }
        method = String(decoding: words[0], as: UTF8.self)
        target = String(decoding: words[1], as: UTF8.self)
    }

    private func parseField(_ line: ArraySlice<UInt8>) throws(Failure) -> Headers.Field {
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > line.startIndex,
            line[..<colon].allSatisfy(isTokenByte)
        else { throw bad("header field") }
        let isBlank: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0x09 }
        var value = line[(colon + 1)...].drop(while: isBlank)
        while let last = value.last, isBlank(last) { value.removeLast() }
        return Headers.Field(
            name: String(decoding: line[..<colon], as: UTF8.self),
            value: String(decoding: value, as: UTF8.self))
    }

    private mutating func finishHead() throws(Failure) -> HTTP1Head {
        let hosts = headers.values("host")
        guard hosts.count == 1 || (hosts.isEmpty && !isOneOne) else { throw bad("host") }
        state = try bodyState()
        var request = RequestHead(
            method: method, path: target, authority: hosts.first ?? "", headers: headers)
        try reduceTarget(&request)
        let options = headers.values("connection").joined(separator: ",").lowercased()
            .split(separator: ",").map { $0.filter { $0 != " " && $0 != "\t" } }
        let expectation = headers["expect"]?.lowercased()
        guard expectation == nil || expectation == "100-continue" else {
            throw Failure(status: 417, text: "expectation")
        }
        headerBytes = 0
        return HTTP1Head(
            request: request, keepsAlive: isOneOne && !options.contains("close"),
            takesChunks: isOneOne, expectsContinue: isOneOne && expectation != nil && !isEmpty)
    }

    private var isEmpty: Bool {
        if case .fixed(0) = state { return true }
        return false
    }

    /// How the body ends (RFC 9112, section 6.3); both ways at once are an attack.
    private func bodyState() throws(Failure) -> State {
        let codings = headers.values("transfer-encoding")
        let lengths = headers.values("content-length")
        if !codings.isEmpty {
            guard lengths.isEmpty, isOneOne else { throw bad("two kinds of length") }
            guard codings.count == 1, codings[0].lowercased() == "chunked" else {
                throw Failure(status: 501, text: "transfer coding")
            }
            return .chunkSize
        }
        guard let text = lengths.first else { return .fixed(0) }
        guard lengths.count == 1, (1...18).contains(text.utf8.count),
            text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let length = Int(text)
        else { throw bad("content-length") }
        return .fixed(length)
    }

    /// Brings a target in absolute form to a path (RFC 9112, section 3.2.2).
    private func reduceTarget(_ request: inout RequestHead) throws(Failure) {
        if request.path.hasPrefix("/") || (request.path == "*" && method == "OPTIONS") { return }
        for scheme in ["http://", "https://"] where request.path.hasPrefix(scheme) {
            let rest = request.path.dropFirst(scheme.count)
            let path = rest.drop { $0 != "/" && $0 != "?" }
            request.authority = String(rest[..<path.startIndex])
            request.path = path.hasPrefix("/") ? String(path) : "/" + path
            return
        }
        throw bad("request target")
    }

    private func parseChunkSize(_ line: ArraySlice<UInt8>) throws(Failure) -> Int {
        let digits = line.prefix { $0 != UInt8(ascii: ";") && $0 != 0x20 && $0 != 0x09 }
        guard (1...8).contains(digits.count),
            digits.allSatisfy({ $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "-") }),
            let size = Int(String(decoding: digits, as: UTF8.self), radix: 16)
        else { throw bad("chunk size") }
        return size
    }
}
