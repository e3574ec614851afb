package import API
import Client
import Glibc
import Testing

/// An answer as a client reads it.
package struct Answer: Sendable {
    package let status: Int
    package let headers: [String: String]
    package let body: String

    /// The body as JSON.
    package var json: JSON {
        get throws { try JSON(decoding: Array(body.utf8)) }
    }
}

extension JSON {
    /// The string, if it is one, as it came.
    package var verbatim: String? { text?.verbatim }
}

/// A client for plain HTTP/1.1 that sends what it is told, one connection a request.
package struct PlainClient: Sendable {
    package let port: Int
    private let http: LoopbackHTTP

    package init(port: Int) {
        self.port = port
        http = LoopbackHTTP(port: UInt16(port), timeoutSeconds: 20)
    }

    package func get(_ path: String, headers: [String: String] = [:]) async throws -> Answer {
        try await send("GET", path, headers: headers)
    }

    package func post(
        _ path: String, _ body: String, headers: [String: String] = [:]
    ) async throws -> Answer {
        let type = ["content-type": "application/json"]
        return try await send("POST", path, headers: type.merging(headers) { $1 }, body: body)
    }

    package func send(
        _ method: String, _ path: String, headers: [String: String] = [:], body: String = ""
    ) async throws -> Answer {
        let answer = try await BlockingCall.run { [http] in
            try http.send(method, path, headers: headers, body: Array(body.utf8))
        }
        return Answer(
            status: answer.status, headers: answer.headers,
            body: String(decoding: answer.body, as: UTF8.self))
    }

    /// Sends `text` and reads until the other side closes, or has sent `end`.
    package func exchange(_ text: String, until end: String? = nil) async throws -> String {
        try await BlockingCall.run { [self] in
            let socket = try connect()
            defer { close(socket) }
            var rest = Array(text.utf8)[...]
            while !rest.isEmpty {
                let count = rest.withUnsafeBytes {
                    Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                }
                try #require(count > 0)
                rest = rest.dropFirst(count)
            }
            var answer: [UInt8] = []
            var chunk = [UInt8](repeating: 0, count: 65_536)
            while true {
                let count = recv(socket, &chunk, chunk.count, 0)
                try #require(count >= 0, "cannot read: \(String(cString: strerror(errno)))")
                answer += chunk[..<count]
                let received = String(decoding: answer, as: UTF8.self)
                if count == 0 || end.map(received.contains) == true { return received }
            }
        }
    }

    /// A socket that is connected, and does not wait for ever.
    private func connect() throws -> Int32 {
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var timeout = timeval(tv_sec: 20, tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &timeout, size)
        setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &timeout, size)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr = in_addr(s_addr: INADDR_LOOPBACK.bigEndian)
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        try #require(result == 0, "cannot connect: \(String(cString: strerror(errno)))")
        return socket
    }
}
