internal import Synchronization

/// What a server has seen since its start.
public struct ServerCounters: Sendable {
    /// Connections that were accepted by the limits.
    public var accepted: UInt64 = 0
    /// Connections that are open now.
    public var open = 0
    /// Connections closed at once: too many, or too many from one address.
    public var turnedAway: UInt64 = 0
    /// TLS handshakes that failed, by reason.
    public var handshakeFailures: [HandshakeFailure: UInt64] = [:]
    /// Connections that broke HTTP's rules or flooded.
    public var violations: UInt64 = 0
    /// Timeouts, by what took too long.
    public var timeouts: [TimeoutKind: UInt64] = [:]
    /// Requests given to the handler.
    public var requests: UInt64 = 0
    /// Bytes from and to the network, with TLS's own.
    public var received: UInt64 = 0
    /// Bytes to the network, with TLS's own.
    public var sent: UInt64 = 0
}

/// What took too long.
public enum TimeoutKind: String, Sendable, CaseIterable {
    /// A request's header.
    case header
    /// A request's body.
    case body
    /// The next request on a connection.
    case idle
    /// The other side's taking of bytes.
    case stall
    /// Any byte at all on an HTTP/2 connection.
    case dead
}

/// Bytes that pass a channel, or all of a server's.
final class Traffic: Sendable {
    let received = Atomic<UInt64>(0)
    let sent = Atomic<UInt64>(0)
}
