import Foundation
import Glibc

/// Plain HTTP to a node on this machine, without starting a program for each question.
enum PlainHTTP {
    /// Why there was no answer.
    struct Unreachable: Error {
        let port: UInt16
    }

    /// Posts `body` to the port in `url`; throws ``Unreachable`` where nobody answers in time.
    static func post(_ url: String, _ body: Data, seconds: Int = 5) async throws -> Data {
        let fields = "content-type: application/json\r\ncontent-length: \(body.count)\r\n"
        return try await send("POST / HTTP/1.1\r\n" + fields, body, to: url, seconds)
    }

    /// Gets `path` from the port in `url`; throws ``Unreachable`` where nobody answers in time.
    static func get(_ url: String, _ path: String) async throws -> String {
        let body = try await send("GET \(path) HTTP/1.1\r\n", Data(), to: url, 5)
        return String(decoding: body, as: UTF8.self)
    }

    private static func send(
        _ head: String, _ body: Data, to url: String, _ seconds: Int
    ) async throws -> Data {
        let digits = url.split(separator: ":").last?.prefix { $0.isNumber } ?? ""
        guard let port = UInt16(digits) else { throw Unreachable(port: 0) }
        let fields = "host: 127.0.0.1:\(port)\r\nconnection: close\r\n\r\n"
        let request = Array((head + fields).utf8) + Array(body)
        return try await withCheckedThrowingContinuation { continuation in
            // Reading to the end blocks, so it has a thread of its own.
            Thread.detachNewThread {
                continuation.resume(with: Result { try exchange(port, request, seconds) })
            }
        }
    }

    private static func exchange(
        _ port: UInt16, _ request: [UInt8], _ seconds: Int
    ) throws -> Data {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | 0o2_000_000, 0)
        defer { close(descriptor) }
        var limit = timeval(tv_sec: seconds, tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, size)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, size)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let isConnected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        guard isConnected,
            Glibc.send(descriptor, request, request.count, Int32(MSG_NOSIGNAL)) == request.count
        else { throw Unreachable(port: port) }
        var answer = Data()
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(descriptor, &chunk, chunk.count, 0)
            guard count >= 0 else { throw Unreachable(port: port) }
            answer.append(contentsOf: chunk[..<count])
            if let body = wholeBody(of: answer) { return body }
            guard count > 0 else { throw Unreachable(port: port) }
        }
    }

    /// The body, once as much of it is there as the head says.
    private static func wholeBody(of answer: Data) -> Data? {
        guard let end = answer.firstRange(of: Data("\r\n\r\n".utf8)) else { return nil }
        let head = String(decoding: answer[..<end.lowerBound], as: UTF8.self).lowercased()
        let line = head.components(separatedBy: "\r\n").first {
            $0.hasPrefix("content-length:")
        }
        let digits = line?.split(separator: ":").last?.trimmingCharacters(in: .whitespaces)
        guard let length = digits.flatMap({ Int($0) }),
            answer.distance(from: end.upperBound, to: answer.endIndex) >= length
        else { return nil }
        return Data(answer[end.upperBound...].prefix(length))
    }
}
