import Consensus
import Protocol

/// Consensus messages of heights that are not final yet, until they have been rebroadcast once.
struct RebroadcastQueue: Sendable {
    /// What tells a message from all others that passed the checks.
    private struct Key: Hashable {
        let kind: ConsensusMessage.Kind
        let height: UInt64
        let round: UInt32
        let signature: Signature

        init(_ message: ConsensusMessage) {
            kind = message.kind
            height = message.height
            round = message.round
            signature = Statement(message).signature
        }
    }

    struct Item: Sendable {
        let message: ConsensusMessage
        /// Peers that sent it, and so have it.
        var holders: Set<Address>
    }

    /// A message as it came in. Most heights are final before any of it matters, so noting it is
    /// all that is done at first.
    private struct Arrival: Sendable {
        let message: ConsensusMessage
        let holder: Address
        /// When it is to be rebroadcast; nil if it says what was heard before and was not checked
        /// further: certificates may have been torn out of it.
        var dueAt: Timestamp?

        func isDue(at now: Timestamp) -> Bool { dueAt.map { $0 <= now } ?? false }
    }

    private var arrivals: [Arrival] = []
    private var rebroadcast: Set<Key> = []

    /// The most messages remembered; beyond it none is rebroadcast.
    private static let capacity = 2 * Limits.futureMessages

    /// When the next message is to be rebroadcast; nil if none waits.
    private(set) var nextDue: Timestamp?

    /// Notes that `peer` has `message`, which is to be rebroadcast at `dueAt` if that has not been
    /// done.
    mutating func note(_ message: ConsensusMessage, heldBy peer: Address, dueAt: Timestamp) {
        guard arrivals.count + rebroadcast.count < Self.capacity else { return }
        arrivals.append(Arrival(message: message, holder: peer, dueAt: dueAt))
        nextDue = min(nextDue ?? dueAt, dueAt)
    }

    /// Notes that `peer` has what `message` says, which was heard before.
    mutating func noteHolder(of message: ConsensusMessage, _ peer: Address) {
        guard arrivals.count + rebroadcast.count < Self.capacity else { return }
        arrivals.append(Arrival(message: message, holder: peer, dueAt: nil))
    }

    /// Takes out what is to be rebroadcast by now, each message once for ever.
    mutating func takeDue(at now: Timestamp) -> [Item] {
        var items: [Item] = []
        var places: [Key: Int] = [:]
        for arrival in arrivals where arrival.isDue(at: now) {
            let key = Key(arrival.message)
            if let place = places[key] {
                items[place].holders.insert(arrival.holder)
            } else if rebroadcast.insert(key).inserted {
                places[key] = items.count
                items.append(Item(message: arrival.message, holders: [arrival.holder]))
            }
        }
        for arrival in arrivals where !arrival.isDue(at: now) {
            guard let place = places[Key(arrival.message)] else { continue }
            items[place].holders.insert(arrival.holder)
        }
        arrivals.removeAll { arrival in
            arrival.isDue(at: now)
                || arrival.dueAt == nil && rebroadcast.contains(Key(arrival.message))
        }
        nextDue = arrivals.lazy.compactMap(\.dueAt).min()
        return items
    }

    /// Makes everything due at `moment` at the latest.
    mutating func advance(to moment: Timestamp) {
        for index in arrivals.indices {
            arrivals[index].dueAt = arrivals[index].dueAt.map { min($0, moment) }
        }
        nextDue = nextDue.map { min($0, moment) }
    }

    /// Forgets everything about heights up to `height`.
    mutating func forget(upTo height: UInt64) {
        arrivals.removeAll { $0.message.height <= height }
        nextDue = arrivals.lazy.compactMap(\.dueAt).min()
        if !rebroadcast.isEmpty { rebroadcast = rebroadcast.filter { $0.height > height } }
    }
}
