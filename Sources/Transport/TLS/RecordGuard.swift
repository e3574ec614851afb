internal import NIOCore

/// Counts the TLS records of an established connection against what they bring.
///
/// A key update, or another record without content, is 27 bytes to send and a derivation of keys to
/// take; OpenSSL takes any number of them.
struct RecordGuard {
    private let emptyLimit: Int
    private var pieces: PieceGuard
    private var empty = 0
    private var second = NIODeadline.uptimeNanoseconds(0)
    private var isEmpty = false
    /// What the connection did that it may not; once set, nothing more is read.
    private(set) var breach: ConnectionBreach?

    init(_ limits: TransportLimits) {
        emptyLimit = limits.emptyRecordsPerSecond
        pieces = PieceGuard(free: limits.piecesPerSecond)
    }

    /// A record has come in.
    mutating func began(at now: NIODeadline) {
        if isEmpty { countEmpty(at: now) }
        isEmpty = true
        guard !pieces.allowsNext(at: now) else { return }
        breach = ConnectionBreach(
            kind: .recordFlood, error: .protocolViolation("too many small TLS records in a second"))
    }

    /// The record that came in last has brought so many bytes.
    mutating func brought(_ bytes: Int) {
        isEmpty = false
        pieces.carried(bytes)
    }

    private mutating func countEmpty(at now: NIODeadline) {
        if now - second >= .seconds(1) { (second, empty) = (now, 0) }
        empty += 1
        guard empty > emptyLimit else { return }
        breach = ConnectionBreach(
            kind: .recordFlood,
            error: .protocolViolation("too many TLS records without content in a second"))
    }
}
