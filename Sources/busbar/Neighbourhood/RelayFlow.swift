import Glibc
import Node

/// What flows one way through a relay: read from one socket, written to the other later.
struct RelayFlow {
    /// How much waits at most before no more is read, in bytes.
    private static let capacity = 262_144
    /// How long TCP waits before it sends a lost piece again.
    private static let resend = Duration.milliseconds(200)

    private struct Piece {
        var bytes: ArraySlice<UInt8>
        var due: ContinuousClock.Instant
    }

    private let source: Int32
    private let target: Int32
    private var pieces: [Piece] = []
    private var waiting = 0
    private var lastDue = ContinuousClock.now
    private var hasEnded = false
    /// Whether all was read and written.
    private(set) var isDone = false
    /// Whether one of the two sockets failed.
    private(set) var hasFailed = false

    init(from source: Int32, to target: Int32) {
        self.source = source
        self.target = target
    }

    /// Whether it has room for more.
    var wantsToRead: Bool { !hasEnded && waiting < Self.capacity }

    /// When its next piece is due; nil if none waits.
    var nextDue: ContinuousClock.Instant? { pieces.first?.due }

    /// Reads what is there, to be written when the link lets it.
    mutating func read(under fault: LinkFault?, at now: ContinuousClock.Instant) {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = recv(source, &buffer, buffer.count, Int32(MSG_DONTWAIT))
        if count < 0 {
            hasFailed = errno != EAGAIN && errno != EINTR
            return
        }
        guard count > 0 else {
            hasEnded = true
            finishIfEmpty()
            return
        }
        lastDue = max(lastDue, now.advanced(by: Self.delay(of: count, under: fault)))
        pieces.append(Piece(bytes: buffer[..<count], due: lastDue))
        waiting += count
    }

    /// Pieces keep their order, so one that is late makes those behind it late, as in TCP.
    private static func delay(of count: Int, under fault: LinkFault?) -> Duration {
        guard let fault else { return .zero }
        let jitter = UInt32.random(in: 0...fault.jitterMilliseconds)
        var delay = Duration.milliseconds(fault.delayMilliseconds + jitter)
        if fault.loss > 0, Double.random(in: 0..<1) < fault.loss { delay += resend }
        if fault.rateKibibytes > 0 {
            delay += .microseconds(count * 1_000_000 / (Int(fault.rateKibibytes) * 1_024))
        }
        return delay
    }

    /// Writes what is due.
    mutating func write(at now: ContinuousClock.Instant) {
        while let piece = pieces.first, piece.due <= now {
            let count = piece.bytes.withUnsafeBytes {
                send(
                    target, $0.baseAddress, $0.count,
                    Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL))
            }
            guard count >= 0 else {
                hasFailed = errno != EAGAIN && errno != EINTR && errno != ENOTCONN
                // The target is full or not yet connected: it is tried again a little later.
                pieces[0].due = now.advanced(by: .milliseconds(5))
                return
            }
            waiting -= count
            if count == piece.bytes.count {
                pieces.removeFirst()
            } else {
                pieces[0].bytes = piece.bytes.dropFirst(count)
            }
        }
        finishIfEmpty()
    }

    private mutating func finishIfEmpty() {
        guard hasEnded, pieces.isEmpty, !isDone else { return }
        shutdown(target, Int32(SHUT_WR))
        isDone = true
    }
}
