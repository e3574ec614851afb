internal import NIOCore

/// What stands behind llhttp and knows where it is.
protocol HTTP1GateOwner: AnyObject {
    /// Bytes wait at the gate.
    func bytesArrived()
    /// The client has gone.
    func inputEnded()
}

/// Passes a client's bytes to llhttp one request at a time, and refuses what llhttp would let pass
/// although two programs could read it in two ways.
///
/// llhttp reads everything that it is given, so it gets no byte beyond the request at hand: a header
/// ends with an empty line, of a body the length is known, and the chunks of a body are read here
/// (``ChunkLine``). What follows waits here as bytes until the response has gone out.
final class HTTP1Gate: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private enum State {
        case requestLine
        case fields
        case fixed(Int)
        case chunkSize
        /// So many bytes of a chunk are still to come.
        case chunk(Int)
        case chunkEnd
        case trailers
        case complete
    }

    weak var owner: (any HTTP1GateOwner)?
    private let headerLimit: Int
    private var state = State.requestLine
    private var buffer = ByteBuffer()
    /// Bytes at the start of `buffer` in which no line ends.
    private var scanned = 0
    /// Bytes passed that were no body: of the header, of sizes of chunks, of trailers.
    private var overhead = 0
    /// How many bytes of CR LF CR LF were passed last.
    private var matched = 0
    private var context: ChannelHandlerContext?

    init(headerLimit: Int) {
        self.headerLimit = headerLimit
    }

    /// Bytes that have arrived and not been passed.
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

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        if buffer.readableBytes == 0 {
            buffer = bytes
        } else {
            buffer.writeBuffer(&bytes)
        }
        owner?.bytesArrived()
    }

    func channelInactive(context: ChannelHandlerContext) {
        // First, since llhttp calls a request that breaks off here an error.
        owner?.inputEnded()
        context.fireChannelInactive()
    }
}

// What the owner tells of the request at hand.
extension HTTP1Gate {
    /// Its header has been read, and says how its body ends.
    func headEnded(_ length: HTTP1Head.Length) {
        overhead = 0
        matched = 0
        switch length {
        case .fixed(let count): state = .fixed(count)
        case .chunked: state = .chunkSize
        }
    }

    /// Bytes of its body have been read.
    func bodyArrived() {
        overhead = 0
    }

    /// It has been read to its end.
    func requestEnded() {
        state = .complete
    }

    /// Goes on to the request after the one that is complete.
    func startNext() {
        state = .requestLine
        overhead = 0
        if buffer.readableBytes == 0 { buffer = ByteBuffer() } else { buffer.discardReadBytes() }
    }
}

// The way to llhttp.
extension HTTP1Gate {
    /// Passes one piece of the request at hand; false when more bytes are needed, or at its end.
    func passNext() throws(HTTP1Failure) -> Bool {
        guard let context else { return false }
        switch state {
        case .requestLine:
            guard let line = try takeRequestLine() else { return false }
            state = .fields
            matched = 2
            context.fireChannelRead(wrapInboundOut(line))
        case .fields:
            guard let piece = takeToEmptyLine() else { return false }
            overhead += piece.readableBytes
            guard overhead <= headerLimit else { throw tooLong }
            let isLast = matched == 4
            context.fireChannelRead(wrapInboundOut(piece))
            if isLast, case .fields = state { throw .bad("header") }
        case .fixed(let rest):
            guard let piece = buffer.readSlice(length: min(rest, waitingBytes)),
                piece.readableBytes > 0
            else { return false }
            state = .fixed(rest - piece.readableBytes)
            context.fireChannelRead(wrapInboundOut(piece))
            if case .fixed(0) = state { throw .bad("content-length") }
        case .chunkSize, .chunk, .chunkEnd, .trailers: return try passChunked(context)
        case .complete: return false
        }
        return true
    }

    /// The bytes up to and with the next empty line, or all.
    private func takeToEmptyLine() -> ByteBuffer? {
        guard waitingBytes > 0 else { return nil }
        if matched == 4 { matched = 0 }
        var count = 0
        for byte in buffer.readableBytesView {
            count += 1
            let expected = matched.isMultiple(of: 2) ? UInt8(ascii: "\r") : UInt8(ascii: "\n")
            matched = byte == expected ? matched + 1 : byte == UInt8(ascii: "\r") ? 1 : 0
            if matched == 4 { break }
        }
        return buffer.readSlice(length: count)
    }

    /// The line that a request begins with; empty lines before it do not count (RFC 9112,
    /// section 2.2).
    private func takeRequestLine() throws(HTTP1Failure) -> ByteBuffer? {
        while let line = try takeLine(atMost: headerLimit - overhead, else: tooLong) {
            overhead += line.readableBytes
            if line.readableBytes == 2 { continue }
            try check(line.readableBytesView.dropLast(2))
            return line
        }
        return nil
    }

    /// The next line with its CR LF, once it has come whole; throws `failure` where it has more
    /// than `limit` bytes.
    private func takeLine(
        atMost limit: Int, else failure: HTTP1Failure
    ) throws(HTTP1Failure) -> ByteBuffer? {
        let view = buffer.readableBytesView
        guard let end = view.dropFirst(scanned).firstIndex(of: UInt8(ascii: "\n")) else {
            scanned = view.count
            guard scanned <= limit else { throw failure }
            return nil
        }
        scanned = 0
        let length = end - view.startIndex + 1
        guard length <= limit else { throw failure }
        guard view.prefix(length).dropLast().last == UInt8(ascii: "\r") else {
            throw .bad("a line without CR")
        }
        return buffer.readSlice(length: length)
    }

    /// llhttp lets several spaces stand between the words.
    private func check(_ line: ByteBufferView) throws(HTTP1Failure) {
        let words = line.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
        guard words.count == 3, !words[0].isEmpty, !words[1].isEmpty,
            words[1].allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        else { throw .bad("request line") }
        guard words[2].elementsEqual("HTTP/1.1".utf8) || words[2].elementsEqual("HTTP/1.0".utf8)
        else { throw HTTP1Failure(status: 505, "HTTP version") }
    }

    private var tooLong: HTTP1Failure {
        HTTP1Failure(status: 431, "a header of more than \(headerLimit) bytes")
    }
}

// Chunked bodies (RFC 9112, section 7.1).
extension HTTP1Gate {
    /// Passes one piece of a chunked body; false when more bytes are needed.
    private func passChunked(_ context: ChannelHandlerContext) throws(HTTP1Failure) -> Bool {
        switch state {
        case .chunkSize:
            let limit = ChunkLine.longest
            guard let line = try takeLine(atMost: limit, else: .bad("chunk size")) else {
                return false
            }
            try count(line)
            let chunk = try ChunkLine(line.readableBytesView.dropLast(2))
            state = chunk.size == 0 ? .trailers : .chunk(chunk.size)
            // Without its extensions, of which nobody here makes use.
            context.fireChannelRead(wrapInboundOut(ByteBuffer(bytes: chunk.digits + [13, 10])))
        case .chunk(let rest):
            guard let piece = buffer.readSlice(length: min(rest, waitingBytes)),
                piece.readableBytes > 0
            else { return false }
            state = rest == piece.readableBytes ? .chunkEnd : .chunk(rest - piece.readableBytes)
            context.fireChannelRead(wrapInboundOut(piece))
        case .chunkEnd:
            guard let end = buffer.readSlice(length: 2) else { return false }
            guard end.readableBytesView.elementsEqual([13, 10]) else { throw .bad("chunk end") }
            state = .chunkSize
            context.fireChannelRead(wrapInboundOut(end))
        default: return try passTrailer(context)
        }
        return true
    }

    private func passTrailer(_ context: ChannelHandlerContext) throws(HTTP1Failure) -> Bool {
        guard let line = try takeLine(atMost: headerLimit - overhead, else: tooLong) else {
            return false
        }
        try count(line)
        let field = line.readableBytesView.dropLast(2)
        let isField = field.first.map { $0 > 0x20 } ?? true
        guard isField, field.allSatisfy({ $0 == 9 || $0 >= 0x20 && $0 != 0x7F }) else {
            throw .bad("trailer")
        }
        context.fireChannelRead(wrapInboundOut(line))
        if field.isEmpty, case .trailers = state { throw .bad("trailers") }
        return true
    }

    /// Counts a line that is no body.
    private func count(_ line: ByteBuffer) throws(HTTP1Failure) {
        overhead += line.readableBytes
        guard overhead <= headerLimit else { throw tooLong }
    }
}
