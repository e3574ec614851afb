import NIOCore

/// When the pieces that a node sends over a bad link arrive. They keep their order, so one that is
/// late makes those behind it late, as in TCP.
struct LinkSchedule {
    /// How long TCP waits before it sends a lost piece again.
    static let resend = TimeAmount.milliseconds(200)

    /// From when on the link, whose rate may be limited, is free for another piece.
    private var freeAt: NIODeadline
    private var lastDue: NIODeadline

    init(at now: NIODeadline) {
        freeAt = now
        lastDue = now
    }

    /// When the piece of `count` bytes that is sent `now` arrives.
    mutating func due(
        count: Int, under fault: LinkFault?, at now: NIODeadline,
        using generator: inout some RandomNumberGenerator
    ) -> NIODeadline {
        var arrival = now
        if let fault {
            if fault.rateKibibytes > 0 {
                let microseconds = count * 1_000_000 / (Int(fault.rateKibibytes) * 1_024)
                freeAt = max(freeAt, now) + .microseconds(Int64(microseconds))
                arrival = freeAt
            }
            let jitter = UInt32.random(in: 0...fault.jitterMilliseconds, using: &generator)
            arrival = arrival + .milliseconds(Int64(fault.delayMilliseconds) + Int64(jitter))
            if fault.loss > 0, Double.random(in: 0..<1, using: &generator) < fault.loss {
                arrival = arrival + Self.resend
            }
        }
        lastDue = max(lastDue, arrival)
        return lastDue
    }
}
