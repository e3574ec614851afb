internal import NIOCore
internal import Synchronization

/// So many log lines a minute about clients that misbehave: those who come to fill the disk with
/// them shall not. The counters count all.
final class LogAllowance: Sendable {
    private struct State {
        var began = NIODeadline.now()
        var lines = 0
        var suppressed = 0
    }

    private static let linesPerMinute = 100
    private let state = Mutex(State())

    /// Whether one more line may be written, and how many were not since the last that was.
    func take(at now: NIODeadline = .now()) -> (isAllowed: Bool, suppressed: Int) {
        state.withLock { state in
            if now - state.began >= .minutes(1) {
                state.began = now
                state.lines = 0
            }
            guard state.lines < Self.linesPerMinute else {
                state.suppressed += 1
                return (false, 0)
            }
            state.lines += 1
            defer { state.suppressed = 0 }
            return (true, state.suppressed)
        }
    }
}
