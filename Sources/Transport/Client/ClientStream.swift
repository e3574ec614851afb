/// A response without its body.
public struct ResponseHead: Sendable, Hashable {
    /// The status code, three digits.
    public let status: Int
    /// The header fields without pseudo-headers.
    public let headers: Headers
}

/// A whole response.
public struct Response: Sendable, Hashable {
    /// The status code, three digits.
    public let status: Int
    /// The header fields without pseudo-headers.
    public let headers: Headers
    /// The whole body.
    public let body: [UInt8]
}

/// A stream that this side opened: a request going out and a response coming in, each at its own
/// pace. When the last copy of the stream and its body is gone, an unfinished stream is reset.
public struct ClientStream: Sendable {
    let exchange: HTTPExchange
    let owner: StreamOwner

    /// The response's head, once it has arrived.
    public func response() async throws -> ResponseHead {
        try await exchange.awaitHead()
    }

    /// The response's body as it arrives.
    public var body: Body {
        Body(exchange: exchange, owner: owner)
    }

    /// Sends bytes of the request's body; suspends while flow control or the socket holds them.
    public func write(_ bytes: [UInt8]) async throws {
        try await exchange.write(bytes)
    }

    /// Ends the request's body.
    public func finish(trailers: Headers = [:]) async throws {
        try exchange.finish(trailers: trailers)
    }

    /// Ends the stream at once in both directions.
    public func reset() {
        exchange.reset(code: HTTP2ErrorCode.cancel)
    }
}
