import Console
import Glibc

/// Plain HTTP/1.1 to a node on the same machine, one request a connection.
package struct LoopbackHTTP: Sendable {
    /// An answer.
    package struct Answer: Sendable {
        /// The three digits.
        package let status: Int
        /// The fields, by their names in small letters.
        package let headers: [String: String]
        /// What follows them.
        package let body: [UInt8]
    }

    package let port: UInt16
    package var timeoutSeconds: Int

    /// A client of the node that listens on `port`.
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
            .map { "\($0.key): \($0.value)\r\n" }.joined()
        let request = Array("\(method) \(path) HTTP/1.1\r\n\(fields)\r\n".utf8) + body
        // A server may keep the connection open although it was asked to close it.
        let bytes = try exchange(request) { (try? Parsed($0))?.isWhole == true }
        let parsed = try Parsed(bytes)
        guard parsed.isWhole || parsed.endsWithConnection || method == "HEAD" else {
            throw CommandFailure(.unreachable, "127.0.0.1:\(port): the answer ended too early")
        }
        return parsed.answer
    }

    /// Sends `request` as it is, and reads until the other side closes or `isEnough` is true of all
    /// that came.
    package func exchange(
        _ request: [UInt8], until isEnough: ([UInt8]) -> Bool
    ) throws -> [UInt8] {
        let descriptor = try connect()
        defer { close(descriptor) }
        try send(request, to: descriptor)
        var answer: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(descriptor, &chunk, chunk.count, 0)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw failure("read the answer") }
            answer += chunk[..<count]
            if count == 0 || isEnough(answer) { return answer }
        }
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

    private func failure(_ what: String) -> CommandFailure {
        CommandFailure(
            .unreachable, "127.0.0.1:\(port): cannot \(what): \(String(cString: strerror(errno)))")
    }
}
