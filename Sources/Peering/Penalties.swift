import Protocol
import Synchronization

/// Who has broken the protocol, and until when nobody links with it: for a second, and for twice as
/// long after each further time, up to a minute. After an hour without, all is forgotten.
struct Penalties {
    private struct Entry {
        var faults: Int
        var last: ContinuousClock.Instant
    }

    private static let longest = Duration.seconds(60)
    private static let memory = Duration.seconds(3_600)

    private var entries: [Address: Entry] = [:]

    /// Notes that `account` broke the protocol.
    mutating func note(_ account: Address, at now: ContinuousClock.Instant) {
        entries = entries.filter { now - $0.value.last < Self.memory }
        entries[account] = Entry(faults: (entries[account]?.faults ?? 0) + 1, last: now)
    }

    /// How long nobody links with `account` yet; nil if it may link.
    func remaining(of account: Address, at now: ContinuousClock.Instant) -> Duration? {
        guard let entry = entries[account] else { return nil }
        let wait = min(.seconds(1 << min(entry.faults - 1, 10)), Self.longest)
        let rest = entry.last + wait - now
        return rest > .zero ? rest : nil
    }
}

/// The penalties of a node's peers, as event loops see them.
final class SharedPenalties: Sendable {
    private let penalties = Mutex(Penalties())

    func note(_ account: Address) { penalties.withLock { $0.note(account, at: .now) } }

    func remaining(of account: Address) -> Duration? {
        penalties.withLock { $0.remaining(of: account, at: .now) }
    }
}
