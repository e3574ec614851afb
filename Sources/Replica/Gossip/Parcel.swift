import Protocol

/// A message and those that it goes to.
struct Parcel: Sendable {
    let message: ReplicaMessage
    let recipients: [Address]
}

/// Who gets which things of a list, named by their indices; those who get the same together.
struct Grouping {
    private var groups: [(indices: [Int], peers: [Address])] = []

    mutating func add(_ indices: [Int], for peer: Address) {
        guard !indices.isEmpty else { return }
        if let group = groups.firstIndex(where: { $0.indices == indices }) {
            groups[group].peers.append(peer)
        } else {
            groups.append((indices, [peer]))
        }
    }

    /// The parcels of what `messages` makes of each list of indices.
    func parcels(_ messages: ([Int]) -> [ReplicaMessage]) -> [Parcel] {
        groups.flatMap { group in
            messages(group.indices).map { Parcel(message: $0, recipients: group.peers) }
        }
    }
}

/// Cuts transactions and their hashes into messages.
enum TransactionMessages {
    /// The most bytes of transactions in one message, far below ``Limits/messageBytes``.
    static let bytes = Limits.gossipBytes

    /// Whether a message with so many bytes of transactions takes no more: there may be none so
    /// large that it would fit.
    static func isFull(_ count: Int) -> Bool { count > bytes - Limits.transactionBytes }

    /// The messages that announce `hashes`.
    static func announcing(_ hashes: [Hash32]) -> [ReplicaMessage] {
        stride(from: 0, to: hashes.count, by: Limits.announcedTransactions).map { start in
            let end = min(hashes.count, start + Limits.announcedTransactions)
            return .transactionsAnnounced(Array(hashes[start..<end]))
        }
    }

    /// The messages that carry `transactions` unasked.
    static func whole(_ transactions: [VerifiedTransaction]) -> [ReplicaMessage] {
        var messages: [ReplicaMessage] = []
        var batch: [VerifiedTransaction] = []
        var size = 0
        for transaction in transactions {
            if batch.count == Limits.gossipTransactions || isFull(size) {
                messages.append(.transactions(batch))
                batch = []
                size = 0
            }
            batch.append(transaction)
            size += transaction.encoded.count
        }
        return batch.isEmpty ? messages : messages + [.transactions(batch)]
    }
}
