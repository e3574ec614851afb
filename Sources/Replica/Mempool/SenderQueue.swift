import Protocol

/// A transaction in the pool.
struct PoolEntry: Sendable {
    let transaction: VerifiedTransaction
    /// When it came.
    let received: Timestamp
    /// How many transactions the pool had taken before.
    let sequence: UInt64
    /// Whether a user of this node submitted it.
    let isOwn: Bool

    var nonce: UInt64 { transaction.transaction.nonce }
}

/// One sender's pending transactions, in ascending order of their nonces, which are distinct.
struct SenderQueue: Sendable {
    private(set) var entries: [PoolEntry] = []
    /// The account's nonce in the last final state: the next that the ledger takes.
    var accountNonce: UInt64

    init(accountNonce: UInt64) {
        self.accountNonce = accountNonce
    }

    /// Whether the ledger would take the first one now, as far as nonces go.
    var isReady: Bool { entries.first?.nonce == accountNonce }

    /// The nonce after those that follow on the account's without a gap.
    var nextNonce: UInt64 { ready.last.map { $0.nonce &+ 1 } ?? accountNonce }

    var isEmpty: Bool { entries.isEmpty }
    var count: Int { entries.count }

    /// The entries whose nonces follow on the account's without a gap.
    var ready: ArraySlice<PoolEntry> {
        var end = entries.startIndex
        var expected = accountNonce
        while end < entries.endIndex, entries[end].nonce == expected {
            end += 1
            expected &+= 1
        }
        return entries[..<end]
    }

    func holds(nonce: UInt64) -> Bool {
        let index = position(of: nonce)
        return index < entries.endIndex && entries[index].nonce == nonce
    }

    mutating func insert(_ entry: PoolEntry) {
        entries.insert(entry, at: position(of: entry.nonce))
    }

    /// Takes out the entry with the highest nonce.
    mutating func removeLast() -> PoolEntry? { entries.popLast() }

    /// Takes out the entries for which `condition` holds.
    mutating func remove(where condition: (PoolEntry) -> Bool) -> [PoolEntry] {
        let removed = entries.filter(condition)
        if !removed.isEmpty { entries.removeAll(where: condition) }
        return removed
    }

    private func position(of nonce: UInt64) -> Int {
        entries.firstIndex { $0.nonce >= nonce } ?? entries.endIndex
    }
}
