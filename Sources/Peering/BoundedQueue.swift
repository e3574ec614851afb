import Synchronization

/// What waits for one reader, bounded: many put in, one takes all that is there.
package final class BoundedQueue<Element: Sendable>: Sendable {
    private struct State {
        var elements: [Element] = []
        var size = 0
        var isFinished = false
        var reader: CheckedContinuation<Void, Never>?
        var writers: [CheckedContinuation<Void, Never>] = []
    }

    private let capacity: Int
    private let size: @Sendable (Element) -> Int
    private let state = Mutex(State())

    /// A queue of elements whose sizes add up to `capacity` at most; an element that is larger has
    /// it to itself.
    package init(capacity: Int, size: @escaping @Sendable (Element) -> Int = { _ in 1 }) {
        self.capacity = capacity
        self.size = size
    }

    /// Puts an element in that must not be lost and comes seldom, whether there is room or not.
    package func put(_ element: Element) {
        let reader = state.withLock { append(element, to: &$0) }
        reader?.resume()
    }

    /// Puts an element in; false if there is no room, or the queue is finished.
    package func offer(_ element: Element) -> Bool {
        let (accepted, reader) = state.withLock { state in
            guard !state.isFinished, hasRoom(for: element, state) else {
                return (false, nil as CheckedContinuation<Void, Never>?)
            }
            return (true, append(element, to: &state))
        }
        reader?.resume()
        return accepted
    }

    /// Puts an element in as soon as there is room; drops it once the queue is finished.
    package func putWhenRoom(_ element: Element) async {
        while !offer(element) {
            let isFinished = state.withLock { $0.isFinished }
            if isFinished { return }
            await withCheckedContinuation { continuation in
                let resumeNow = state.withLock { state in
                    if state.isFinished || hasRoom(for: element, state) { return true }
                    state.writers.append(continuation)
                    return false
                }
                if resumeNow { continuation.resume() }
            }
        }
    }

    /// Waits for elements and takes all that are there, in order; nil once the queue is finished.
    package func next() async -> [Element]? {
        while true {
            let (taken, writers) = takeAll()
            for writer in writers { writer.resume() }
            guard let taken else { return nil }
            if !taken.isEmpty { return taken }
            await withCheckedContinuation { continuation in
                let resumeNow = state.withLock { state in
                    guard state.elements.isEmpty, !state.isFinished else { return true }
                    state.reader = continuation
                    return false
                }
                if resumeNow { continuation.resume() }
            }
        }
    }

    /// Whether nothing waits in it.
    package var isEmpty: Bool { state.withLock { $0.elements.isEmpty } }

    /// Ends the queue: what waits in it is dropped, everyone who waits goes on.
    package func finish() {
        let waiting = state.withLock { state in
            state.isFinished = true
            state.elements = []
            defer { state.writers = [] }
            return state.writers + [state.reader.take()].compactMap { $0 }
        }
        for continuation in waiting { continuation.resume() }
    }

    private func hasRoom(for element: Element, _ state: State) -> Bool {
        state.elements.isEmpty || state.size + size(element) <= capacity
    }

    private func append(
        _ element: Element, to state: inout State
    ) -> CheckedContinuation<Void, Never>? {
        state.elements.append(element)
        state.size += size(element)
        return state.reader.take()
    }

    private func takeAll() -> ([Element]?, [CheckedContinuation<Void, Never>]) {
        state.withLock { state in
            guard !state.isFinished else { return (nil, []) }
            defer {
                state.elements = []
                state.size = 0
                state.writers = []
            }
            return (state.elements, state.writers)
        }
    }
}
