import Consensus
import Protocol

/// Consensus messages of heights that are not final yet, until they have been relayed once.
struct RelayQueue: Sendable {
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
        let dueAt: Timestamp
    }

    private var items: [Item] = []
    private var places: [Key: Int] = [:]
    private var relayed: Set<Key> = []

    /// The most messages remembered; beyond it none is relayed.
    private static let capacity = 2 * Limits.futureMessages

    /// When the next message is to be relayed; nil if none waits.
    var nextDue: Timestamp? { items.first?.dueAt }

    /// Notes that `peer` has `message`, which is to be relayed at `dueAt` if it is new.
    mutating func note(_ message: ConsensusMessage, heldBy peer: Address, dueAt: Timestamp) {
        let key = Key(message)
        guard !relayed.contains(key) else { return }
        if let place = places[key] {
            items[place].holders.insert(peer)
        } else if items.count + relayed.count < Self.capacity {
            places[key] = items.count
            items.append(Item(message: message, holders: [peer], dueAt: dueAt))
        }
    }

    /// Takes out what is to be relayed by now.
    mutating func takeDue(at now: Timestamp) -> [Item] {
        let due = items.filter { $0.dueAt <= now }
        guard !due.isEmpty else { return [] }
        for item in due { relayed.insert(Key(item.message)) }
        keep { $0.dueAt > now }
        return due
    }

    /// Forgets everything about heights up to `height`.
    mutating func forget(upTo height: UInt64) {
        relayed = relayed.filter { $0.height > height }
        guard !items.isEmpty else { return }
        keep { $0.message.height > height }
    }

    private mutating func keep(_ condition: (Item) -> Bool) {
        items = items.filter(condition)
        places = [:]
        for (place, item) in items.enumerated() { places[Key(item.message)] = place }
    }
}
