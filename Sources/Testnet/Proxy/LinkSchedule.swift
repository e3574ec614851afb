import Node

/// When the pieces that a node sends over a bad link arrive. They keep their order, so one that is
/// late makes those behind it late, as in TCP.
struct LinkSchedule {
    /// How long TCP waits before it sends a lost piece again.
    static let resend = Duration.milliseconds(200)

    /// From when on the link, whose rate may be limited, is free for another piece.
    private var freeAt: ContinuousClock.Instant
    private var lastDue: ContinuousClock.Instant

    init(at now: ContinuousClock.Instant) {
        freeAt = now
        lastDue = now
    }

    /// When the piece of `count` bytes that is sent `now` arrives.
    mutating func due(
        count: Int, under fault: LinkFault?, at now: ContinuousClock.Instant,
        using generator: inout some RandomNumberGenerator
    ) -> ContinuousClock.Instant {
        var arrival = now
        if let fault {
            if fault.rateKibibytes > 0 {
                let time = Duration.microseconds(
                    count * 1_000_000 / (Int(fault.rateKibibytes) * 1_024))
                freeAt = max(freeAt, now).advanced(by: time)
                arrival = freeAt
            }
            let jitter = UInt32.random(in: 0...fault.jitterMilliseconds, using: &generator)
            let delay = UInt64(fault.delayMilliseconds) + UInt64(jitter)
            arrival = arrival.advanced(by: .milliseconds(delay))
            if fault.loss > 0, Double.random(in: 0..<1, using: &generator) < fault.loss {
                arrival = arrival.advanced(by: Self.resend)
            }
        }
        lastDue = max(lastDue, arrival)
        return lastDue
    }
}
