import Protocol

/// What is passed on: transactions in batches to whoever lacks them, and consensus messages once
/// more, where they may not have reached all validators.
struct Gossip: Sendable {
    /// A message and those that it goes to.
    struct Parcel {
        let message: ReplicaMessage
        let recipients: [Address]
    }

    private let interval: UInt64
    private let rebroadcastDelay: UInt64
    private let domain: SigningDomain
    private let scheme: any SignatureScheme

    /// The transactions that each connected peer sent or was sent.
    private var known: [Address: RecentHashes] = [:]
    /// Transactions that are to be passed on with the next batch.
    private var waiting: [VerifiedTransaction] = []
    /// When the last batch went out.
    private var flushedAt = Timestamp.zero
    private var isTimerSet = false
    private var rebroadcasts = RebroadcastQueue()
    private var isRebroadcastTimerSet = false

    /// How many transactions of a peer are remembered at least.
    private static let knownTransactions = 2_048
    /// The most bytes of one message, far below ``Limits/messageBytes``.
    private static let batchBytes = Limits.gossipBytes

    /// Nothing waits. A consensus message waits `rebroadcastDelay` milliseconds.
    init(_ configuration: ReplicaConfiguration, domain: SigningDomain, rebroadcastDelay: UInt64) {
        interval = configuration.gossipInterval
        scheme = configuration.scheme
        self.domain = domain
        self.rebroadcastDelay = rebroadcastDelay
    }

    mutating func connect(_ peer: Address) {
        known[peer] = RecentHashes(capacity: Self.knownTransactions)
    }

    mutating func disconnect(_ peer: Address) { known[peer] = nil }

    /// The clock was put back to `moment`.
    mutating func clockWentBack(to moment: Timestamp) {
        flushedAt = .zero
        rebroadcasts.advance(to: moment)
    }
}

// Transactions.

extension Gossip {
    /// Passes `transaction` on with the next batch.
    mutating func add(_ transaction: VerifiedTransaction) { waiting.append(transaction) }

    /// Notes that `peer` has the transaction `hash`.
    mutating func noteKnown(_ hash: Hash32, to peer: Address) { known[peer]?.insert(hash) }

    /// What is to be done about the transactions that wait.
    enum Flush {
        case wait(milliseconds: UInt64)
        case send([Parcel])
    }

    /// Passes on to `peers` what waits: at once after a pause, else with the next batch. Nil if
    /// there is nothing to do.
    mutating func flush(to peers: [Address], at now: Timestamp) -> Flush? {
        guard !waiting.isEmpty, !isTimerSet else { return nil }
        let elapsed = now.millisecondsSince(flushedAt)
        guard elapsed >= interval else {
            isTimerSet = true
            return .wait(milliseconds: interval - elapsed)
        }
        flushedAt = now
        defer { waiting = [] }
        return .send(parcels(of: waiting, to: peers))
    }

    /// The moment of a batch has come.
    mutating func flushDue() {
        isTimerSet = false
        flushedAt = .zero
    }

    private mutating func parcels(
        of transactions: [VerifiedTransaction], to peers: [Address]
    ) -> [Parcel] {
        var groups: [(indices: [Int], peers: [Address])] = []
        for peer in peers {
            let indices = transactions.indices.filter {
                known[peer]?.insert(transactions[$0].hash) == true
            }
            guard !indices.isEmpty else { continue }
            if let group = groups.firstIndex(where: { $0.indices == indices }) {
                groups[group].peers.append(peer)
            } else {
                groups.append((indices, [peer]))
            }
        }
        return groups.flatMap { group in
            Self.batches(group.indices.map { transactions[$0] }).map {
                Parcel(message: $0, recipients: group.peers)
            }
        }
    }

    /// The messages by which a new peer gets all `transactions`.
    mutating func greeting(to peer: Address, with transactions: [VerifiedTransaction])
        -> [ReplicaMessage]
    {
        for transaction in transactions { known[peer]?.insert(transaction.hash) }
        return Self.batches(transactions)
    }

    /// Cuts `transactions` into messages.
    static func batches(_ transactions: [VerifiedTransaction]) -> [ReplicaMessage] {
        var batches: [ReplicaMessage] = []
        var batch: [VerifiedTransaction] = []
        var bytes = 0
        for transaction in transactions {
            let isFull = batch.count == Limits.gossipTransactions || bytes >= batchBytes
            if isFull {
                batches.append(.transactions(batch))
                batch = []
                bytes = 0
            }
            batch.append(transaction)
            bytes += transaction.encoded.count
        }
        return batch.isEmpty ? batches : batches + [.transactions(batch)]
    }
}

// Consensus messages.

extension Gossip {
    /// A message that has been checked in full is rebroadcast once, to validators that have not sent
    /// it themselves; but only if the height is still open after a fifth of a round, since on a
    /// full mesh everyone has it by then.
    ///
    /// Returns when to look after it, if no timer runs.
    mutating func note(
        _ message: ConsensusMessage, heldBy peer: Address, at now: Timestamp
    ) -> Timestamp? {
        let dueAt = now.advanced(byMilliseconds: rebroadcastDelay)
        rebroadcasts.note(message, heldBy: peer, dueAt: dueAt)
        return nextRebroadcast()
    }

    /// Notes that `peer` has what `message` says, which was heard before.
    mutating func noteHolder(of message: ConsensusMessage, _ peer: Address) {
        rebroadcasts.noteHolder(of: message, peer)
    }

    /// Forgets everything about heights up to `height`.
    mutating func forget(upTo height: UInt64) { rebroadcasts.forget(upTo: height) }

    /// What is to be rebroadcast now, to those of `validators` that may lack it, and when to look
    /// again.
    mutating func rebroadcast(
        to validators: [Address], at now: Timestamp
    ) -> (parcels: [Parcel], next: Timestamp?) {
        isRebroadcastTimerSet = false
        var parcels: [Parcel] = []
        for item in rebroadcasts.takeDue(at: now) {
            let author = item.message.author(in: domain, scheme: scheme)
            let lacking = validators.filter { $0 != author && !item.holders.contains($0) }
            guard !lacking.isEmpty else { continue }
            parcels.append(Parcel(message: .consensus(item.message), recipients: lacking))
        }
        return (parcels, nextRebroadcast())
    }

    private mutating func nextRebroadcast() -> Timestamp? {
        guard !isRebroadcastTimerSet, let due = rebroadcasts.nextDue else { return nil }
        isRebroadcastTimerSet = true
        return due
    }
}
