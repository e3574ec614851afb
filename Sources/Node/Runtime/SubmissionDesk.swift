import Protocol
import Replica
import Synchronization

/// Where submissions wait for the replica's answer.
final class SubmissionDesk: Sendable {
    typealias Answer = Result<Hash32, Replica.SubmissionError>

    private struct State {
        var next: UInt64 = 0
        var waiting: [RequestID: CheckedContinuation<Answer?, Never>] = [:]
        var isClosed = false
    }

    private let queue: EventQueue
    private let state = Mutex(State())

    init(queue: EventQueue) {
        self.queue = queue
    }

    /// Hands `transaction` to the replica and waits for its answer; nil if the node is too busy
    /// to take it, or is stopping.
    func submit(_ transaction: VerifiedTransaction) async -> Answer? {
        await withCheckedContinuation { continuation in
            let request: RequestID? = state.withLock { state in
                guard !state.isClosed else { return nil }
                state.next += 1
                let request = RequestID(state.next)
                state.waiting[request] = continuation
                return request
            }
            guard let request else { return continuation.resume(returning: nil) }
            if !queue.offer(.submitted(transaction, request)) { answer(request, nil) }
        }
    }

    /// Gives the answer to `request`; a second one is ignored.
    func answer(_ request: RequestID, _ answer: Answer?) {
        let waiting = state.withLock { $0.waiting.removeValue(forKey: request) }
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
