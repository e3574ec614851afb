import Protocol

/// The requests for blocks that wait to be answered: one of each peer, its newest, in turn. Each peer is
/// given so many bytes at once and so many a second; who has had them waits, and nobody else does.
struct BlockQueue {
    struct Request: Sendable {
        let peer: Address
        let from: UInt64
        let count: UInt64
    }

    private struct Peer {
        /// Bytes that it was given and that its rate has not paid off yet, as of `reckoned`.
        var debt: UInt64 = 0
        var reckoned: Timestamp

        mutating func payOff(at now: Timestamp) {
            let elapsed = min(now.millisecondsSince(reckoned), 3_600_000)
            let paid = elapsed * BlockQueue.bytesPerSecond / 1_000
            debt -= min(debt, paid)
            reckoned = now
        }
    }

    private var waiting: [Request] = []
    private var peers: [Address: Peer] = [:]

    /// A newcomer executes no more than this in a second, and asks several.
    static let bytesPerSecond: UInt64 = 4 << 20
    private static let bytesAtOnce: UInt64 = 16 << 20

    /// Lets `request` wait, in place of an older one of the same peer.
    mutating func add(_ request: Request) {
        if let index = waiting.firstIndex(where: { $0.peer == request.peer }) {
            waiting[index] = request
        } else {
            waiting.append(request)
        }
    }

    /// Takes the first request out whose peer may be given something now.
    mutating func next(at now: Timestamp) -> Request? {
        for (index, request) in waiting.enumerated() where mayBeGiven(request.peer, at: now) {
            return waiting.remove(at: index)
        }
        return nil
    }

    /// Whether nothing waits.
    var isEmpty: Bool { waiting.isEmpty }

    /// Notes that `peer` was given `count` bytes.
    mutating func gave(_ count: Int, to peer: Address, at now: Timestamp) {
        for peer in Array(peers.keys) {
            peers[peer]?.payOff(at: now)
            if peers[peer]?.debt == 0 { peers[peer] = nil }
        }
        peers[peer, default: Peer(reckoned: now)].debt += UInt64(count)
    }

    private mutating func mayBeGiven(_ peer: Address, at now: Timestamp) -> Bool {
        peers[peer]?.payOff(at: now)
        return peers[peer].map { $0.debt < Self.bytesAtOnce } ?? true
    }
}
