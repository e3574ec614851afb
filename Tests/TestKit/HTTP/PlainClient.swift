package import API
import Client

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
        let received = try await BlockingCall.run { [http] in
            try http.exchange(Array(text.utf8)) { bytes in
                end.map { String(decoding: bytes, as: UTF8.self).contains($0) } ?? false
            }
        }
        return String(decoding: received, as: UTF8.self)
    }
}
