internal import CNghttp2
internal import HTTPTypes
internal import NIOCore
internal import Protocol

/// What a stream has to send.
enum HTTP2Outgoing {
    /// Nothing yet.
    case later
    /// So many bytes, with more to come.
    case bytes(Int)
    /// So many bytes, the last.
    case last(Int)
    /// So many bytes, the last, and then these fields.
    case trailers(Int, HTTPFields)
}

/// nghttp2's session: bytes in, bytes out. Belongs to its event loop.
final class HTTP2Session {
    private let pointer: OpaquePointer
    fileprivate weak var events: HTTP2Connection?
    /// What nghttp2 said about the last breach of the protocol.
    fileprivate(set) var complaint: UntrustedText?
    /// The error code of a GOAWAY that this side sent.
    fileprivate(set) var sentGoAway: UInt32?

    init(isServer: Bool) throws(TransportError) {
        var callbacks: OpaquePointer?
        var options: OpaquePointer?
        var session: OpaquePointer?
        guard nghttp2_session_callbacks_new(&callbacks) == 0, nghttp2_option_new(&options) == 0
        else { throw .configuration("no memory for HTTP/2") }
        defer {
            nghttp2_session_callbacks_del(callbacks)
            nghttp2_option_del(options)
        }
        setCallbacks(callbacks)
        nghttp2_option_set_no_auto_window_update(options, 1)
        nghttp2_option_set_no_closed_streams(options, 1)
        let outcome =
            isServer
            ? nghttp2_session_server_new2(&session, callbacks, nil, options)
            : nghttp2_session_client_new2(&session, callbacks, nil, options)
        guard outcome == 0, let session else { throw .configuration("no memory for HTTP/2") }
        pointer = session
        nghttp2_session_set_user_data(pointer, Unmanaged.passUnretained(self).toOpaque())
    }

    deinit {
        nghttp2_session_del(pointer)
    }

    /// Names the receiver of events and announces this side's limits.
    func start(_ events: HTTP2Connection, limits: TransportLimits, isServer: Bool) {
        self.events = events
        var settings = [
            entry(NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, limits.streamWindow),
            entry(NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, limits.headerBytes),
        ]
        if isServer {
            settings.append(
                entry(NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, limits.concurrentStreams))
        } else {
            settings.append(entry(NGHTTP2_SETTINGS_ENABLE_PUSH, 0))
        }
        nghttp2_submit_settings(pointer, flagNone, settings, settings.count)
        nghttp2_session_set_local_window_size(
            pointer, flagNone, 0, Int32(clamping: limits.connectionWindow))
    }

    /// Takes bytes from the other side; throws when the connection cannot go on.
    func receive(_ bytes: ByteBuffer) throws(TransportError) {
        let outcome = bytes.withUnsafeReadableBytes { buffer in
            nghttp2_session_mem_recv(
                pointer, buffer.bindMemory(to: UInt8.self).baseAddress, buffer.count)
        }
        if outcome < 0 {
            throw .protocolViolation(complaint.map { "\($0)" } ?? errorText(outcome))
        }
    }

    /// Appends frames until `buffer` holds `limit` bytes or nothing is left; false when there
    /// may be more.
    func send(into buffer: inout ByteBuffer, limit: Int) throws(TransportError) -> Bool {
        while buffer.readableBytes < limit {
            var bytes: UnsafePointer<UInt8>?
            let count = nghttp2_session_mem_send(pointer, &bytes)
            guard count >= 0 else { throw .protocolViolation(errorText(count)) }
            guard count > 0, let bytes else { return true }
            buffer.writeBytes(UnsafeRawBufferPointer(start: bytes, count: count))
        }
        return false
    }

    var waitingFrames: Int {
        nghttp2_session_get_outbound_queue_size(pointer)
    }

    /// Whether neither side has anything left to say.
    var isOver: Bool {
        nghttp2_session_want_read(pointer) == 0 && nghttp2_session_want_write(pointer) == 0
    }

    /// Opens a stream; nil when no more can be opened on this connection.
    func submitRequest(_ head: RequestHead, scheme: String, hasBody: Bool) -> Int32? {
        var fields: [(name: String, value: String)] = [
            (":method", head.method),
            (":scheme", scheme),
            (":authority", head.authority),
            (":path", head.path),
        ]
        fields += head.headers.map { ($0.name.canonicalName, $0.value) }
        let id = withNameValues(fields) { pairs, count in
            var provider = makeProvider()
            return withUnsafePointer(to: &provider) { provider in
                nghttp2_submit_request(pointer, nil, pairs, count, hasBody ? provider : nil, nil)
            }
        }
        return id > 0 ? id : nil
    }

    func submitResponse(_ id: Int32, status: Int, headers: HTTPFields, hasBody: Bool) {
        var fields: [(name: String, value: String)] = [(":status", String(status))]
        fields += headers.map { ($0.name.canonicalName, $0.value) }
        _ = withNameValues(fields) { pairs, count in
            var provider = makeProvider()
            return withUnsafePointer(to: &provider) { provider in
                nghttp2_submit_response(pointer, id, pairs, count, hasBody ? provider : nil)
            }
        }
    }

    /// Lets a stream that had nothing to send go on.
    func resume(_ id: Int32) {
        nghttp2_session_resume_data(pointer, id)
    }

    func submitReset(_ id: Int32, code: UInt32) {
        nghttp2_submit_rst_stream(pointer, flagNone, id, code)
    }

    func submitPing() {
        nghttp2_submit_ping(pointer, flagNone, nil)
    }

    /// Announces the end without refusing the streams that are on their way.
    func submitShutdownNotice() {
        nghttp2_submit_shutdown_notice(pointer)
    }

    /// Refuses new streams; those that are open go on.
    func submitGoAway() {
        nghttp2_submit_goaway(pointer, flagNone, lastStream, HTTP2ErrorCode.noError, nil, 0)
    }

    /// The last stream that the other side opened.
    var lastStream: Int32 {
        nghttp2_session_get_last_proc_stream_id(pointer)
    }

    /// Opens both windows again by bytes that were taken.
    func consume(_ id: Int32, _ count: Int) {
        nghttp2_session_consume(pointer, id, count)
    }

    /// Opens the connection's window again by bytes of a stream that has ended.
    func consumeConnection(_ count: Int) {
        nghttp2_session_consume_connection(pointer, count)
    }

    /// Whether the other side has ended its half of a stream.
    func isRemoteClosed(_ id: Int32) -> Bool {
        nghttp2_session_get_stream_remote_close(pointer, id) != 0
    }

    fileprivate func submitTrailers(_ id: Int32, _ trailers: HTTPFields) {
        _ = withNameValues(trailers.map { ($0.name.canonicalName, $0.value) }) { pairs, count in
            nghttp2_submit_trailer(pointer, id, pairs, count)
        }
    }

    fileprivate func complain(_ text: String) {
        complaint = UntrustedText(text)
    }

    fileprivate func noteGoAway(_ code: UInt32) {
        sentGoAway = code
    }
}

private let flagNone = UInt8(NGHTTP2_FLAG_NONE.rawValue)

private func entry(_ id: nghttp2_settings_id, _ value: Int) -> nghttp2_settings_entry {
    nghttp2_settings_entry(settings_id: Int32(id.rawValue), value: UInt32(clamping: value))
}

private func errorText(_ code: Int) -> String {
    guard let text = nghttp2_strerror(Int32(clamping: code)) else { return "error \(code)" }
    return String(cString: text)
}

/// Lays the fields out in one buffer for nghttp2, which copies them.
private func withNameValues<Result>(
    _ fields: [(name: String, value: String)], _ body: (UnsafePointer<nghttp2_nv>?, Int) -> Result
) -> Result {
    var bytes: [UInt8] = []
    var places: [(name: Int, nameLength: Int, value: Int, valueLength: Int)] = []
    for field in fields {
        let name = bytes.count
        bytes += field.name.utf8
        let value = bytes.count
        bytes += field.value.utf8
        places.append((name, value - name, value, bytes.count - value))
    }
    return bytes.withUnsafeBufferPointer { buffer in
        let pairs = places.map {
            busbar_nghttp2_nv(
                buffer.baseAddress, $0.name, $0.nameLength, $0.value, $0.valueLength)
        }
        return pairs.withUnsafeBufferPointer { body($0.baseAddress, $0.count) }
    }
}

private func makeProvider() -> nghttp2_data_provider {
    nghttp2_data_provider(source: nghttp2_data_source(), read_callback: takeOutgoing)
}

/// The session that a callback's last argument stands for.
private func session(_ data: UnsafeMutableRawPointer?) -> HTTP2Session? {
    data.map { Unmanaged<HTTP2Session>.fromOpaque($0).takeUnretainedValue() }
}

private func takeOutgoing(
    _: OpaquePointer?, _ id: Int32, _ space: UnsafeMutablePointer<UInt8>?, _ length: Int,
    _ flags: UnsafeMutablePointer<UInt32>?, _: UnsafeMutablePointer<nghttp2_data_source>?,
    _ data: UnsafeMutableRawPointer?
) -> Int {
    guard let session = session(data), let events = session.events, let flags else {
        return Int(NGHTTP2_ERR_CALLBACK_FAILURE.rawValue)
    }
    switch events.take(id, into: UnsafeMutableRawBufferPointer(start: space, count: length)) {
    case .later: return Int(NGHTTP2_ERR_DEFERRED.rawValue)
    case .bytes(let count): return count
    case .last(let count):
        flags.pointee |= NGHTTP2_DATA_FLAG_EOF.rawValue
        return count
    case .trailers(let count, let trailers):
        flags.pointee |= NGHTTP2_DATA_FLAG_EOF.rawValue | NGHTTP2_DATA_FLAG_NO_END_STREAM.rawValue
        session.submitTrailers(id, trailers)
        return count
    }
}

private let callbackFailure = NGHTTP2_ERR_CALLBACK_FAILURE.rawValue

private func setCallbacks(_ callbacks: OpaquePointer?) {
    nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks) { _, frame, data in
        guard let frame, let events = session(data)?.events else { return callbackFailure }
        events.beganHeaders(frame.pointee.hd.stream_id)
        return 0
    }
    nghttp2_session_callbacks_set_on_header_callback(callbacks) {
        _, frame, name, nameLength, value, valueLength, _, data in
        guard let frame, let events = session(data)?.events else { return callbackFailure }
        let goesOn = events.received(
            name: String(
                decoding: UnsafeBufferPointer(start: name, count: nameLength), as: UTF8.self),
            value: String(
                decoding: UnsafeBufferPointer(start: value, count: valueLength), as: UTF8.self),
            on: frame.pointee.hd.stream_id)
        return goesOn ? 0 : callbackFailure
    }
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks) {
        _, _, id, bytes, count, data in
        guard let events = session(data)?.events else { return callbackFailure }
        events.received(UnsafeBufferPointer(start: bytes, count: count), on: id)
        return 0
    }
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks) { _, frame, data in
        guard let frame, let events = session(data)?.events else { return callbackFailure }
        return received(frame.pointee, events) ? 0 : callbackFailure
    }
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks) { _, id, code, data in
        session(data)?.events?.closed(id, code: code)
        return 0
    }
    nghttp2_session_callbacks_set_on_frame_send_callback(callbacks) { _, frame, data in
        guard let frame, let session = session(data) else { return callbackFailure }
        sent(frame.pointee, session)
        return 0
    }
    nghttp2_session_callbacks_set_error_callback2(callbacks) { _, _, text, length, data in
        guard let text else { return 0 }
        let bytes = UnsafeRawBufferPointer(start: text, count: length)
        session(data)?.complain(String(decoding: bytes, as: UTF8.self))
        return 0
    }
}

/// Hands a whole frame on; false ends the connection.
private func received(_ frame: nghttp2_frame, _ events: HTTP2Connection) -> Bool {
    let isEnd = UInt32(frame.hd.flags) & NGHTTP2_FLAG_END_STREAM.rawValue != 0
    switch UInt32(frame.hd.type) {
    case NGHTTP2_HEADERS.rawValue:
        events.endedHeaders(frame.hd.stream_id)
        if isEnd { events.receivedEnd(frame.hd.stream_id) }
    case NGHTTP2_DATA.rawValue:
        if isEnd { events.receivedEnd(frame.hd.stream_id) }
    case NGHTTP2_SETTINGS.rawValue:
        if UInt32(frame.hd.flags) & NGHTTP2_FLAG_ACK.rawValue == 0 { events.receivedSettings() }
    case NGHTTP2_GOAWAY.rawValue:
        events.receivedGoAway(code: frame.goaway.error_code)
    case NGHTTP2_WINDOW_UPDATE.rawValue:
        return events.receivedWindowUpdate(
            by: Int(frame.window_update.window_size_increment))
    default: break
    }
    return true
}

private func sent(_ frame: nghttp2_frame, _ session: HTTP2Session) {
    switch UInt32(frame.hd.type) {
    case NGHTTP2_DATA.rawValue, NGHTTP2_HEADERS.rawValue:
        if UInt32(frame.hd.flags) & NGHTTP2_FLAG_END_STREAM.rawValue != 0 {
            session.events?.sentEnd(frame.hd.stream_id)
        }
    case NGHTTP2_RST_STREAM.rawValue:
        session.events?.sentReset(code: frame.rst_stream.error_code)
    case NGHTTP2_GOAWAY.rawValue:
        session.noteGoAway(frame.goaway.error_code)
    default: break
    }
}
