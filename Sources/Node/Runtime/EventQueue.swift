import Synchronization

/// What waits for the node's loop, bounded: peers and users wait or are turned away when it is full,
/// timers and the ends of links always find room.
final class EventQueue: Sendable {
    private struct State {
        var events: [NodeEvent] = []
        var isFinished = false
        var reader: CheckedContinuation<Void, Never>?
        var writers: [CheckedContinuation<Void, Never>] = []
    }

    /// How many events wait at most before writers are held back.
    private let capacity: Int
    private let state = Mutex(State())

    init(capacity: Int = 4_096) {
        self.capacity = capacity
    }

    /// Puts an event in that must not be lost and comes seldom: a timer, a link's end.
    func put(_ event: NodeEvent) {
        let reader = state.withLock { state in
            state.events.append(event)
            return state.reader.take()
        }
        reader?.resume()
    }

    /// Puts an event in if there is room.
    func offer(_ event: NodeEvent) -> Bool {
        let (accepted, reader) = state.withLock { state in
            guard state.events.count < capacity, !state.isFinished else {
                return (false, nil as CheckedContinuation<Void, Never>?)
            }
            state.events.append(event)
            return (true, state.reader.take())
        }
        reader?.resume()
        return accepted
    }

    /// Puts an event in as soon as there is room; drops it once the queue is finished.
    func putWhenRoom(_ event: NodeEvent) async {
        while !offer(event) {
            let isFinished = state.withLock { $0.isFinished }
            if isFinished { return }
            await withCheckedContinuation { continuation in
                let resumeNow = state.withLock { state in
                    guard state.events.count >= capacity, !state.isFinished else { return true }
                    state.writers.append(continuation)
                    return false
                }
                if resumeNow { continuation.resume() }
            }
        }
    }

    /// Waits for events and takes all that are there, in order; nil once the queue is finished.
    func next() async -> [NodeEvent]? {
        while true {
            let (taken, writers) = takeAll()
            for writer in writers { writer.resume() }
            guard let taken else { return nil }
            if !taken.isEmpty { return taken }
            await withCheckedContinuation { continuation in
                let resumeNow = state.withLock { state in
                    guard state.events.isEmpty, !state.isFinished else { return true }
                    state.reader = continuation
                    return false
                }
                if resumeNow { continuation.resume() }
            }
        }
    }

    /// Whether something waits in it.
    var hasEvents: Bool { state.withLock { !$0.events.isEmpty } }

    /// Ends the queue: what waits in it is dropped, everyone who waits goes on.
    func finish() {
        let waiting = state.withLock { state in
            state.isFinished = true
            state.events = []
            defer { state.writers = [] }
            return state.writers + [state.reader.take()].compactMap { $0 }
        }
        for continuation in waiting { continuation.resume() }
    }

    private func takeAll() -> ([NodeEvent]?, [CheckedContinuation<Void, Never>]) {
        state.withLock { state in
            guard !state.isFinished else { return (nil, []) }
            defer {
                state.events = []
                state.writers = []
            }
            return (state.events, state.writers)
        }
    }
}
