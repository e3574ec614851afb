package import HTTPTypes
package import Protocol

/// One request as a server's handler sees it; the same for HTTP/2 and HTTP/1.1.
package struct Request: Sendable {
    /// The method, as sent: "GET", "POST", …
    package let method: UntrustedText
    /// The path with its query, beginning with "/" (or "*").
    package let path: UntrustedText
    /// The header fields without pseudo-headers.
    package let headers: HTTPFields
    /// The host the client meant: ":authority" or "host"; empty if it named none.
    package let authority: UntrustedText
    /// The client's IP address, without a port.
    package let remoteAddress: String
    /// The client's certificate, on a server with mutual TLS.
    package let peer: PeerCertificate?
    /// The same for all requests of one connection, different for each connection of a process.
    package let connectionID: UInt64
    /// Whether it came by HTTP/2, where both directions are independent of each other.
    package let isHTTP2: Bool
    /// The body as it arrives.
    package let body: Body
    let limits: TransportLimits

    /// The whole body; throws `tooLarge` beyond `limit` (default: the server's `bodyBytes`) and
    /// `timeout` beyond the server's `bodyTimeout`.
    ///
    /// A handler that lets either error pass answers 413 or 408.
    package func collectBody(upTo limit: Int? = nil) async throws -> [UInt8] {
        let limit = limit ?? limits.bodyBytes
        if let length = headers[.contentLength].flatMap({ Int($0) }), length > limit {
            throw TransportError.tooLarge(limit: limit)
        }
        return try await body.collect(upTo: limit, within: limits.bodyTimeout)
    }
}

/// Answers requests.
package protocol RequestHandler: Sendable {
    /// Answers one request.
    ///
    /// Runs in its own task, which is cancelled when the stream is reset or the connection ends.
    /// On return an unfinished response is finished; an error thrown before the head becomes a
    /// status (413, 408, 500), one thrown later resets the stream.
    func handle(_ request: Request, _ response: ResponseWriter) async throws

    /// Notes that a client which has shown the certificate `peer` did something against the rules, for
    /// which its connection ends. Called on an event loop, so it must be quick.
    func note(_ breach: Breach, by peer: PeerCertificate)
}

extension RequestHandler {
    package func note(_ breach: Breach, by peer: PeerCertificate) {}
}
