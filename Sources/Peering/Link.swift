import Logging
import Protocol
import Synchronization
import Transport

/// One of a link's streams, whichever side opened it.
struct LinkStream: Sendable {
    let body: Body
    let write: @Sendable (Bytes) async throws -> Void
}

/// Why a link ended.
struct LinkError: Error, CustomStringConvertible {
    /// As what it is counted.
    let refusal: PeerRefusal
    let description: String

    static let noGreeting = LinkError(refusal: .noGreeting, description: "it did not greet in time")

    static func protocolViolation(_ what: String) -> LinkError {
        LinkError(refusal: .misplaced, description: "it broke the protocol: \(what)")
    }

    static func otherChain(_ what: String) -> LinkError {
        LinkError(refusal: .otherChain, description: "it is on another chain: \(what)")
    }

    static let slowFrame = LinkError(
        refusal: .slowFrame, description: "it did not end a frame in time")

    static let hoarding = LinkError(
        refusal: .hoarding, description: "it left too many bytes of unfinished frames")

    static func oversizeFrame(_ count: Int) -> LinkError {
        LinkError(
            refusal: .oversizeFrame, description: "a frame of \(count) bytes is longer than allowed"
        )
    }
}

/// A connection with one other node: three streams, one for each class of urgency, on which both
/// sides send frames for as long as the link lasts.
final class Link: Sendable {
    let identifier: UInt64
    let peer: Address
    /// The SHA-256 of the certificate that it showed.
    let certificateHash: Hash32
    /// Whether this node dialled.
    let isOutgoing: Bool
    /// Where the other side was dialled, or from where it came.
    let remote: String

    private let queues: [BoundedQueue<Bytes>]
    private let state = Mutex(State())
    private let closeConnection: @Sendable (String) -> Void

    private struct State {
        var hello: Hello?
        var claimed: Set<WireMessage.Priority> = []
        var hasToldOfPeers = false
        /// How many answers of each kind this node waits for.
        var awaited: [WireMessage.Kind: Int] = [:]
        var isClosed = false
        var waiters: [CheckedContinuation<Bool, Never>] = []
        /// Ends the link unless the other side greets; gone once it has.
        var greetingLimit: Task<Void, Never>?
        /// Ends a visit.
        var visitEnd: Task<Void, Never>?
    }

    init(
        identifier: UInt64, peer: Address, certificateHash: Hash32, isOutgoing: Bool,
        remote: String, closeConnection: @escaping @Sendable (String) -> Void
    ) {
        self.identifier = identifier
        self.peer = peer
        self.certificateHash = certificateHash
        self.isOutgoing = isOutgoing
        self.remote = remote
        self.closeConnection = closeConnection
        // A long proposal; an answer with blocks, or one long block; two parcels of transactions. As much
        // may be on its way out of each.
        queues = [4 << 20, 1 << 20, 512 << 10].map { BoundedQueue(capacity: $0, size: \.count) }
    }

    /// What the other side said of itself; nil before it greeted.
    var hello: Hello? { state.withLock { $0.hello } }

    var isClosed: Bool { state.withLock { $0.isClosed } }

    /// Whether it is with a suspended member's node, which hears what it asks for and is not heard.
    var isVisit: Bool { state.withLock { $0.visitEnd != nil } }

    /// Makes the link one with a suspended member's node from now on, and ends it after `time`.
    func beginVisit(of time: Duration) {
        let end = Task { [weak self] in
            do {
                try await Task.sleep(for: time)
            } catch {
                return  // cancelled: the link has ended
            }
            self?.close("it is suspended")
        }
        let isOver = state.withLock { state in
            guard !state.isClosed, state.visitEnd == nil else { return true }
            state.visitEnd = end
            return false
        }
        if isOver { end.cancel() }
    }

    /// Takes the link's one stream for `priority`; false if it is taken already.
    func claim(_ priority: WireMessage.Priority) -> Bool {
        state.withLock { $0.claimed.insert(priority).inserted }
    }

    /// Whether the other side may tell of further nodes now: it may once.
    func takesPeers() -> Bool {
        state.withLock { state in
            defer { state.hasToldOfPeers = true }
            return state.hello != nil && !state.hasToldOfPeers
        }
    }

    /// Notes what is about to be sent: a question brings an answer, late perhaps.
    func note(_ kind: WireMessage.Kind) {
        guard !kind.answers.isEmpty else { return }
        state.withLock { state in
            for answer in kind.answers {
                state.awaited[answer] = min((state.awaited[answer] ?? 0) + 1, Self.mostAwaited)
            }
        }
    }

    /// Whether an answer of `kind` is waited for; from now on one less is.
    func takesAnswer(_ kind: WireMessage.Kind) -> Bool {
        state.withLock { state in
            guard let count = state.awaited[kind], count > 0 else { return false }
            state.awaited[kind] = count - 1
            return true
        }
    }

    /// How many answers of a kind are waited for at most.
    private static let mostAwaited = 8

    /// Queues a frame; false if the peer has too much waiting already.
    func send(_ frame: Bytes, priority: WireMessage.Priority) -> Bool {
        queues[priority.rawValue].offer(frame)
    }

    /// Sends what is queued for `priority` until the link ends.
    func writeFrames(_ priority: WireMessage.Priority, to stream: LinkStream) async throws {
        while let frames = await queues[priority.rawValue].next() {
            try await stream.write(frames.count == 1 ? frames[0] : Array(frames.joined()))
        }
    }

    /// Calls `late` if the other side has not greeted after `timeout`, and the link not ended.
    func limitGreeting(to timeout: Duration, late: @escaping @Sendable () -> Void) {
        let limit = Task { [weak self] in
            do {
                try await Task.sleep(for: timeout)
            } catch {
                return  // cancelled: it greeted, or the link has ended
            }
            guard let self, hello == nil, !isClosed else { return }
            late()
        }
        state.withLock { $0.greetingLimit = limit }
    }

    /// Notes the greeting: the link is up.
    func greeted(with hello: Hello) {
        let waiters = state.withLock { state in
            state.hello = hello
            state.greetingLimit?.cancel()
            state.greetingLimit = nil
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume(returning: true) }
    }

    /// Waits until the other side has greeted; false if the link ends before.
    func waitForGreeting() async -> Bool {
        await withCheckedContinuation { continuation in
            let answer: Bool? = state.withLock { state in
                if state.isClosed { return false }
                if state.hello != nil { return true }
                state.waiters.append(continuation)
                return nil
            }
            if let answer { continuation.resume(returning: answer) }
        }
    }

    /// Ends the link; a second call does nothing.
    func close(_ reason: String) {
        let waiters: [CheckedContinuation<Bool, Never>]? = state.withLock { state in
            guard !state.isClosed else { return nil }
            state.isClosed = true
            state.greetingLimit?.cancel()
            state.greetingLimit = nil
            state.visitEnd?.cancel()
            defer { state.waiters = [] }
            return state.waiters
        }
        guard let waiters else { return }
        for waiter in waiters { waiter.resume(returning: false) }
        for queue in queues { queue.finish() }
        closeConnection(reason)
    }
}
