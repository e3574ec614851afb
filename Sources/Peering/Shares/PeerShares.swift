package import Protocol
import Synchronization

/// Holds each peer to its share of this node's memory and time. Who has used it up waits at its own
/// link, whose flow control closes; nothing of the others is dropped or held up. The accounts outlive
/// the links, so that reconnecting buys nothing.
package final class PeerShares: Sendable {
    private struct Peer {
        var debt: WorkDebt
        var share: PeerShare
        /// The bytes of its frames that are here.
        var bytes = 0
        var held: [CheckedContinuation<Void, Never>] = []

        func hasRoom(for count: Int) -> Bool {
            bytes == 0 || bytes + count <= share.bytes
        }

        mutating func isQuiet(at now: ContinuousClock.Instant) -> Bool {
            bytes == 0 && held.isEmpty && debt.isPaid(percent: share.percent, at: now)
        }
    }

    private struct State {
        var peers: [Address: Peer] = [:]
        var isClosed = false
    }

    private let state = Mutex(State())
    private let clock: ShareClock

    package convenience init() { self.init(clock: .system) }

    init(clock: ShareClock) { self.clock = clock }

    /// Waits until `peer`, whose share is `share`, may take a frame of `count` bytes. The bytes count
    /// until the ticket is gone. Throws if the task is cancelled, or `isOver` by then.
    ///
    /// - Parameter isAwaited: whether this node asked for the frame and checks it before it costs
    ///   anything: then it waits for room alone.
    func admit(
        _ count: Int, kind: WireMessage.Kind, from peer: Address, share: PeerShare,
        isAwaited: Bool, isOver: () -> Bool = { false }
    ) async throws -> FrameTicket {
        while !isAwaited, let wait = wait(of: peer, share) {
            try await clock.sleep(min(wait, .seconds(1)))
            if isOver() { throw CancellationError() }
        }
        while !takeRoom(for: count, of: peer, share) {
            await waitForRoom(for: count, of: peer)
            if isOver() { throw CancellationError() }
        }
        return FrameTicket(shares: self, peer: peer, kind: kind, share: share, bytes: count)
    }

    /// Puts `work` on the account of `peer`; what turned out to be wanted is taken off again as less
    /// than nothing.
    func charge(_ work: Duration, to peer: Address, share: PeerShare) {
        change(peer, share) { $0.debt.charge(work, percent: share.percent, at: $1) }
    }

    /// Puts the work on the account of `peer` that its link's beginning made.
    package func charge(_ work: Duration, to peer: Address) {
        let share = state.withLock { $0.peers[peer]?.share } ?? .usual(of: nil)
        charge(work, to: peer, share: share)
    }

    /// How many bytes of the frames of `peer` are here.
    func bytes(of peer: Address) -> Int { state.withLock { $0.peers[peer]?.bytes ?? 0 } }

    /// Lets everyone go on who waits for room: the node stops.
    func close() {
        let held = state.withLock { state in
            state.isClosed = true
            defer { for peer in state.peers.keys { state.peers[peer]?.held = [] } }
            return state.peers.values.flatMap(\.held)
        }
        for continuation in held { continuation.resume() }
    }

    /// Bytes of `peer` have been dealt with.
    fileprivate func release(_ count: Int, of peer: Address) {
        let held = state.withLock { state in
            state.peers[peer]?.bytes -= count
            defer { state.peers[peer]?.held = [] }
            return state.peers[peer]?.held ?? []
        }
        for continuation in held { continuation.resume() }
    }

    /// How long `peer` waits yet before its next frame is taken; nil if it does not.
    func wait(of peer: Address, _ share: PeerShare) -> Duration? {
        change(peer, share) { $0.debt.wait(most: share.burst, percent: share.percent, at: $1) }
    }

    private func takeRoom(for count: Int, of peer: Address, _ share: PeerShare) -> Bool {
        let isClosed = state.withLock { $0.isClosed }
        return change(peer, share) { peer, _ in
            guard isClosed || peer.hasRoom(for: count) else { return false }
            peer.bytes += count
            return true
        }
    }

    private func waitForRoom(for count: Int, of address: Address) async {
        await withCheckedContinuation { continuation in
            let resumeNow = state.withLock { state in
                guard !state.isClosed, let peer = state.peers[address],
                    !peer.hasRoom(for: count)
                else { return true }
                state.peers[address]?.held.append(continuation)
                return false
            }
            if resumeNow { continuation.resume() }
        }
    }

    private func change<Result: Sendable>(
        _ address: Address, _ share: PeerShare,
        _ body: (inout Peer, ContinuousClock.Instant) -> Result
    ) -> Result {
        let now = clock.now()
        return state.withLock { state in
            if state.peers.count > 1_024 {
                state.peers = state.peers.filter {
                    var peer = $0.value
                    return !peer.isQuiet(at: now)
                }
            }
            var peer = state.peers[address] ?? Peer(debt: WorkDebt(at: now), share: share)
            peer.share = share
            let result = body(&peer, now)
            state.peers[address] = peer
            return result
        }
    }
}

/// A frame that counts against its sender's share, from its first byte until nobody has the ticket
/// any more.
package final class FrameTicket: Sendable {
    private let shares: PeerShares
    private let peer: Address
    let kind: WireMessage.Kind
    private let share: PeerShare
    private let bytes: Int
    /// When its first bytes were let in.
    package let admitted = SteadyTime.now
    /// What it took to carry and to read the frame, and when that was done.
    private let reading = Mutex<(cost: Duration, end: SteadyTime?)>((.zero, nil))

    /// What it takes to carry a frame, and each byte of it, up to here and to the loop: no thread does it
    /// all, so it cannot be measured.
    private static let carriage = Duration.microseconds(40)
    private static let byteCarriage = Duration.nanoseconds(8)

    init(
        shares: PeerShares, peer: Address, kind: WireMessage.Kind, share: PeerShare, bytes: Int
    ) {
        self.shares = shares
        self.peer = peer
        self.kind = kind
        self.share = share
        self.bytes = bytes
    }

    deinit { shares.release(bytes, of: peer) }

    /// When the message had been read, and every signature in it; before that, when it was let in.
    package var decoded: SteadyTime { reading.withLock { $0.end } ?? admitted }

    /// Notes what it took to read the frame.
    func noteDecoding(_ time: Duration) {
        let cost = time + Self.carriage + Self.byteCarriage * bytes
        reading.withLock { $0 = (cost, .now) }
        shares.charge(cost, to: peer, share: share)
    }

    /// Notes what it took to deal with the message, how many messages its sender is answered by, and
    /// whether it was of use: brought something that was lacking here.
    ///
    /// Final blocks that were lacking cost their giver nothing: there are no more of them than the
    /// chain has. What else was of use costs its reading, since what it leads to is this node's work.
    package func settle(handling: Duration, answers: Int, wasOfUse: Bool) {
        let reading = self.reading.withLock { $0.cost }
        let isFinalBlock = kind == .blocks || kind == .finalBlock
        guard !wasOfUse else {
            if isFinalBlock { shares.charge(Duration.zero - reading, to: peer, share: share) }
            return
        }
        let weight = isFinalBlock ? 1 : share.uselessWeight
        shares.charge(
            reading * (weight - 1) + (handling + Self.carriage * answers) * weight,
            to: peer, share: share)
    }
}
