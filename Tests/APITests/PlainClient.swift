import Foundation
import Testing

@testable import API

/// An answer as a client reads it.
struct Answer: Sendable {
    let status: Int
    let headers: [String: String]
    let body: String

    /// The body as JSON.
    var json: JSON {
        get throws { try JSON(decoding: Array(body.utf8)) }
    }
}

/// A client for plain HTTP/1.1 that sends what it is told, one connection a request.
struct PlainClient: Sendable {
    let port: Int

    func get(_ path: String, headers: [String: String] = [:]) async throws -> Answer {
        try await send("GET", path, headers: headers)
    }

    func post(
        _ path: String, _ body: String, headers: [String: String] = [:]
    ) async throws -> Answer {
        let type = headers["content-type"] ?? "application/json"
        return try await send(
            "POST", path, headers: headers.merging(["content-type": type]) { $1 }, body: body)
    }

    func send(
        _ method: String, _ path: String, headers: [String: String] = [:], body: String = ""
    ) async throws -> Answer {
        var head = "\(method) \(path) HTTP/1.1\r\nconnection: close\r\n"
        let standard = ["host": "127.0.0.1:\(port)", "content-length": "\(body.utf8.count)"]
        for (name, value) in standard.merging(headers, uniquingKeysWith: { $1 }) {
            head += "\(name): \(value)\r\n"
        }
        return try Self.parse(try await exchange(head + "\r\n" + body))
    }

    /// Sends `text` and reads until the other side closes, or has sent `end`.
    func exchange(_ text: String, until end: String? = nil) async throws -> String {
        try await withCheckedThrowingContinuation { continuation in
            // A thread of its own: a blocked one would hold up the others of a pool.
            Thread.detachNewThread {
                continuation.resume(with: Result { try blockingExchange(text, until: end) })
            }
        }
    }

    private func blockingExchange(_ text: String, until end: String?) throws -> String {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw BadFixture() }
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        var timeout = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(
            descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        let bytes = Array(text.utf8)
        guard connected == 0, Glibc.send(descriptor, bytes, bytes.count, 0) == bytes.count else {
            throw BadFixture()
        }
        var received: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count > 0 else { break }
            received += buffer.prefix(count)
            if let end, String(decoding: received, as: UTF8.self).contains(end) { break }
        }
        return String(decoding: received, as: UTF8.self)
    }

    private static func parse(_ text: String) throws -> Answer {
        let parts = text.split(
            separator: "\r\n\r\n", maxSplits: 1, omittingEmptySubsequences: false)
        let lines = (parts.first ?? "").split(separator: "\r\n")
        guard let status = lines.first?.split(separator: " ").dropFirst().first.flatMap({ Int($0) })
        else { throw BadFixture() }
        let pairs = lines.dropFirst().map { line in
            let sides = line.split(separator: ":", maxSplits: 1)
            let value = sides.count > 1 ? sides[1].trimmingCharacters(in: .whitespaces) : ""
            return (sides[0].lowercased(), value)
        }
        return Answer(
            status: status, headers: Dictionary(pairs) { "\($0), \($1)" },
            body: parts.count > 1 ? String(parts[1]) : "")
    }
}
