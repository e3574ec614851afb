import Protocol
import Synchronization

/// Lets meters' messages in: of each peer only so many a second, and only so many that wait for the
/// loop. Who says more waits at its own link, whose flow control closes; nothing of the others is
/// dropped or held up.
final class MeterGate: Sendable {
    /// How much one peer may say.
    struct Limits: Sendable {
        /// How many messages a second. A household says one, and two more for each delivery.
        var perSecond = 10
        /// How many it may be ahead of that.
        var burst = 40
        /// How many may wait for the loop.
        var waiting = 16
    }

    private struct Peer {
        /// What it may still say, in thousandths of a message, as of `reckoned`.
        var allowance: Int
        var reckoned: ContinuousClock.Instant
        /// How many of its messages wait for the loop.
        var waiting = 0
        var held: [CheckedContinuation<Void, Never>] = []
    }

    private enum Answer {
        case admitted, closed
        case wait(Duration)
        case waitForRoom
    }

    private struct State {
        var peers: [Address: Peer] = [:]
        var isClosed = false
    }

    private let limits: Limits
    private let state = Mutex(State())

    init(_ limits: Limits = Limits()) {
        self.limits = limits
    }

    /// Waits until `peer` may say one thing more; false if the node stops. Each message that is let
    /// in must be told of by ``taken(from:)``.
    func admit(_ peer: Address) async -> Bool {
        while true {
            switch ask(peer, at: .now) {
            case .admitted: return true
            case .closed: return false
            case .wait(let duration):
                // Ends early when the link ends: then nobody waits for the message.
                do { try await Task.sleep(for: duration) } catch { return false }
            case .waitForRoom: await waitForRoom(peer)
            }
        }
    }

    /// A message of `peer` has been dealt with.
    func taken(from peer: Address) {
        let held = state.withLock { state in
            state.peers[peer]?.waiting -= 1
            defer { state.peers[peer]?.held = [] }
            return state.peers[peer]?.held ?? []
        }
        for continuation in held { continuation.resume() }
    }

    /// Turns everyone away who waits or comes later.
    func close() {
        let held = state.withLock { state in
            state.isClosed = true
            defer { state.peers = [:] }
            return state.peers.values.flatMap(\.held)
        }
        for continuation in held { continuation.resume() }
    }

    private func ask(_ address: Address, at now: ContinuousClock.Instant) -> Answer {
        state.withLock { state in
            guard !state.isClosed else { return .closed }
            if state.peers.count > 1_024 { forgetQuiet(&state, at: now) }
            var peer =
                state.peers[address] ?? Peer(allowance: limits.burst * 1_000, reckoned: now)
            defer { state.peers[address] = peer }
            reckon(&peer, at: now)
            guard peer.waiting < limits.waiting else { return .waitForRoom }
            guard peer.allowance >= 1_000 else {
                let lacking = (1_000 - peer.allowance) / limits.perSecond + 1
                return .wait(.milliseconds(lacking))
            }
            peer.allowance -= 1_000
            peer.waiting += 1
            return .admitted
        }
    }

    private func reckon(_ peer: inout Peer, at now: ContinuousClock.Instant) {
        let most = limits.burst * 1_000
        let elapsed = min(peer.reckoned.duration(to: now), .seconds(3_600))
        let milliseconds = Int(elapsed / .milliseconds(1))
        peer.allowance = min(most, peer.allowance + milliseconds * limits.perSecond)
        peer.reckoned = peer.reckoned.advanced(by: .milliseconds(milliseconds))
        if elapsed == .seconds(3_600) { peer.reckoned = now }
    }

    /// Forgets those who have said nothing for so long that they may say all again.
    private func forgetQuiet(_ state: inout State, at now: ContinuousClock.Instant) {
        let quiet = Duration.seconds(limits.burst / limits.perSecond + 1)
        state.peers = state.peers.filter {
            $0.value.waiting > 0 || !$0.value.held.isEmpty || now - $0.value.reckoned < quiet
        }
    }

    private func waitForRoom(_ address: Address) async {
        await withCheckedContinuation { continuation in
            let resumeNow = state.withLock { state in
                guard !state.isClosed, let waiting = state.peers[address]?.waiting,
                    waiting >= limits.waiting
                else { return true }
                state.peers[address]?.held.append(continuation)
                return false
            }
            if resumeNow { continuation.resume() }
        }
    }
}
