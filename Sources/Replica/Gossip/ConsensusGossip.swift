import Protocol

/// How consensus messages are passed on once more, where they may not have reached all validators.
struct ConsensusGossip: Sendable {
    private let rebroadcastDelay: UInt64
    private let domain: SigningDomain
    private let scheme: any SignatureScheme

    private var rebroadcasts = RebroadcastQueue()
    private var isRebroadcastTimerSet = false

    /// Nothing waits. A consensus message waits `rebroadcastDelay` milliseconds.
    init(_ configuration: ReplicaConfiguration, domain: SigningDomain, rebroadcastDelay: UInt64) {
        scheme = configuration.scheme
        self.domain = domain
        self.rebroadcastDelay = rebroadcastDelay
    }

    /// The clock was put back to `moment`.
    mutating func clockWentBack(to moment: Timestamp) {
        rebroadcasts.advance(to: moment)
    }
}

extension ConsensusGossip {
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
