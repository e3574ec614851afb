internal import NIOCore

/// What one side of a connection allows the other: times, sizes and rates.
package struct TransportLimits: Sendable {
    /// From the TCP connection to the end of the TLS handshake.
    package var handshakeTimeout: Duration = .seconds(5)
    /// From a request's first byte to the end of its header.
    package var headerTimeout: Duration = .seconds(5)
    /// A request's header, names and values together, in bytes.
    package var headerBytes = 16 * 1024
    /// The time `collectBody` waits for a whole body.
    package var bodyTimeout: Duration = .seconds(10)
    /// What `collectBody` takes at most unless told otherwise, in bytes.
    package var bodyBytes = 1024 * 1024
    /// How long a server keeps a connection without an open stream.
    package var idleTimeout: Duration = .seconds(30)
    /// The time in which at least four kilobytes of what waits for the other side (or all of it)
    /// must be taken; otherwise the stream is ended.
    package var stallTimeout: Duration = .seconds(60)
    /// After this time without a byte from the other side an HTTP/2 PING asks for one.
    package var pingInterval: Duration = .seconds(10)
    /// After this time without a byte from the other side an HTTP/2 connection is dead.
    package var deadAfter: Duration = .seconds(20)

    /// Connections to a server at a time, unless it is told another number while it runs.
    package var connections = 200
    /// Connections to a server at a time from one address.
    package var connectionsPerAddress = 20
    /// Connections to a server at a time that have shown no certificate and made no request.
    package var unknownConnections = 100
    /// Connections to a server at a time from one address that have shown no certificate and made
    /// no request.
    package var unknownConnectionsPerAddress = 32
    /// New connections to a server in a second from one address, in the long run; twice as many at
    /// once.
    package var acceptsPerSecond = 100
    /// Connections to a server at a time that show one certificate.
    package var connectionsPerCertificate = 8
    /// HTTP/2 streams at a time that the other side may open on one connection.
    package var concurrentStreams = 100
    /// Bytes of one stream that may wait unread (RFC 9113, section 5.2).
    package var streamWindow = 128 * 1024
    /// Bytes of all streams of a connection that may wait unread.
    package var connectionWindow = 2 * 1024 * 1024
    /// Outgoing bytes of a stream that may wait before a write suspends.
    package var writeBuffer = 64 * 1024
    /// Bytes that all connections of a server together may make it keep: what arrived and no task
    /// has taken, bodies being collected, and what clients have not taken. Beyond, the connection
    /// that makes it keep the most is ended.
    package var heldBytes = 64 * 1024 * 1024
    /// Frames that wait to be sent on one HTTP/2 connection while more come in that ask for them.
    package var waitingFrames = 5_000

    /// TLS records without content in a second: key updates, and what else is said beside the data.
    package var emptyRecordsPerSecond = 20
    /// TLS records, and HTTP/2 frames, in a second that may be of any size; all beyond must carry
    /// 256 bytes on the average.
    package var piecesPerSecond = 5_000
    /// Streams that the other side may reset in a second.
    package var resetsPerSecond = 100
    /// SETTINGS frames in a second.
    package var settingsPerSecond = 10
    /// PING frames in a second.
    package var pingsPerSecond = 20
    /// CONTINUATION frames in a second.
    package var continuationsPerSecond = 50
    /// WINDOW_UPDATE frames that open less than a kilobyte in a second.
    package var smallUpdatesPerSecond = 500
    /// Other frames that carry nothing (empty DATA, PRIORITY, unknown types) in a second.
    package var idleFramesPerSecond = 500

    /// The limits at the door of a service open to clients.
    package init() {}

    /// The interval at which a connection looks at its clocks while one of them runs.
    var tick: Duration { min(max(shortestTimeout / 4, .milliseconds(20)), .seconds(1)) }

    /// After how long it looks at the latest while none runs: a clock that begins meanwhile does not run out
    /// before that.
    var quietTick: Duration { max(shortestTimeout, tick) }

    private var shortestTimeout: Duration {
        [headerTimeout, idleTimeout, stallTimeout, pingInterval, deadAfter].min() ?? .seconds(1)
    }

    /// When a connection looks at its clocks next: a tick after `now` while one of them runs (`moments` is
    /// nil), else at the first of `moments`. Connections whose moments are near each other look at the same
    /// one, so that a quiet node wakes once for all of them.
    func nextLook(after now: NIODeadline, quietUntil moments: [NIODeadline]?) -> NIODeadline {
        let soon = now + TimeAmount(tick)
        guard let moments else { return soon }
        let first = moments.reduce(now + TimeAmount(quietTick)) { min($0, $1) }
        let step = UInt64(TimeAmount(tick).nanoseconds)
        let aligned = (first.uptimeNanoseconds + step - 1) / step * step
        return max(.uptimeNanoseconds(aligned), soon)
    }
}
