package import HTTPTypes
internal import Synchronization

/// Sends the response to one request. May be used from several tasks, for example one that reads
/// the request and one that writes.
package struct ResponseWriter: Sendable {
    let exchange: HTTPExchange

    /// Sends the head at once. Without a "content-length" the length is left open.
    ///
    /// Throws `misuse` for a second head, or what ended the stream.
    package func send(status: Int, headers: HTTPFields = [:]) async throws {
        try exchange.sendHead(status: status, headers: headers)
    }

    /// Sends bytes of the body; suspends while flow control or the socket holds them back.
    package func write(_ bytes: [UInt8]) async throws {
        try await exchange.write(bytes)
    }

    /// Ends the response.
    package func finish(trailers: HTTPFields = [:]) async throws {
        try exchange.finish(trailers: trailers)
    }

    /// Sends a whole response with its "content-length".
    package func respond(
        status: Int, headers: HTTPFields = [:], body: [UInt8] = []
    ) async throws {
        var headers = headers
        if !headers.contains(.contentLength), status != 204, status != 304 {
            headers[.contentLength] = String(body.count)
        }
        try await exchange.respond(status: status, headers: headers, body: body)
    }

    /// Ends the stream at once in both directions (over HTTP/1.1, the connection).
    package func reset() {
        exchange.reset(code: HTTP2ErrorCode.cancel)
    }

    /// Ends the whole connection, for example one that proved to be a duplicate.
    package func closeConnection(reason: String) {
        exchange.mailbox.post(exchange.key, .closeConnection(.connectionClosed(reason)))
    }

    /// Whether the head has been sent.
    package var isStarted: Bool {
        exchange.state.withLock { $0.hasHead }
    }

    var isFinished: Bool {
        exchange.state.withLock { $0.hasFinished || $0.failure != nil }
    }
}
