import Protocol
import Synchronization

/// The frames that wait for one stream of a link, bounded in bytes. Many put in, one takes out.
final class OutboundQueue: Sendable {
    private struct State {
        var frames: [Bytes] = []
        var bytes = 0
        var isFinished = false
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let capacity: Int
    private let state = Mutex(State())

    init(capacity: Int) {
        self.capacity = capacity
    }

    /// Puts `frame` in; false if that would be more than the queue holds, or it is finished.
    func append(_ frame: Bytes) -> Bool {
        let (accepted, waiter) = state.withLock { state in
            guard !state.isFinished,
                state.frames.isEmpty || state.bytes + frame.count <= capacity
            else { return (false, nil as CheckedContinuation<Void, Never>?) }
            state.frames.append(frame)
            state.bytes += frame.count
            return (true, state.waiter.take())
        }
        waiter?.resume()
        return accepted
    }

    /// Waits for frames and takes all that are there; nil once the queue is finished.
    func next() async -> [Bytes]? {
        while true {
            let taken: [Bytes]?? = state.withLock { state in
                if state.isFinished { return .some(nil) }
                guard !state.frames.isEmpty else { return nil }
                defer {
                    state.frames = []
                    state.bytes = 0
                }
                return state.frames
            }
            if let taken { return taken }
            await withCheckedContinuation { continuation in
                let resumeNow = state.withLock { state in
                    guard state.frames.isEmpty, !state.isFinished else { return true }
                    state.waiter = continuation
                    return false
                }
                if resumeNow { continuation.resume() }
            }
        }
    }

    /// Ends the queue; what waits in it is dropped.
    func finish() {
        let waiter = state.withLock { state in
            state.isFinished = true
            state.frames = []
            return state.waiter.take()
        }
        waiter?.resume()
    }
}
