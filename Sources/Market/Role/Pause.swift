import Protocol

/// A time in which nothing is tried again. It is over at once where the clock has gone back behind
/// its beginning: else a clock that was wrong for a moment would stop its node for as long.
struct Pause: Hashable, Sendable {
    private var began = Timestamp.zero
    private var milliseconds: UInt64 = 0

    static let none = Pause()

    private init() {}

    init(from now: Timestamp, milliseconds: UInt64) {
        began = now
        self.milliseconds = milliseconds
    }

    /// After `failures` in a row: twice as long each time, and never longer than half a minute.
    init(from now: Timestamp, afterFailures failures: UInt64) {
        self.init(from: now, milliseconds: min(500 << min(failures, 6), 30_000))
    }

    func isOver(at now: Timestamp) -> Bool {
        now < began || now.millisecondsSince(began) >= milliseconds
    }
}
