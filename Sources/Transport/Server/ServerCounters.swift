internal import Synchronization

/// What a server has seen since its start.
package struct ServerCounters: Sendable {
    /// Connections that were accepted by the limits.
    package var accepted: UInt64 = 0
    /// Connections that are open now.
    package var open = 0
    /// Connections ended because there are too many of them, by which limit.
    package var crowded: [Crowding: UInt64] = [:]
    /// TLS handshakes that failed, by reason.
    package var handshakeFailures: [HandshakeFailure: UInt64] = [:]
    /// Connections that broke the rules of TLS or HTTP, or flooded, by what they did.
    package var breaches: [Breach: UInt64] = [:]
    /// Timeouts, by what took too long.
    package var timeouts: [TimeoutKind: UInt64] = [:]
    /// Requests given to the handler.
    package var requests: UInt64 = 0
    /// Answers begun, by HTTP status.
    package var answers: [Int: UInt64] = [:]
    /// Bytes from and to the network, with TLS's own.
    package var received: UInt64 = 0
    /// Bytes to the network, with TLS's own.
    package var sent: UInt64 = 0
    /// Bytes that wait for tasks to take them, or for clients to.
    package var held = 0

    /// Connections closed at once: too many, or too many from one address.
    package var turnedAway: UInt64 {
        crowded[.connections, default: 0] + crowded[.address, default: 0]
    }

    /// Connections that broke rules or flooded, whatever they did.
    package var violations: UInt64 { breaches.values.reduce(0, +) }

    /// Everything that was refused, each reason with how often, those that have not occurred with
    /// zero; in a fixed order, for metrics.
    package var refusals: [(reason: String, count: UInt64)] {
        Crowding.allCases.map { ("crowded_" + $0.rawValue, crowded[$0, default: 0]) }
            + HandshakeFailure.allCases.map {
                ("handshake_" + $0.rawValue, handshakeFailures[$0, default: 0])
            }
            + Breach.allCases.map { ($0.rawValue, breaches[$0, default: 0]) }
            + TimeoutKind.allCases.map { ("timeout_" + $0.rawValue, timeouts[$0, default: 0]) }
    }
}

/// Of what there were too many connections.
package enum Crowding: String, Sendable, CaseIterable {
    /// Of all.
    case connections
    /// From one address.
    case address
    /// That had shown no certificate and made no request: one of them gave way.
    case unknown
    /// In a second, from one address.
    case rate
    /// With one certificate: the oldest of them gave way.
    case certificate
}

/// What a client did against the rules.
package enum Breach: String, Sendable, CaseIterable {
    /// Bytes that are no TLS record, after the handshake.
    case malformedTLS = "malformed_tls"
    /// TLS records without content, or many small ones.
    case recordFlood = "record_flood"
    /// Bytes that are no HTTP/1.1 request, or can be read in two ways.
    case malformedHTTP1 = "malformed_http1"
    /// Bytes that are no HTTP/2, or not at this time.
    case malformedHTTP2 = "malformed_http2"
    /// A header list far beyond the limit.
    case headerFlood = "header_flood"
    /// Streams reset again and again.
    case resetFlood = "reset_flood"
    /// SETTINGS frames.
    case settingsFlood = "settings_flood"
    /// PING frames.
    case pingFlood = "ping_flood"
    /// CONTINUATION frames.
    case continuationFlood = "continuation_flood"
    /// Frames that carry nothing.
    case emptyFrameFlood = "empty_frame_flood"
    /// Many frames that carry little.
    case frameFlood = "frame_flood"
    /// WINDOW_UPDATE frames that open next to nothing.
    case windowUpdateFlood = "window_update_flood"
    /// Frames that call for answers which the client does not take.
    case unreadReplies = "unread_replies"
    /// It made the server keep more bytes than any other when there were too many of them.
    case hoarding
}

/// What took too long.
package enum TimeoutKind: String, Sendable, CaseIterable {
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
