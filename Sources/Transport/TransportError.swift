internal import Protocol

/// Why a connection, a stream or an operation on one failed.
package enum TransportError: Error, Sendable, Hashable {
    /// A certificate, key or option given by this program cannot be used.
    case configuration(String)
    /// No TCP connection: refused, unreachable, or the name is unknown.
    case unreachable(String)
    /// The address cannot be listened on; the text says why, for example that it is in use.
    case cannotListen(String)
    /// Something took longer than its limit; the text names it.
    case timeout(String)
    /// The other side's certificate was refused here, with the reason.
    case certificateRefused(String)
    /// The other side refused this side's certificate, as far as its TLS alert tells.
    case refusedByPeer(String)
    /// TLS could not be agreed on for another reason.
    case handshake(String)
    /// The other side broke the rules of TLS, HTTP/2 or HTTP/1.1.
    case protocolViolation(String)
    /// The connection ended, with what is known of the reason.
    case connectionClosed(String)
    /// The other side is going away and takes no more streams on this connection.
    case goingAway
    /// The stream was reset by the other side, with its HTTP/2 error code (RFC 9113, section 7).
    case streamReset(UInt32)
    /// The stream was ended by this side before it was complete.
    case streamClosed
    /// A body exceeds its limit in bytes.
    case tooLarge(limit: Int)
    /// The program used a stream against its rules, for example two heads for one response.
    case misuse(String)
}

extension TransportError {
    /// What ended a connection: one of these as it is, any other in its own words.
    init(ending error: any Error) {
        self =
            (error as? TransportError) ?? (error as? ConnectionBreach)?.error
            ?? .connectionClosed("\(UntrustedText(String(describing: error)))")
    }
}

extension TransportError: CustomStringConvertible {
    /// One line for a log or a terminal.
    package var description: String {
        switch self {
        case .configuration(let text): "configuration: \(text)"
        case .unreachable(let text): "unreachable: \(text)"
        case .cannotListen(let text): text
        case .timeout(let text): "timeout: \(text)"
        case .certificateRefused(let text): "certificate refused: \(text)"
        case .refusedByPeer(let text): "own certificate refused by the other side: \(text)"
        case .handshake(let text): "TLS handshake failed: \(text)"
        case .protocolViolation(let text): "protocol violation: \(text)"
        case .connectionClosed(let text): "connection closed: \(text)"
        case .goingAway: "the other side is going away"
        case .streamReset(let code): "stream reset by the other side, code \(code)"
        case .streamClosed: "stream closed"
        case .tooLarge(let limit): "body larger than \(limit) bytes"
        case .misuse(let text): "misuse: \(text)"
        }
    }
}
