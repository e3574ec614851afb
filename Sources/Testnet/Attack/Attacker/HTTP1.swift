import Protocol

/// HTTP/1.1 by hand, one request after the other.
struct HTTP1Answer {
    let status: Int
    let body: Bytes
}

extension ByteChannel {
    /// Sends a request and waits for the whole answer, `timeout` seconds at most for each piece.
    func ask(
        _ method: String, _ path: String, headers: [(name: String, value: String)] = [],
        body: Bytes = [], timeout: Double = 5
    ) throws(SocketFailure) -> HTTP1Answer {
        try send(HTTP1.request(method, path, headers: headers, body: body), timeout: timeout)
        var text = HTTP1Text()
        while true {
            text.bytes += try receive(timeout: timeout)
            guard let head = text.head else { continue }
            let words = head.split(separator: " ", maxSplits: 2)
            guard words.count >= 2, let status = Int(words[1].prefix(3)) else {
                throw .unreadable("no status")
            }
            if let body = text.body { return HTTP1Answer(status: status, body: body) }
        }
    }

    /// Calls JSON-RPC with the text of a call or a batch.
    func call(_ json: Bytes, timeout: Double = 5) throws(SocketFailure) -> HTTP1Answer {
        try ask(
            "POST", "/", headers: [("content-type", "application/json")], body: json,
            timeout: timeout)
    }
}

enum HTTP1 {
    static func request(
        _ method: String, _ path: String, headers: [(name: String, value: String)] = [],
        body: Bytes = []
    ) -> Bytes {
        var text = "\(method) \(path) HTTP/1.1\r\nhost: 127.0.0.1\r\n"
        for (name, value) in headers { text += "\(name): \(value)\r\n" }
        if !body.isEmpty { text += "content-length: \(body.count)\r\n" }
        return Array((text + "\r\n").utf8) + body
    }
}

/// What has come of one message in HTTP/1.1.
struct HTTP1Text {
    var bytes: Bytes = []

    private static let gap = Array("\r\n\r\n".utf8)

    private var end: Int? {
        bytes.firstRange(of: Self.gap)?.upperBound
    }

    /// Everything before the body, once it is there.
    var head: String? {
        end.map { String(decoding: bytes[..<$0], as: UTF8.self) }
    }

    /// The body, once all of it is there.
    var body: Bytes? {
        guard let end, let head else { return nil }
        let line = head.lowercased().split(whereSeparator: \.isNewline)
            .first { $0.hasPrefix("content-length:") }
        let count =
            line?.split(separator: ":").last
            .flatMap { Int($0.filter { $0.isNumber }) } ?? 0
        return bytes.count >= end + count ? Array(bytes[end..<(end + count)]) : nil
    }
}
