internal import Protocol
internal import Synchronization

/// The transactions that clients have lately handed in and the pool has taken, for filters that
/// look for them.
final class RecentSubmissions: Sendable {
    private static let kept = 4_096

    private struct State {
        var hashes: [Hash32] = []
        var first: UInt64 = 0
    }

    private let state = Mutex(State())

    /// Notes that the pool has taken the transaction named `hash`.
    func note(_ hash: Hash32) {
        state.withLock { state in
            state.hashes.append(hash)
            guard state.hashes.count > 2 * Self.kept else { return }
            state.hashes.removeFirst(Self.kept)
            state.first += UInt64(Self.kept)
        }
    }

    /// How many transactions the pool has taken so far.
    var count: UInt64 { state.withLock { $0.first + UInt64($0.hashes.count) } }

    /// The transactions that the pool took after the first `count`, as far as they are remembered.
    func hashes(after count: UInt64) -> [Hash32] {
        state.withLock { state in
            let skipped = count > state.first ? count - state.first : 0
            return Array(state.hashes.dropFirst(Int(clamping: skipped)))
        }
    }
}
