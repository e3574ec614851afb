import Synchronization

/// Who waits for the answer to a request, by the request's number.
final class PendingAnswers<Answer: Sendable>: Sendable {
    private struct State {
        var last: UInt64 = 0
        var waiting: [UInt64: CheckedContinuation<Answer?, Never>] = [:]
        var isClosed = false
    }

    private let state = Mutex(State())

    /// Hands a request in under a number of its own and waits for its answer; nil if `handIn` says
    /// that it is not taken, or if nobody will answer any more.
    func ask(_ handIn: (_ number: UInt64) -> Bool) async -> Answer? {
        await withCheckedContinuation { continuation in
            let number: UInt64? = state.withLock { state in
                guard !state.isClosed else { return nil }
                state.last += 1
                state.waiting[state.last] = continuation
                return state.last
            }
            guard let number else { return continuation.resume(returning: nil) }
            if !handIn(number) { answer(number, nil) }
        }
    }

    /// Gives the answer to the request; a second one is ignored.
    func answer(_ number: UInt64, _ answer: Answer?) {
        let waiting = state.withLock { $0.waiting.removeValue(forKey: number) }
        waiting?.resume(returning: answer)
    }

    /// Turns everyone away who waits or comes later.
    func close() {
        let waiting = state.withLock { state in
            state.isClosed = true
            defer { state.waiting = [:] }
            return Array(state.waiting.values)
        }
        for continuation in waiting { continuation.resume(returning: nil) }
    }
}
