import Glibc
import Node

/// What flows one way through a proxy: read from one socket, written to the other at once or later.
struct ProxyFlow {
    /// How much waits at most before no more is read, in bytes.
    private static let capacity = 262_144

    private struct Piece {
        var bytes: ArraySlice<UInt8>
        var due: ContinuousClock.Instant
    }

    private let source: Int32
    private let target: Int32
    private var schedule: LinkSchedule
    private var pieces: [Piece] = []
    private var waiting = 0
    private var hasEnded = false
    /// What is wrong with the link in this direction; nil if nothing is.
    var fault: LinkFault?
    /// Whether nothing goes through now.
    var isHeld = false
    /// Whether all was read and written.
    private(set) var isDone = false
    /// Whether one of the two sockets failed.
    private(set) var hasFailed = false
    /// Whether the fault drew a reset of the connection.
    private(set) var isReset = false

    init(from source: Int32, to target: Int32, at now: ContinuousClock.Instant) {
        self.source = source
        self.target = target
        schedule = LinkSchedule(at: now)
    }

    /// Whether it has room for more.
    var wantsToRead: Bool { !isHeld && !hasEnded && waiting < Self.capacity }

    /// When its next piece is due; nil if none waits, or none goes through.
    var nextDue: ContinuousClock.Instant? { isHeld ? nil : pieces.first?.due }

    /// Reads what is there into `buffer`, and passes it on when the link lets it.
    mutating func read(
        into buffer: UnsafeMutableRawBufferPointer, at now: ContinuousClock.Instant
    ) {
        let count = recv(source, buffer.baseAddress, buffer.count, Int32(MSG_DONTWAIT))
        if count < 0 {
            hasFailed = errno != EAGAIN && errno != EINTR
            return
        }
        guard count > 0 else {
            hasEnded = true
            finishIfEmpty()
            return
        }
        var generator = SystemRandomNumberGenerator()
        if let resets = fault?.resets, resets > 0,
            Double.random(in: 0..<1, using: &generator) < resets
        {
            isReset = true
            return
        }
        let due = schedule.due(count: count, under: fault, at: now, using: &generator)
        let piece = UnsafeRawBufferPointer(rebasing: buffer[..<count])
        // Most pieces are not delayed: they go on without being copied.
        let sent = pieces.isEmpty && due <= now ? send(piece) : 0
        guard let sent, sent < count else { return }
        pieces.append(Piece(bytes: Array(piece[sent...])[...], due: due))
        waiting += count - sent
    }

    /// Writes what is due.
    mutating func write(at now: ContinuousClock.Instant) {
        guard !isHeld else { return }
        while let piece = pieces.first, piece.due <= now {
            guard let count = piece.bytes.withUnsafeBytes({ send($0) }) else { return }
            waiting -= count
            guard count == piece.bytes.count else {
                // The target is full or not yet connected: it is tried again a little later.
                pieces[0].bytes = piece.bytes.dropFirst(count)
                pieces[0].due = now.advanced(by: .milliseconds(5))
                return
            }
            pieces.removeFirst()
        }
        finishIfEmpty()
    }

    /// How many bytes the target took; nil if it failed.
    private mutating func send(_ bytes: UnsafeRawBufferPointer) -> Int? {
        let count = Glibc.send(
            target, bytes.baseAddress, bytes.count, Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL))
        if count >= 0 { return count }
        guard errno == EAGAIN || errno == EINTR || errno == ENOTCONN else {
            hasFailed = true
            return nil
        }
        return 0
    }

    private mutating func finishIfEmpty() {
        guard hasEnded, pieces.isEmpty, !isDone else { return }
        shutdown(target, Int32(SHUT_WR))
        isDone = true
    }
}
