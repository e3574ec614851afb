import Ledger
public import Protocol

/// The transactions that wait to get into a block.
///
/// Within a sender by nonce; among senders each gets its turn. It holds only what the ledger would
/// take as far as it can tell, and its size is bounded by ``PoolLimits``.
public struct Mempool: Sendable {
    private let limits: PoolLimits
    private(set) var senders: [Address: SenderQueue] = [:]
    private var byHash: [Hash32: Address] = [:]
    private var buckets: [Address: TokenBucket] = [:]
    private var readySenders: Set<Address> = []
    private var taken: UInt64 = 0
    /// The bytes of its transactions together.
    public private(set) var bytes = 0

    public init(limits: PoolLimits = PoolLimits()) {
        self.limits = limits
    }

    /// How many transactions it holds.
    public var count: Int { byHash.count }

    /// Whether it holds one that the ledger would take now.
    public var hasReady: Bool { !readySenders.isEmpty }

    /// Whether it holds the transaction `hash`.
    public func contains(_ hash: Hash32) -> Bool { byHash[hash] != nil }

    /// The transaction `hash`, if it holds it.
    public func transaction(_ hash: Hash32) -> VerifiedTransaction? {
        guard let sender = byHash[hash] else { return nil }
        return senders[sender]?.entries.first { $0.transaction.hash == hash }?.transaction
    }

    /// The sender's transactions, in ascending order of their nonces.
    public func transactions(of sender: Address) -> [VerifiedTransaction] {
        senders[sender]?.entries.map(\.transaction) ?? []
    }

    /// The nonce that `sender`'s next transaction should have, after those in the pool; nil if
    /// the pool holds none of it.
    public func nextNonce(of sender: Address) -> UInt64? { senders[sender]?.nextNonce }
}

extension Mempool {
    /// Takes `transaction`, or throws why it does not.
    ///
    /// - Parameter state: the last final one.
    mutating func admit(
        _ transaction: VerifiedTransaction, isOwn: Bool, state: LedgerState, at now: Timestamp
    ) throws(PoolRejection) {
        guard !contains(transaction.hash) else { throw .known }
        let admission: Admission
        do {
            admission = try state.admission(of: transaction)
        } catch {
            throw .inadmissible(error)
        }
        try checkPlace(of: transaction, admission)
        let sender = transaction.sender
        let accountNonce = state.account(sender).nonce
        try makeRoom(for: transaction)
        try takeToken(of: sender, at: now)
        insert(
            PoolEntry(transaction: transaction, received: now, sequence: taken, isOwn: isOwn),
            accountNonce: accountNonce)
    }

    private func checkPlace(
        of transaction: VerifiedTransaction, _ admission: Admission
    ) throws(PoolRejection) {
        let nonce = transaction.transaction.nonce
        if case .later(let missing) = admission, missing > limits.nonceGap {
            throw .nonceTooHigh(stated: nonce, next: nonce - missing)
        }
        guard let queue = senders[transaction.sender] else { return }
        guard !queue.holds(nonce: nonce) else { throw .nonceTaken }
        guard queue.count < limits.perSender else { throw .senderLimit }
    }

    /// Makes room in a full pool at the cost of whoever holds most of it, if that is not the
    /// transaction's own sender.
    private mutating func makeRoom(for transaction: VerifiedTransaction) throws(PoolRejection) {
        let size = transaction.encoded.count
        while count >= limits.transactions || bytes + size > limits.bytes {
            let own = senders[transaction.sender]?.count ?? 0
            let heaviest = senders.max {
                ($0.value.count, $1.key) < ($1.value.count, $0.key)
            }
            guard let heaviest, heaviest.value.count > own + 1, size <= limits.bytes else {
                throw .poolFull
            }
            guard let last = senders[heaviest.key]?.removeLast() else { return }
            forget([last], of: heaviest.key)
        }
    }

    private mutating func takeToken(
        of sender: Address, at now: Timestamp
    ) throws(PoolRejection) {
        var bucket =
            buckets[sender]
            ?? TokenBucket(capacity: limits.burst, perSecond: limits.perSecond, at: now)
        let isAllowed = bucket.take(at: now)
        buckets[sender] = bucket
        guard isAllowed else { throw .rateLimited }
    }

    private mutating func insert(_ entry: PoolEntry, accountNonce: UInt64) {
        let sender = entry.transaction.sender
        taken += 1
        byHash[entry.transaction.hash] = sender
        bytes += entry.transaction.encoded.count
        senders[sender, default: SenderQueue(accountNonce: accountNonce)].insert(entry)
        requeue(sender)
    }
}

extension Mempool {
    /// Forgets what `block` included or overtook, and the first transactions of senders that the
    /// ledger no longer takes. Returns how many left without getting into the block.
    ///
    /// - Parameter state: the one after the block.
    mutating func advance(over block: Block, state: LedgerState) -> Int {
        let included = Set(block.transactions.map(\.hash))
        var dropped = 0
        for sender in Set(block.transactions.map(\.sender)) where senders[sender] != nil {
            let nonce = state.account(sender).nonce
            senders[sender]?.accountNonce = nonce
            dropped += remove(of: sender) { $0.nonce < nonce }
                .count { !included.contains($0.transaction.hash) }
        }
        return dropped + dropInadmissible(state: state)
    }

    /// Forgets what has waited longer than ``PoolLimits/lifetime``, and who has not submitted for
    /// a while. Returns how many transactions left.
    mutating func expire(at now: Timestamp) -> Int {
        var dropped = 0
        let lifetime = limits.lifetime
        for sender in Array(senders.keys) {
            dropped +=
                remove(of: sender) {
                    now.millisecondsSince($0.received) > lifetime
                }.count
        }
        buckets = buckets.filter { !$0.value.isFull(at: now) }
        return dropped
    }

    /// Forgets ready transactions of senders whose first one the ledger refuses by now, as when a
    /// member was suspended: they would count as work for ever.
    mutating func dropInadmissible(state: LedgerState) -> Int {
        var dropped = 0
        for sender in Array(readySenders) {
            while let first = senders[sender]?.entries.first,
                (try? state.admission(of: first.transaction)) == nil
            {
                dropped += remove(of: sender) { $0.sequence == first.sequence }.count
            }
        }
        return dropped
    }

    private mutating func remove(
        of sender: Address, where condition: (PoolEntry) -> Bool
    ) -> [PoolEntry] {
        let removed = senders[sender]?.remove(where: condition) ?? []
        forget(removed, of: sender)
        return removed
    }

    private mutating func forget(_ entries: [PoolEntry], of sender: Address) {
        for entry in entries {
            byHash[entry.transaction.hash] = nil
            bytes -= entry.transaction.encoded.count
        }
        requeue(sender)
    }

    private mutating func requeue(_ sender: Address) {
        guard let queue = senders[sender], !queue.isEmpty else {
            senders[sender] = nil
            readySenders.remove(sender)
            return
        }
        if queue.isReady { readySenders.insert(sender) } else { readySenders.remove(sender) }
    }
}
