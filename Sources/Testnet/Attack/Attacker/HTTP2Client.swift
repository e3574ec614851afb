import Protocol

/// HTTP/2 by hand over TLS: it keeps the other side's windows, and else only the rules that whoever
/// uses it wants kept. It belongs to one thread.
final class HTTP2Client {
    let tls: BlockingTLS
    /// The streams whose answer has begun with status 200.
    private(set) var answered: Set<UInt32> = []
    /// How many bytes each stream has brought.
    private(set) var received: [UInt32: Int] = [:]
    /// What each stream has brought that nobody has taken; nil where nobody reads it.
    var content: [UInt32: Bytes]?
    private(set) var hasSettings = false
    private var input: Bytes = []
    private var window = 65_535
    private var windows: [UInt32: Int] = [:]
    private var initialWindow = 65_535
    /// What has come since a window was opened again; under 0 for the connection's.
    private var taken: [UInt32: Int] = [:]
    private var nextStream: UInt32 = 1

    /// Connects, shakes hands and says what a client says first, as if `distance` ms away.
    init(
        to port: UInt16, from address: LoopbackAddress = .owner, _ context: BlockingTLSContext,
        distance: UInt32 = 0, timeout: Double = 5
    ) throws(SocketFailure) {
        tls = try BlockingTLS(
            to: port, from: address, context, distance: distance, timeout: timeout)
        try tls.send(HTTP2Frame.preface + HTTP2Frame.encode(HTTP2Frame.settings))
    }

    /// Waits for the other side's first frame, which comes once it has accepted this one.
    func waitForSettings(timeout: Double = 5) throws(SocketFailure) {
        while !hasSettings { try take(timeout: timeout) }
    }

    /// Opens a stream with a request's header.
    func open(
        _ method: String, _ path: String, headers: [(name: String, value: String)] = [],
        isWhole: Bool = false
    ) throws(SocketFailure) -> UInt32 {
        defer { nextStream += 2 }
        let fields =
            [
                (":method", method), (":scheme", "https"), (":path", path),
                (":authority", "127.0.0.1"),
            ] + headers
        let flags = HTTP2Frame.endHeaders | (isWhole ? HTTP2Frame.endStream : 0)
        try tls.send(
            HTTP2Frame.encode(
                HTTP2Frame.headers, HTTP2Frame.fields(fields), flags: flags, stream: nextStream))
        return nextStream
    }

    /// Sends `bytes` on a stream, as far as the other side's windows let it, which it waits for.
    func send(_ bytes: Bytes, on stream: UInt32, timeout: Double = 5) throws(SocketFailure) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let free = min(window, windows[stream] ?? initialWindow, 16_384)
            guard free > 0 else {
                try take(timeout: timeout)
                continue
            }
            let piece = Array(rest.prefix(free))
            try tls.send(
                HTTP2Frame.encode(HTTP2Frame.data, piece, stream: stream), timeout: timeout)
            window -= piece.count
            windows[stream, default: initialWindow] -= piece.count
            rest = rest.dropFirst(piece.count)
        }
    }

    /// Takes what has come, if anything has.
    func takeWaiting() throws(SocketFailure) {
        do throws(SocketFailure) {
            while true { try take(timeout: 0) }
        } catch {
            guard case .late = error else { throw error }
        }
    }

    /// Waits for something to come, and takes it.
    func take(timeout: Double) throws(SocketFailure) {
        input += try tls.receive(timeout: timeout)
        var start = 0
        while input.count - start >= 9 {
            let header = input[start..<(start + 9)]
            let length = header.prefix(3).reduce(0) { $0 << 8 | Int($1) }
            guard input.count - start >= 9 + length else { break }
            let payload = Array(input[(start + 9)..<(start + 9 + length)])
            let stream = UInt32(bigEndian: header.suffix(4)) ?? 0
            try take(input[start + 3], flags: input[start + 4], stream & 0x7fff_ffff, payload)
            start += 9 + length
        }
        input.removeFirst(start)
    }

    private func take(
        _ type: UInt8, flags: UInt8, _ stream: UInt32, _ payload: Bytes
    ) throws(SocketFailure) {
        switch type {
        case HTTP2Frame.settings where flags & HTTP2Frame.acknowledged == 0:
            takeSettings(payload)
            let answer = HTTP2Frame.encode(
                HTTP2Frame.settings, flags: HTTP2Frame.acknowledged)
            try tls.send(answer)
        case HTTP2Frame.ping where flags & HTTP2Frame.acknowledged == 0:
            try tls.send(
                HTTP2Frame.encode(HTTP2Frame.ping, payload, flags: HTTP2Frame.acknowledged))
        case HTTP2Frame.windowUpdate:
            let increment = Int(UInt32(bigEndian: payload[...]) ?? 0)
            if stream == 0 { window += increment } else { open(stream, by: increment) }
        case HTTP2Frame.headers:
            // The static table's entry for status 200 (RFC 7541, appendix A).
            if payload.first == 0x88 { answered.insert(stream) }
        case HTTP2Frame.data:
            received[stream, default: 0] += payload.count
            content?[stream, default: []] += payload
            try giveBack(payload.count, on: stream)
        case HTTP2Frame.goAway: throw .closed
        default: break
        }
    }

    /// Opens this side's windows again, once half of one is used up.
    private func giveBack(_ count: Int, on stream: UInt32) throws(SocketFailure) {
        for name in [0, stream] {
            taken[name, default: 0] += count
            guard let sum = taken[name], sum > 32_768 else { continue }
            taken[name] = 0
            try tls.send(
                HTTP2Frame.encode(
                    HTTP2Frame.windowUpdate, UInt32(sum).bigEndianBytes, stream: name))
        }
    }

    private func open(_ stream: UInt32, by increment: Int) {
        windows[stream, default: initialWindow] += increment
    }

    private func takeSettings(_ payload: Bytes) {
        hasSettings = true
        for start in stride(from: 0, to: payload.count - 5, by: 6) {
            let name = Int(payload[start]) << 8 | Int(payload[start + 1])
            let value = Int(UInt32(bigEndian: payload[(start + 2)..<(start + 6)]) ?? 0)
            // SETTINGS_INITIAL_WINDOW_SIZE, which changes the windows that are open too.
            guard name == 4 else { continue }
            for stream in windows.keys { windows[stream, default: 0] += value - initialWindow }
            initialWindow = value
        }
    }
}
