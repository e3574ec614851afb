import Ledger
public import Protocol

/// The transactions that wait to get into a block.
///
/// Within a sender by nonce; among senders each gets its turn. It holds only what the ledger would
/// take as far as it can tell, and its size is bounded by ``PoolLimits``. What it has taken stays
/// until it is final, overtaken, refused by the ledger or too old: nothing gives way to what comes
/// later. Where there is no room, or no share of it for the sender, the newcomer is refused.
public struct Mempool: Sendable {
    private let limits: PoolLimits
    private(set) var senders: [Address: SenderQueue] = [:]
    private var places: [Hash32: Place] = [:]
    private var buckets: [Address: TokenBucket] = [:]
    private var readySenders: Set<Address> = []
    private var taken: UInt64 = 0
    private var dropped = DroppedTransactions()
    /// The bytes of its transactions together.
    public private(set) var bytes = 0
    /// How many of its transactions wait for predecessors that it does not hold.
    public private(set) var gappedCount = 0

    /// Where a transaction stands.
    private struct Place {
        let sender: Address
        let nonce: UInt64
    }

    /// What changed by a block, or by time.
    struct Change {
        /// What left without getting into a block.
        var dropped: [(transaction: VerifiedTransaction, reason: DropReason)] = []
        /// What could be in the next block and could not before, in the order of the nonces.
        var ready: [VerifiedTransaction] = []
    }

    public init(limits: PoolLimits = PoolLimits()) {
        self.limits = limits
    }

    /// How many transactions it holds.
    public var count: Int { places.count }

    /// How full it is, in thousandths: by number or by bytes, whichever is more.
    public var permilleFull: Int {
        max(count * 1_000 / max(1, limits.transactions), bytes * 1_000 / max(1, limits.bytes))
    }

    /// Whether there is no room in it for another one.
    var isFull: Bool {
        count >= limits.transactions || bytes + Limits.transactionBytes > limits.bytes
    }

    /// Whether it holds one that the ledger would take now.
    public var hasReady: Bool { !readySenders.isEmpty }

    /// Whether it holds one that the ledger would take now, of a sender for whom `condition` holds.
    func hasReady(of condition: (Address) -> Bool) -> Bool {
        readySenders.contains(where: condition)
    }

    /// Whether it holds the transaction `hash`.
    public func contains(_ hash: Hash32) -> Bool { places[hash] != nil }

    /// The transaction `hash`, if it holds it.
    public func transaction(_ hash: Hash32) -> VerifiedTransaction? { entry(hash)?.transaction }

    /// The transaction `hash` of a user of this node, if it left the pool lately without getting
    /// into a block, with the reason.
    public func droppedTransaction(_ hash: Hash32) -> DroppedTransaction? { dropped[hash] }

    /// The sender's transactions, in ascending order of their nonces.
    public func transactions(of sender: Address) -> [VerifiedTransaction] {
        senders[sender]?.entries.map(\.transaction) ?? []
    }

    /// The nonce that `sender`'s next transaction should have, after those in the pool; nil if
    /// the pool holds none of it.
    public func nextNonce(of sender: Address) -> UInt64? { senders[sender]?.nextNonce }

    /// The transaction `hash`, if the ledger could take it in the next block, and whether a user of
    /// this node submitted it.
    func readyEntry(_ hash: Hash32) -> PoolEntry? {
        guard let place = places[hash], let queue = senders[place.sender],
            place.nonce < queue.nextNonce
        else { return nil }
        return queue.entry(place.nonce)
    }

    private func entry(_ hash: Hash32) -> PoolEntry? {
        places[hash].flatMap { senders[$0.sender]?.entry($0.nonce) }
    }
}

extension Mempool {
    /// Takes `transaction`, or throws why it does not. Returns what could be in the next block now
    /// and could not before: it, and those that waited for it, in the order of their nonces.
    ///
    /// What a user of this node submits has its predecessors in the pool or is refused.
    ///
    /// - Parameter state: the last final one.
    @discardableResult
    mutating func admit(
        _ transaction: VerifiedTransaction, isOwn: Bool, state: LedgerState, at now: Timestamp
    ) throws(PoolRejection) -> [VerifiedTransaction] {
        try checkAdmission(of: transaction, state)
        try checkPlace(of: transaction, isOwn: isOwn, state)
        try checkRoom(for: transaction)
        try takeToken(of: transaction.sender, at: now)
        return insert(transaction, isOwn: isOwn, received: now, state)
    }

    /// Takes a transaction back that this node had taken from a user at `received`, before it was
    /// started again; it keeps its place whoever is missing before it.
    mutating func restore(
        _ transaction: VerifiedTransaction, received: Timestamp, state: LedgerState,
        at now: Timestamp
    ) -> [VerifiedTransaction] {
        do throws(PoolRejection) {
            try checkAdmission(of: transaction, state)
            guard senders[transaction.sender]?.entry(transaction.transaction.nonce) == nil else {
                throw .nonceTaken
            }
            return insert(transaction, isOwn: true, received: received, state)
        } catch .known {
            return []
        } catch .inadmissible(.nonceTooLow), .nonceTaken {
            note([transaction], .replaced, at: now)
            return []
        } catch .inadmissible(let error) {
            note([transaction], .refused(error), at: now)
            return []
        } catch {
            return []
        }
    }

    /// Notes that a user of this node submitted the transaction `hash` too. Whether that is new.
    mutating func adopt(_ hash: Hash32) -> Bool {
        guard let place = places[hash] else { return false }
        return senders[place.sender]?.adopt(place.nonce) ?? false
    }

    private func checkAdmission(
        of transaction: VerifiedTransaction, _ state: LedgerState
    ) throws(PoolRejection) {
        guard !contains(transaction.hash) else { throw .known }
        do throws(AdmissionError) {
            _ = try state.admission(of: transaction)
        } catch {
            throw .inadmissible(error)
        }
    }

    private func checkPlace(
        of transaction: VerifiedTransaction, isOwn: Bool, _ state: LedgerState
    ) throws(PoolRejection) {
        let (nonce, queue) = (transaction.transaction.nonce, senders[transaction.sender])
        guard queue?.entry(nonce) == nil else { throw .nonceTaken }
        let next = queue?.nextNonce ?? state.account(transaction.sender).nonce
        guard nonce > next else { return }
        let isNear = nonce - next <= limits.nonceGap
        let hasRoom =
            queue?.gappedCount ?? 0 < limits.nonceGap
            && gappedCount < limits.transactions / limits.share
        guard !isOwn, isNear, hasRoom else { throw .nonceTooHigh(stated: nonce, next: next) }
    }

    private func checkRoom(for transaction: VerifiedTransaction) throws(PoolRejection) {
        let size = transaction.encoded.count
        let (places, room) = (limits.transactions - count, limits.bytes - bytes)
        guard places > 0, size <= room else { throw .poolFull }
        guard let queue = senders[transaction.sender] else { return }
        guard queue.count < places / limits.share, queue.bytes + size <= room / limits.share else {
            throw .senderLimit
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

    private mutating func insert(
        _ transaction: VerifiedTransaction, isOwn: Bool, received: Timestamp, _ state: LedgerState
    ) -> [VerifiedTransaction] {
        let sender = transaction.sender
        let entry = PoolEntry(
            transaction: transaction, received: received, sequence: taken, isOwn: isOwn)
        taken += 1
        places[transaction.hash] = Place(sender: sender, nonce: entry.nonce)
        bytes += transaction.encoded.count
        dropped.forget(transaction.hash)
        var queue = takeQueue(of: sender, state)
        let ready = queue.insert(entry)
        put(queue, of: sender)
        return ready.map(\.transaction)
    }
}

extension Mempool {
    /// Forgets what `block` included or overtook, and the first transactions of senders that the
    /// ledger no longer takes.
    ///
    /// - Parameter state: the one after the block.
    mutating func advance(over block: Block, state: LedgerState, at now: Timestamp) -> Change {
        let included = Set(block.transactions.map(\.hash))
        var change = Change()
        for sender in Set(block.transactions.map(\.sender)).sorted() where senders[sender] != nil {
            var queue = takeQueue(of: sender, state)
            let (overtaken, ready) = queue.advance(to: state.account(sender).nonce)
            change.ready += ready.map(\.transaction)
            put(queue, of: sender)
            forget(overtaken)
            let lost = overtaken.filter { !included.contains($0.transaction.hash) }
            change.dropped += note(lost, .replaced, at: now)
        }
        change.dropped += dropInadmissible(state: state, at: now).dropped
        return change
    }

    /// Forgets what has waited for longer than ``PoolLimits/lifetime``, what waits for predecessors
    /// longer than ``PoolLimits/gapLifetime`` and came from elsewhere, and who has not submitted for
    /// a while.
    mutating func expire(at now: Timestamp) -> Change {
        var change = Change()
        dropped.expire(at: now)
        let limits = limits
        for sender in senders.keys.sorted() {
            guard let queue = senders[sender] else { continue }
            let next = queue.nextNonce
            func isOld(_ entry: PoolEntry) -> Bool {
                now.millisecondsSince(entry.received) > limits.lifetime
            }
            func isLeftBehind(_ entry: PoolEntry) -> Bool {
                !entry.isOwn && entry.nonce > next
                    && now.millisecondsSince(entry.received) > limits.gapLifetime
            }
            guard queue.entries.contains(where: { isOld($0) || isLeftBehind($0) }) else { continue }
            change.dropped += note(remove(of: sender, where: isOld), .expired, at: now)
            change.dropped += note(remove(of: sender, where: isLeftBehind), .gap, at: now)
        }
        buckets = buckets.filter { !$0.value.isFull(at: now) }
        return change
    }

    /// Forgets ready transactions of senders whose first one the ledger refuses by now, as when a
    /// member was suspended: they would count as work for ever.
    @discardableResult
    mutating func dropInadmissible(state: LedgerState, at now: Timestamp) -> Change {
        var change = Change()
        for sender in readySenders.sorted() {
            while let first = senders[sender]?.entries.first {
                do throws(AdmissionError) {
                    _ = try state.admission(of: first.transaction)
                    break
                } catch {
                    let removed = remove(of: sender) { $0.sequence == first.sequence }
                    change.dropped += note(removed, .refused(error), at: now)
                }
            }
        }
        return change
    }

    private mutating func remove(
        of sender: Address, where condition: (PoolEntry) -> Bool
    ) -> [PoolEntry] {
        guard var queue = senders.removeValue(forKey: sender) else { return [] }
        gappedCount -= queue.gappedCount
        let removed = queue.remove(where: condition)
        put(queue, of: sender)
        forget(removed)
        return removed
    }

    private mutating func forget(_ entries: [PoolEntry]) {
        for entry in entries {
            places[entry.transaction.hash] = nil
            bytes -= entry.transaction.encoded.count
        }
    }

    /// Remembers for its users why this node's own of `entries` left.
    private mutating func note(
        _ entries: [PoolEntry], _ reason: DropReason, at now: Timestamp
    ) -> [(transaction: VerifiedTransaction, reason: DropReason)] {
        note(entries.filter(\.isOwn).map(\.transaction), reason, at: now)
        return entries.map { ($0.transaction, reason) }
    }

    private mutating func note(
        _ own: [VerifiedTransaction], _ reason: DropReason, at now: Timestamp
    ) {
        for transaction in own {
            dropped.note(DroppedTransaction(transaction: transaction, reason: reason, at: now))
        }
    }

    /// Takes the sender's queue out, to be put back.
    private mutating func takeQueue(of sender: Address, _ state: LedgerState) -> SenderQueue {
        guard let queue = senders.removeValue(forKey: sender) else {
            return SenderQueue(accountNonce: state.account(sender).nonce)
        }
        gappedCount -= queue.gappedCount
        return queue
    }

    private mutating func put(_ queue: SenderQueue, of sender: Address) {
        gappedCount += queue.gappedCount
        senders[sender] = queue.isEmpty ? nil : queue
        if queue.isReady { readySenders.insert(sender) } else { readySenders.remove(sender) }
    }
}
