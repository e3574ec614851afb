import Protocol

/// How transactions get about: those that could be in the next block are announced by their hashes,
/// and given to whoever asks. What came in at this node's own door goes to the validators in full,
/// once, as far as the budget for that reaches. What is in no block after a while is announced
/// again, at longer and longer intervals.
struct TransactionGossip: Sendable {
    private struct Peer: Sendable {
        /// The transactions that it has shown to have.
        var shown = RecentHashes(capacity: TransactionGossip.shownTransactions)
    }

    /// A transaction that is to be passed on with the next batch.
    private struct Waiting: Sendable {
        let transaction: VerifiedTransaction
        let isOwn: Bool
    }

    /// A transaction that is to be said again.
    private struct Repetition {
        let transaction: VerifiedTransaction
        /// Whether it goes in full.
        let isInFull: Bool
        /// Whether it goes to whoever is linked.
        let isLate: Bool
    }

    private let interval: UInt64
    private var peers: [Address: Peer] = [:]
    /// They outlive the link, so that reconnecting buys nothing.
    private var budgets: [Address: PeerBudgets] = [:]
    private var waiting: [Waiting] = []
    /// When the last batch went out.
    private var flushedAt = Timestamp.zero
    private var isFlushTimerSet = false
    private var own = RepeatQueue(first: 400, longest: 30_000)
    private var others = RepeatQueue(first: 5_000, longest: 60_000)
    private var isRepeatTimerSet = false
    /// What is not asked for again: it is final, or was refused lately.
    private var settled = RecentHashes(capacity: 8_192)
    private var refused = RecentHashes(capacity: 4_096)

    /// How many transactions of a peer are remembered at least.
    private static let shownTransactions = 2_048
    /// How many transactions are repeated at a time, and how long the next ones wait.
    private static let repeatedAtOnce = 2 * Limits.announcedTransactions
    private static let repeatPause: UInt64 = 100
    /// So many repetitions of a user's transaction go in full, as the first time: what was lost on the
    /// way then is there a round trip sooner.
    private static let repetitionsInFull = 3
    /// After so many repetitions of a user's transaction, whoever is linked is told of it.
    private static let repetitionsToValidators = 4

    /// Nothing waits. Batches keep a distance of `interval` milliseconds.
    init(interval: UInt64) {
        self.interval = interval
    }

    mutating func connect(_ peer: Address, at now: Timestamp) {
        peers[peer] = Peer()
        if budgets[peer] == nil { budgets[peer] = PeerBudgets(at: now) }
    }

    mutating func disconnect(_ peer: Address) { peers[peer] = nil }

    /// Forgets what no longer matters: budgets of those that have gone, and what was refused for
    /// want of room.
    mutating func sweep(at now: Timestamp) {
        refused = RecentHashes(capacity: 4_096)
        budgets = budgets.filter { peers[$0.key] != nil || !$0.value.areFull(at: now) }
    }

    /// The clock was put back to `moment`.
    mutating func clockWentBack(to moment: Timestamp) {
        flushedAt = .zero
        isRepeatTimerSet = false
        own.clockWentBack(to: moment)
        others.clockWentBack(to: moment)
    }
}

// What goes out.

extension TransactionGossip {
    /// Passes `transaction` on with the next batch.
    mutating func add(_ transaction: VerifiedTransaction, isOwn: Bool, at now: Timestamp) {
        waiting.append(Waiting(transaction: transaction, isOwn: isOwn))
        noteForRepetition(transaction.hash, isOwn: isOwn, at: now)
    }

    /// Repeats the transaction `hash`, which is here, if it is in no block after a while.
    mutating func noteForRepetition(_ hash: Hash32, isOwn: Bool, at now: Timestamp) {
        if isOwn { own.add(hash, at: now) } else { others.add(hash, at: now) }
    }

    /// What is to be done about the transactions that wait.
    enum Flush {
        case wait(milliseconds: UInt64)
        case send([Parcel])
    }

    /// Passes on to `audience` what waits: at once after a pause, else with the next batch. Nil if
    /// there is nothing to do.
    mutating func flush(to audience: [Address], at now: Timestamp) -> Flush? {
        guard !waiting.isEmpty, !isFlushTimerSet else { return nil }
        let elapsed = now.millisecondsSince(flushedAt)
        guard elapsed >= interval else {
            isFlushTimerSet = true
            return .wait(milliseconds: interval - elapsed)
        }
        flushedAt = now
        defer { waiting = [] }
        return .send(parcels(of: waiting, to: audience, at: now))
    }

    /// The moment of a batch has come.
    mutating func flushDue() {
        isFlushTimerSet = false
        flushedAt = .zero
    }

    private mutating func parcels(
        of batch: [Waiting], to audience: [Address], at now: Timestamp
    ) -> [Parcel] {
        var whole = Grouping()
        var announced = Grouping()
        for peer in audience {
            let lacking = batch.indices.filter { !shows(batch[$0].transaction.hash, peer) }
            // What follows on one that is only announced is only announced, too.
            let pushed = lacking.prefix {
                batch[$0].isOwn
                    && budgets[peer]?.takePushed(batch[$0].transaction, at: now) == true
            }
            whole.add(Array(pushed), for: peer)
            announced.add(Array(lacking.dropFirst(pushed.count)), for: peer)
        }
        let transactions = batch.map(\.transaction)
        return whole.parcels { TransactionMessages.whole($0.map { transactions[$0] }) }
            + announced.parcels {
                TransactionMessages.announcing($0.map { transactions[$0].hash })
            }
    }

    /// What a new peer is told of what is `ready`: what came in here in full, as far as its budget
    /// reaches, since it may have got lost with the link before.
    mutating func greeting(
        _ ready: [PoolEntry], to peer: Address, at now: Timestamp
    ) -> [ReplicaMessage] {
        var pushed: [VerifiedTransaction] = []
        var told: [Hash32] = []
        for entry in ready {
            let isPushed =
                entry.isOwn && budgets[peer]?.takePushed(entry.transaction, at: now) == true
            if isPushed {
                pushed.append(entry.transaction)
            } else {
                told.append(entry.transaction.hash)
            }
        }
        return TransactionMessages.whole(pushed) + TransactionMessages.announcing(told)
    }

    /// What is to be said again now. `validators` hear of all that is `ready`, `everyone` of what came
    /// in here and is late; those that have shown it of none.
    mutating func repetitions(
        to validators: [Address], orTo everyone: [Address], at now: Timestamp,
        ready: (Hash32) -> VerifiedTransaction?
    ) -> [Parcel] {
        isRepeatTimerSet = false
        var due: [Repetition] = []
        func take(_ queue: inout RepeatQueue, isOwn: Bool) {
            for item in queue.takeDue(at: now, atMost: Self.repeatedAtOnce) {
                guard let transaction = ready(item.hash) else { continue }
                due.append(
                    Repetition(
                        transaction: transaction,
                        isInFull: isOwn && item.repetitions < Self.repetitionsInFull,
                        isLate: isOwn && item.repetitions >= Self.repetitionsToValidators))
                queue.addAgain(item, at: now)
            }
        }
        take(&own, isOwn: true)
        take(&others, isOwn: false)
        return parcels(of: due, to: validators, orTo: everyone, at: now)
    }

    private mutating func parcels(
        of due: [Repetition], to validators: [Address], orTo everyone: [Address],
        at now: Timestamp
    ) -> [Parcel] {
        var whole = Grouping()
        var announced = Grouping()
        for peer in everyone {
            let isInAudience = validators.contains(peer)
            var parts: (pushed: [Int], told: [Int]) = ([], [])
            for (index, item) in due.enumerated()
            where (isInAudience || item.isLate) && !shows(item.transaction.hash, peer) {
                let isPushed =
                    item.isInFull
                    && budgets[peer]?.takePushed(item.transaction, at: now) == true
                if isPushed { parts.pushed.append(index) } else { parts.told.append(index) }
            }
            whole.add(parts.pushed, for: peer)
            announced.add(parts.told, for: peer)
        }
        return whole.parcels { TransactionMessages.whole($0.map { due[$0].transaction }) }
            + announced.parcels {
                TransactionMessages.announcing($0.map { due[$0].transaction.hash })
            }
    }

    /// When to repeat next, if no timer runs.
    mutating func nextRepetition(at now: Timestamp) -> Timestamp? {
        let due = [own.nextDue, others.nextDue].compactMap(\.self).min()
        guard !isRepeatTimerSet, let due else { return nil }
        isRepeatTimerSet = true
        return max(due, now.advanced(byMilliseconds: Self.repeatPause))
    }

    private func shows(_ hash: Hash32, _ peer: Address) -> Bool {
        peers[peer]?.shown.contains(hash) == true
    }
}

// What comes in.

extension TransactionGossip {
    /// Notes that `peer` has the transaction `hash`.
    mutating func noteShown(_ hash: Hash32, by peer: Address) { peers[peer]?.shown.insert(hash) }

    /// Notes that `hash` is final, or can never be.
    mutating func noteSettled(_ hash: Hash32) { settled.insert(hash) }

    /// Notes that the pool does not take the transaction `hash` for now.
    mutating func noteRefused(_ hash: Hash32) { refused.insert(hash) }

    /// Whether the transaction `hash` is worth asking for, as far as is remembered.
    func isWorthAsking(for hash: Hash32) -> Bool {
        !settled.contains(hash) && !refused.contains(hash)
    }

    /// Whether `peer` may send `transaction` unasked.
    mutating func takesUnasked(
        _ transaction: VerifiedTransaction, from peer: Address, at now: Timestamp
    ) -> Bool {
        budgets[peer]?.takeUnasked(transaction, at: now) == true
    }

    /// Whether `peer` may announce so many transactions.
    mutating func takesAnnouncement(of count: Int, from peer: Address, at now: Timestamp) -> Bool {
        budgets[peer]?.takeAnnounced(count, at: now) == true
    }

    /// What `peer` is given of `found`, for which it asks: the first of them, up to
    /// ``TransactionMessages/bytes`` and its budget. Nil if it asks too often, or for too much.
    mutating func answer(
        with found: [VerifiedTransaction], to peer: Address, at now: Timestamp
    ) -> [VerifiedTransaction]? {
        guard budgets[peer]?.takeRequest(at: now) == true else { return nil }
        var given: [VerifiedTransaction] = []
        var bytes = 0
        for transaction in found where !TransactionMessages.isFull(bytes) {
            guard budgets[peer]?.takeServed(transaction, at: now) == true else { break }
            given.append(transaction)
            bytes += transaction.encoded.count
        }
        return given.isEmpty && !found.isEmpty ? nil : given
    }
}
