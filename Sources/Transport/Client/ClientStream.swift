package import HTTPTypes

/// A response without its body.
package struct ResponseHead: Sendable, Hashable {
    /// The status code, three digits.
    package let status: Int
    /// The header fields without pseudo-headers.
    package let headers: HTTPFields
}

/// A whole response.
package struct Response: Sendable, Hashable {
    /// The status code, three digits.
    package let status: Int
    /// The header fields without pseudo-headers.
    package let headers: HTTPFields
    /// The whole body.
    package let body: [UInt8]
}

/// A stream that this side opened: a request going out and a response coming in, each at its own
/// pace. When the last copy of the stream and its body is gone, an unfinished stream is reset.
package struct ClientStream: Sendable {
    let exchange: HTTPExchange
    let owner: StreamOwner

    /// The response's head, once it has arrived.
    package func response() async throws -> ResponseHead {
        try await exchange.awaitHead()
    }

    /// The response's body as it arrives.
    package var body: Body {
        Body(exchange: exchange, owner: owner)
    }

    /// Sends bytes of the request's body; suspends while flow control or the socket holds them.
    package func write(_ bytes: [UInt8]) async throws {
        try await exchange.write(bytes)
    }

    /// Ends the request's body.
    package func finish(trailers: HTTPFields = [:]) async throws {
        try exchange.finish(trailers: trailers)
    }

    /// Ends the stream at once in both directions.
    package func reset() {
        exchange.reset(code: HTTP2ErrorCode.cancel)
    }
}
