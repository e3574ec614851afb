import Market
import Synchronization

/// Where what the owner asks of the node's role waits for its answer, and what the role shows.
final class OwnerRequests: Sendable {
    private struct State {
        var next: UInt64 = 0
        var waiting: [RequestNumber: CheckedContinuation<Bool?, Never>] = [:]
        var isClosed = false
        var figures = RoleFigures()
    }

    private let queue: EventQueue
    private let state = Mutex(State())

    init(queue: EventQueue) {
        self.queue = queue
    }

    /// What the role showed last.
    var figures: RoleFigures { state.withLock { $0.figures } }

    /// Takes what the role shows now.
    func note(_ figures: RoleFigures) {
        state.withLock { $0.figures = figures }
    }

    /// Sets the power of the household's meter; whether it is one that is set by hand, and nil if
    /// the node is too busy or is stopping.
    func setPower(_ watts: Int32) async -> Bool? {
        await withCheckedContinuation { continuation in
            let request: RequestNumber? = state.withLock { state in
                guard !state.isClosed else { return nil }
                state.next += 1
                let request = RequestNumber(state.next)
                state.waiting[request] = continuation
                return request
            }
            guard let request else { return continuation.resume(returning: nil) }
            if !queue.offer(.role(.setPower(watts, request))) { answer(request, nil) }
        }
    }

    /// Gives the answer to `request`; a second one is ignored.
    func answer(_ request: RequestNumber, _ isDone: Bool?) {
        let waiting = state.withLock { $0.waiting.removeValue(forKey: request) }
        waiting?.resume(returning: isDone)
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
