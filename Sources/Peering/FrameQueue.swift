import Protocol
import Synchronization

/// The frames that wait to go out on one stream, bounded in bytes.
///
/// A frame that nothing is before goes to the stream at once, by whoever sends it: to wake the stream's
/// own task for each of a block's many small messages would cost more than most of them do. What the
/// stream does not take then waits here for that task.
final class FrameQueue: Sendable {
    private struct State {
        var frames: [Bytes] = []
        var size = 0
        var isFinished = false
        /// Takes a frame if it need not wait; nil until the stream is open.
        var direct: (@Sendable (Bytes) -> Bool)?
        /// Whether the task has frames that it has not written yet.
        var isWriting = false
        var writer: CheckedContinuation<Void, Never>?
    }

    private let capacity: Int
    private let state = Mutex(State())

    /// A queue of `capacity` bytes at most; a longer frame has it to itself.
    init(capacity: Int) {
        self.capacity = capacity
    }

    /// Sends a frame, or lets it wait; false if too much waits already, or the stream has ended.
    func offer(_ frame: Bytes) -> Bool {
        let (isTaken, writer) = state.withLock { state in
            guard !state.isFinished else {
                return (false, nil as CheckedContinuation<Void, Never>?)
            }
            // Under the lock, so that no later frame is there before it.
            if state.frames.isEmpty, !state.isWriting, state.direct?(frame) == true {
                return (true, nil)
            }
            guard state.frames.isEmpty || state.size + frame.count <= capacity else {
                return (false, nil)
            }
            state.frames.append(frame)
            state.size += frame.count
            return (true, state.writer.take())
        }
        writer?.resume()
        return isTaken
    }

    /// The stream is open: `direct` takes a frame, and returns whether it could without waiting.
    func open(_ direct: @escaping @Sendable (Bytes) -> Bool) {
        state.withLock { $0.direct = direct }
    }

    /// Waits for frames and takes all that are there, in order; nil once the queue is finished. Those that
    /// were taken before have been written by now.
    func next() async -> [Bytes]? {
        while true {
            let taken: [Bytes]? = state.withLock { state in
                guard !state.isFinished else { return nil }
                defer { (state.frames, state.size) = ([], 0) }
                state.isWriting = !state.frames.isEmpty
                return state.frames
            }
            guard let taken else { return nil }
            if !taken.isEmpty { return taken }
            await withCheckedContinuation { continuation in
                let resumeNow = state.withLock { state in
                    guard state.frames.isEmpty, !state.isFinished else { return true }
                    state.writer = continuation
                    return false
                }
                if resumeNow { continuation.resume() }
            }
        }
    }

    /// Whether its task waits for frames.
    var hasWriter: Bool { state.withLock { $0.writer != nil } }

    /// Ends the queue: what waits in it is dropped.
    func finish() {
        let writer = state.withLock { state in
            state.isFinished = true
            (state.frames, state.direct) = ([], nil)
            return state.writer.take()
        }
        writer?.resume()
    }
}
