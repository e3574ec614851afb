import Protocol
import Synchronization

/// What the unfinished frames of all links keep, and by when each must be whole.
///
/// A frame is held until its last byte has come. So whoever begins frames and does not end them would
/// make a node keep as many bytes as frames may have, on every stream, for as long as it likes.
final class UnfinishedFrames: Sendable {
    /// Where a frame comes in.
    struct Place: Hashable {
        let link: UInt64
        let priority: WireMessage.Priority
    }

    private struct Frame {
        var bytes: Int
        let due: ContinuousClock.Instant
        let end: @Sendable (LinkError) -> Void
    }

    private struct State {
        var frames: [Place: Frame] = [:]
        var total = 0
    }

    private let limit: Int
    private let timeout: Duration
    private let slowest: Int
    private let state = Mutex(State())

    init(_ configuration: PeeringConfiguration) {
        limit = configuration.unfinishedBytes
        timeout = configuration.frameTimeout
        slowest = configuration.slowestBytesPerSecond
    }

    /// The bytes kept now.
    var total: Int { state.withLock { $0.total } }

    /// When the first of the frames must be whole; nil if there is none.
    var nextDue: ContinuousClock.Instant? { state.withLock { $0.frames.values.map(\.due).min() } }

    /// Notes how far the frame that `reader` is in has come, if it is in one; `end` ends its link.
    func note(
        _ place: Place, _ reader: FrameReader, at now: ContinuousClock.Instant = .now,
        end: @escaping @Sendable (LinkError) -> Void
    ) {
        let bytes = reader.unfinishedBytes
        guard bytes > 0 else { return forget(place) }
        let hoarder: Frame? = state.withLock { state in
            if let known = state.frames[place] {
                state.total += bytes - known.bytes
                state.frames[place]?.bytes = bytes
            } else {
                let time = timeout + .seconds((reader.expected ?? 0) / slowest)
                state.frames[place] = Frame(bytes: bytes, due: now + time, end: end)
                state.total += bytes
            }
            return state.total > limit ? Self.takeHoarder(&state) : nil
        }
        hoarder?.end(.hoarding)
    }

    /// The frame at `place` has come to its end, or its link has.
    func forget(_ place: Place) {
        state.withLock { state in
            guard let frame = state.frames.removeValue(forKey: place) else { return }
            state.total -= frame.bytes
        }
    }

    /// Ends the links with frames that should be whole by now.
    func endLate(at now: ContinuousClock.Instant) {
        let late: [Frame] = state.withLock { state in
            guard !state.frames.isEmpty else { return [] }
            let late = state.frames.filter { $0.value.due <= now }
            for (place, frame) in late {
                state.frames[place] = nil
                state.total -= frame.bytes
            }
            return Array(late.values)
        }
        for frame in late { frame.end(.slowFrame) }
    }

    /// Forgets the frames of the link that keeps the most, and returns one of them.
    private static func takeHoarder(_ state: inout State) -> Frame? {
        var kept: [UInt64: Int] = [:]
        for (place, frame) in state.frames { kept[place.link, default: 0] += frame.bytes }
        guard let most = kept.max(by: { ($0.value, $1.key) < ($1.value, $0.key) })?.key else {
            return nil
        }
        var taken: Frame?
        for (place, frame) in state.frames where place.link == most {
            state.frames[place] = nil
            state.total -= frame.bytes
            taken = frame
        }
        return taken
    }
}
