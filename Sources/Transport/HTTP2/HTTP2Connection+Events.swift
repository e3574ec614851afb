internal import HTTPTypes
internal import CNghttp2
internal import NIOCore

// What the session tells while it takes bytes in or gives them out. None of this may send or
// receive; submitting is allowed.
extension HTTP2Connection {
    /// Whether a frame may come; false ends the connection, because there are too many of its kind.
    func permits(_ frame: HTTP2FrameScanner.Header, at now: NIODeadline) -> Bool {
        guard pieces.allowsNext(at: now) else {
            breach = ConnectionBreach(
                kind: .frameFlood, error: .protocolViolation("too many small frames in a second"))
            return false
        }
        pieces.carried(frame.length)
        guard let kind = kind(of: frame) else { return true }
        return permits(kind, at: now)
    }

    /// As what a frame is counted that brings nothing by itself.
    private func kind(of frame: HTTP2FrameScanner.Header) -> FloodGuard.Kind? {
        switch UInt32(frame.type) {
        case NGHTTP2_RST_STREAM.rawValue: return .reset
        case NGHTTP2_SETTINGS.rawValue: return .settings
        case NGHTTP2_PING.rawValue: return .ping
        case NGHTTP2_CONTINUATION.rawValue: return .continuation
        case NGHTTP2_HEADERS.rawValue, NGHTTP2_WINDOW_UPDATE.rawValue: return nil
        case NGHTTP2_DATA.rawValue:
            let isEnd = UInt32(frame.flags) & NGHTTP2_FLAG_END_STREAM.rawValue != 0
            return frame.length == 0 && !isEnd ? .idle : nil
        default: return .idle
        }
    }

    private func permits(_ kind: FloodGuard.Kind, at now: NIODeadline) -> Bool {
        guard !flood.allows(kind, at: now) else { return true }
        breach = ConnectionBreach(
            kind: kind.breach, error: .protocolViolation("too many \(kind) frames in a second"))
        return false
    }

    /// A window opens; false ends the connection, because there are too many such frames.
    func receivedWindowUpdate(by increment: Int) -> Bool {
        increment >= 1024 || permits(.windowUpdate, at: .now())
    }

    func beganHeaders(_ id: Int32) {
        incompleteSince = .now()
        if let stream = streams[id] {
            stream.fields = []
            stream.fieldBytes = 0
        } else if case .server = role {
            let exchange = HTTPExchange(key: Int(id), mailbox: mailbox, limits: limits)
            let stream = HTTP2Stream(exchange)
            stream.id = id
            streams[id] = stream
            identifiers[Int(id)] = id
        }
    }

    /// One header field; false ends the connection, because there are too many of them.
    func received(name: String, value: String, on id: Int32) -> Bool {
        guard let stream = streams[id] else { return true }
        // A field counts as RFC 9113, section 6.5.2 counts it.
        stream.fieldBytes += name.utf8.count + value.utf8.count + 32
        if stream.fieldBytes <= limits.headerBytes {
            stream.fields.append((name, value))
        }
        guard stream.fieldBytes <= 8 * limits.headerBytes else {
            breach = ConnectionBreach(
                kind: .headerFlood,
                error: .protocolViolation("a header of more than \(stream.fieldBytes) bytes"))
            return false
        }
        return true
    }

    func endedHeaders(_ id: Int32) {
        incompleteSince = nil
        guard let stream = streams[id] else { return }
        lastActive = .now()
        guard !stream.hasHead else { return }
        switch role {
        case .server(let connection): startRequest(stream, connection)
        case .client: readResponse(stream)
        }
    }

    private func startRequest(_ stream: HTTP2Stream, _ connection: ServerConnection) {
        stream.hasHead = true
        guard stream.fieldBytes <= limits.headerBytes else {
            refuse(stream, status: 431)
            return
        }
        var pseudo: [String: String] = [:]
        for field in stream.fields.prefix(while: { $0.name.hasPrefix(":") }) {
            pseudo[field.name] = field.value
        }
        let headers = HTTPFields(received: stream.fields.drop { $0.name.hasPrefix(":") })
        stream.fields = []
        guard let headers, let method = pseudo[":method"], let path = pseudo[":path"],
            path.hasPrefix("/") || path == "*"
        else {
            refuse(stream, status: 400)
            return
        }
        stream.carriesNoBody = method == "HEAD"
        let head = RequestHead(
            method: method, path: path,
            authority: pseudo[":authority"] ?? headers[.hostName] ?? "", headers: headers)
        stream.task = connection.serve(head, stream.exchange, isHTTP2: true)
    }

    /// Answers without asking the handler.
    private func refuse(_ stream: HTTP2Stream, status: Int) {
        stream.carriesNoBody = true
        stream.isHandled = true
        role.connection?.account.answered(status)
        session.submitResponse(
            stream.id, status: status, headers: [.contentLength: "0"], hasBody: false)
    }

    private func readResponse(_ stream: HTTP2Stream) {
        guard stream.fieldBytes <= limits.headerBytes,
            let status = stream.fields.first(where: { $0.name == ":status" })
                .flatMap({ Int($0.value) }),
            let headers = HTTPFields(received: stream.fields.filter { !$0.name.hasPrefix(":") })
        else {
            stream.exchange.fail(.protocolViolation("unreadable response header"))
            session.submitReset(stream.id, code: HTTP2ErrorCode.protocolError)
            return
        }
        stream.fields = []
        guard status >= 200 else { return }
        stream.hasHead = true
        stream.exchange.deliverHead(ResponseHead(status: status, headers: headers))
    }

    func received(_ bytes: UnsafeBufferPointer<UInt8>, on id: Int32) {
        guard let stream = streams[id] else {
            forfeited += bytes.count
            return
        }
        stream.untaken += bytes.count
        stream.arrived += bytes
        list(stream)
    }

    func receivedEnd(_ id: Int32) {
        guard let stream = streams[id] else { return }
        stream.isComplete = true
        list(stream)
    }

    private func list(_ stream: HTTP2Stream) {
        guard !stream.isListed else { return }
        stream.isListed = true
        arrivals.append(stream)
    }

    func receivedSettings() {
        guard !hasSettings else { return }
        hasSettings = true
        role.observer?.ready()
    }

    func receivedGoAway(code: UInt32) {
        isDraining = true
        receivedGoAwayCode = code
        role.observer?.goingAway()
    }

    func closed(_ id: Int32, code: UInt32) {
        guard let stream = streams.removeValue(forKey: id) else { return }
        identifiers[stream.exchange.key] = nil
        // A request that never came to its end buys no time: idleness began when it was opened.
        if stream.isComplete || !role.isServer { lastActive = .now() }
        forfeited += stream.untaken
        stream.deliver()
        if !(stream.isComplete && stream.hasSentEnd) { stream.task?.cancel() }
        let isRefused = isDraining && code == HTTP2ErrorCode.refusedStream
        stream.exchange.fail(isRefused ? .goingAway : .streamReset(code))
    }

    /// Copies outgoing bytes of a stream to `space`.
    func take(_ id: Int32, into space: UnsafeMutableRawBufferPointer) -> HTTP2Outgoing {
        streams[id]?.take(into: space) ?? .last(0)
    }

    func sentEnd(_ id: Int32) {
        guard let stream = streams[id] else { return }
        stream.hasSentEnd = true
        abandonRest(of: stream)
    }

    /// After a complete response the rest of the request is not wanted (RFC 9113, section 8.1).
    func abandonRest(of stream: HTTP2Stream) {
        guard role.isServer, stream.isHandled, stream.hasSentEnd,
            !session.isRemoteClosed(stream.id)
        else { return }
        session.submitReset(stream.id, code: HTTP2ErrorCode.noError)
    }

    /// A stream was reset by this side, with its error code.
    func sentReset(code: UInt32) {
        let own = [
            HTTP2ErrorCode.noError, HTTP2ErrorCode.cancel, HTTP2ErrorCode.internalError,
        ]
        guard !own.contains(code), !permits(.reset, at: .now()), let breach else { return }
        // Resets that the other side provokes cost as much as those it sends.
        eventLoop.assumeIsolated().execute {
            guard !self.hasEnded else { return }
            self.role.connection?.note(breach)
            self.end(breach.error, code: HTTP2ErrorCode.enhanceYourCalm)
        }
    }
}
