import API
import Synchronization

/// The events of a household's live stream: the last ones are kept, so that a page that was away for
/// a moment misses none.
final class LiveFeed: Sendable {
    /// One event, with the number by which a page says what it had last.
    struct Event: Hashable, Sendable {
        let id: UInt64
        let name: String
        let data: JSON

        /// The event as server-sent events are written.
        var bytes: [UInt8] {
            Array("event: \(name)\nid: \(id)\ndata: ".utf8) + data.encoded + Array("\n\n".utf8)
        }
    }

    /// How many events are kept: ten minutes of them.
    private static let kept = 1_200
    /// How many pages may listen at once.
    private static let mostListeners = 32
    /// How many events wait for a page that reads slowly; then it has to begin anew.
    private static let mostWaiting = 128

    private struct State {
        var events: [Event] = []
        var last: UInt64
        var listeners: [UInt64: AsyncStream<Event>.Continuation] = [:]
        var names: UInt64 = 0
        var isFinished = false
    }

    private let state: Mutex<State>

    /// A feed whose events are numbered from after `start` on: greater than those of the process
    /// before.
    init(after start: UInt64) { state = Mutex(State(last: start)) }

    /// How many listen.
    var listenerCount: Int { state.withLock { $0.listeners.count } }

    /// Tells everyone who listens.
    func publish(_ name: String, _ data: JSON) {
        let late = state.withLock { state in
            state.last += 1
            let event = Event(id: state.last, name: name, data: data)
            state.events.append(event)
            if state.events.count > 2 * Self.kept {
                state.events.removeFirst(state.events.count - Self.kept)
            }
            return state.listeners.values.filter { listener in
                if case .enqueued = listener.yield(event) { false } else { true }
            }
        }
        for listener in late { listener.finish() }
    }

    /// The events after the one numbered `last`, and from then on all that come; nil if too many
    /// listen. The first is `reset` where some in between are not known any more.
    func events(after last: UInt64?) -> AsyncStream<Event>? {
        let (stream, listener) = AsyncStream.makeStream(
            of: Event.self, bufferingPolicy: .bufferingOldest(Self.kept + Self.mostWaiting))
        let name: UInt64? = state.withLock { state in
            guard !state.isFinished, state.listeners.count < Self.mostListeners else { return nil }
            let first = state.events.first?.id ?? state.last + 1
            if let last, last + 1 >= first, last <= state.last {
                for event in state.events where event.id > last { listener.yield(event) }
            } else {
                listener.yield(Event(id: state.last, name: "reset", data: .object([])))
            }
            state.names += 1
            state.listeners[state.names] = listener
            return state.names
        }
        guard let name else { return nil }
        listener.onTermination = { [weak self] _ in
            self?.state.withLock { $0.listeners[name] = nil }
        }
        return stream
    }

    /// Ends every stream, before the node stops.
    func finish() {
        let listeners = state.withLock { state in
            state.isFinished = true
            return Array(state.listeners.values)
        }
        for listener in listeners { listener.finish() }
    }
}
