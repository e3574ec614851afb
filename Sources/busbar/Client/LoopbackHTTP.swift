import Glibc

/// Plain HTTP/1.1 to a node on the same machine, one request a connection.
struct LoopbackHTTP {
    /// An answer.
    struct Answer {
        let status: Int
        let body: [UInt8]
    }

    let port: UInt16
    var timeoutSeconds = 10

    /// Reads `http://127.0.0.1:PORT…`; nil for any other host or scheme.
    init?(url: String) {
        let prefixes = ["http://127.0.0.1:", "http://localhost:"]
        guard let prefix = prefixes.first(where: url.hasPrefix) else { return nil }
        let digits = url.dropFirst(prefix.count).prefix { $0.isNumber }
        guard let port = UInt16(digits) else { return nil }
        self.port = port
    }

    func get(_ path: String) throws -> Answer {
        try exchange("GET \(path) HTTP/1.1\r\n\(commonHeaders)\r\n")
    }

    func post(_ path: String, json: String) throws -> Answer {
        try exchange(
            "POST \(path) HTTP/1.1\r\n\(commonHeaders)content-type: application/json\r\n"
                + "content-length: \(json.utf8.count)\r\n\r\n" + json)
    }

    private var commonHeaders: String { "host: 127.0.0.1:\(port)\r\nconnection: close\r\n" }

    private func exchange(_ request: String) throws -> Answer {
        let descriptor = try connect()
        defer { close(descriptor) }
        try send(Array(request.utf8), to: descriptor)
        let parsed = try Self.parse(try receive(from: descriptor))
        guard parsed.isWhole || parsed.endsWithConnection else {
            throw CommandFailure(.unreachable, "127.0.0.1:\(port): the answer ended too early")
        }
        return Answer(status: parsed.status, body: parsed.body)
    }

    private func connect() throws -> Int32 {
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let descriptor = socket(AF_INET, kind, 0)
        guard descriptor >= 0 else { throw failure("open a socket") }
        var timeout = timeval(tv_sec: timeoutSeconds, tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, size)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &timeout, size)
        var address = LoopbackSocket.address(port: port)
        let result = LoopbackSocket.withAddress(&address) { Glibc.connect(descriptor, $0, $1) }
        guard result == 0 else {
            let error = failure("connect")
            close(descriptor)
            throw error
        }
        return descriptor
    }

    private func send(_ bytes: [UInt8], to descriptor: Int32) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw failure("send") }
            rest = rest.dropFirst(count)
        }
    }

    private func receive(from descriptor: Int32) throws -> [UInt8] {
        var answer: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(descriptor, &chunk, chunk.count, 0)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw failure("read the answer") }
            if count == 0 { return answer }
            answer += chunk[..<count]
            // A server may keep the connection open although it was asked to close it.
            if let parsed = try? Self.parse(answer), parsed.isWhole { return answer }
        }
    }

    private func failure(_ what: String) -> CommandFailure {
        CommandFailure(
            .unreachable, "127.0.0.1:\(port): cannot \(what): \(String(cString: strerror(errno)))")
    }

    private struct Parsed {
        var status: Int
        var body: [UInt8]
        var isWhole: Bool
        /// Whether nothing but the connection's end tells where the body ends.
        var endsWithConnection = false
    }

    private static func parse(_ bytes: [UInt8]) throws -> Parsed {
        guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else {
            throw CommandFailure(.unreachable, "the answer is no HTTP")
        }
        let head = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).lowercased()
        let lines = head.split(separator: "\r\n")
        let parts = lines.first?.split(separator: " ") ?? []
        guard parts.count >= 2, let status = Int(parts[1]) else {
            throw CommandFailure(.unreachable, "the answer is no HTTP")
        }
        func header(_ name: String) -> String? {
            lines.first { $0.hasPrefix(name + ":") }?
                .dropFirst(name.count + 1).drop { $0 == " " }.description
        }
        let body = Array(bytes[end.upperBound...])
        if header("transfer-encoding")?.contains("chunked") == true {
            let (content, isWhole) = dechunk(body)
            return Parsed(status: status, body: content, isWhole: isWhole)
        }
        let length = header("content-length").flatMap { Int($0) }
        return Parsed(
            status: status, body: length.map { Array(body.prefix($0)) } ?? body,
            isWhole: length.map { body.count >= $0 } ?? false, endsWithConnection: length == nil)
    }

    private static func dechunk(_ bytes: [UInt8]) -> (content: [UInt8], isWhole: Bool) {
        var content: [UInt8] = []
        var rest = bytes[...]
        while let lineEnd = rest.firstRange(of: Array("\r\n".utf8)) {
            let digits = String(decoding: rest[..<lineEnd.lowerBound], as: UTF8.self)
                .prefix { $0.isHexDigit }
            guard let count = Int(digits, radix: 16) else { break }
            if count == 0 { return (content, true) }
            guard rest[lineEnd.upperBound...].count >= count + 2 else { break }
            content += rest[lineEnd.upperBound...].prefix(count)
            rest = rest[lineEnd.upperBound...].dropFirst(count + 2)
        }
        return (content, false)
    }
}

/// Addresses of 127.0.0.1 as the system's calls take them.
enum LoopbackSocket {
    static func address(port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr = in_addr(s_addr: UInt32(0x7f00_0001).bigEndian)
        return address
    }

    static func withAddress<Result>(
        _ address: inout sockaddr_in, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
    ) -> Result {
        withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }
}
