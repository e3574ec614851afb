import Console

/// Keeps work at so many steps a second; what could not be done in time is not caught up on.
struct Pace {
    private let interval: Duration
    private var due = ContinuousClock.now

    init(perSecond: Double) {
        interval = .seconds(1 / perSecond)
    }

    /// Waits until `count` more steps are due.
    mutating func wait(for count: Int = 1) {
        let now = ContinuousClock.now
        due = max(due + interval * count, now - .milliseconds(100))
        let rest = (due - now) / .milliseconds(1)
        if rest >= 1 { Terminal.pause(milliseconds: UInt32(rest)) }
    }
}
