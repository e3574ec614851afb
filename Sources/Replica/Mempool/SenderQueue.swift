import Protocol

/// A transaction in the pool.
struct PoolEntry: Sendable {
    let transaction: VerifiedTransaction
    /// When it came.
    let received: Timestamp
    /// How many transactions the pool had taken before.
    let sequence: UInt64
    /// Whether a user of this node submitted it.
    var isOwn: Bool

    var nonce: UInt64 { transaction.transaction.nonce }
}

/// One sender's pending transactions, in ascending order of their nonces, which are distinct.
struct SenderQueue: Sendable {
    private(set) var entries: [PoolEntry] = []
    /// How many of the first follow on the account's nonce without a gap.
    private(set) var readyCount = 0
    /// The bytes of all of them.
    private(set) var bytes = 0
    /// The account's nonce in the last final state: the next that the ledger takes.
    private(set) var accountNonce: UInt64

    init(accountNonce: UInt64) {
        self.accountNonce = accountNonce
    }

    /// Whether the ledger would take the first one now, as far as nonces go.
    var isReady: Bool { readyCount > 0 }

    /// The nonce after those that follow on the account's without a gap.
    var nextNonce: UInt64 { accountNonce &+ UInt64(readyCount) }

    var isEmpty: Bool { entries.isEmpty }
    var count: Int { entries.count }
    /// How many wait for predecessors that are not there.
    var gappedCount: Int { entries.count - readyCount }

    /// The entries whose nonces follow on the account's without a gap.
    var ready: ArraySlice<PoolEntry> { entries[..<readyCount] }

    /// The entry with `nonce`.
    func entry(_ nonce: UInt64) -> PoolEntry? {
        let index = position(of: nonce)
        return index < entries.endIndex && entries[index].nonce == nonce ? entries[index] : nil
    }

    /// Takes `entry`, whose nonce is free. Returns those that follow on the account's nonce now and
    /// did not before.
    mutating func insert(_ entry: PoolEntry) -> ArraySlice<PoolEntry> {
        entries.insert(entry, at: position(of: entry.nonce))
        bytes += entry.transaction.encoded.count
        return extendReady()
    }

    /// Notes that a user of this node submitted the entry with `nonce` too. Whether that is new.
    mutating func adopt(_ nonce: UInt64) -> Bool {
        let index = position(of: nonce)
        guard index < entries.endIndex, entries[index].nonce == nonce, !entries[index].isOwn else {
            return false
        }
        entries[index].isOwn = true
        return true
    }

    /// The account's nonce is `nonce` now. Returns the entries that are overtaken, and those that
    /// follow on it and did not before.
    mutating func advance(
        to nonce: UInt64
    ) -> (overtaken: [PoolEntry], ready: ArraySlice<PoolEntry>) {
        let overtaken = Array(entries[..<position(of: nonce)])
        readyCount = max(0, readyCount - overtaken.count)
        accountNonce = nonce
        drop(overtaken)
        return (overtaken, extendReady())
    }

    /// Takes out the entries for which `condition` holds.
    mutating func remove(where condition: (PoolEntry) -> Bool) -> [PoolEntry] {
        let removed = entries.filter(condition)
        guard !removed.isEmpty else { return [] }
        entries.removeAll(where: condition)
        for entry in removed { bytes -= entry.transaction.encoded.count }
        readyCount = 0
        _ = extendReady()
        return removed
    }

    private mutating func drop(_ first: [PoolEntry]) {
        entries.removeFirst(first.count)
        for entry in first { bytes -= entry.transaction.encoded.count }
    }

    private mutating func extendReady() -> ArraySlice<PoolEntry> {
        let before = readyCount
        while readyCount < entries.count, entries[readyCount].nonce == nextNonce {
            readyCount += 1
        }
        return entries[before..<readyCount]
    }

    /// The index of the first entry whose nonce is `nonce` or higher.
    private func position(of nonce: UInt64) -> Int {
        var (low, high) = (entries.startIndex, entries.endIndex)
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].nonce < nonce { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
