package import Protocol
package import Replica

/// The key of a faulty validator, which knows its own signatures again.
package protocol ByzantineKey: Signer {
    /// Whether `signature` is this key's, whatever it covers.
    func hasSigned(_ signature: Signature) -> Bool
}

/// What makes a validator faulty: it runs an honest replica, and twists what that says.
///
/// Its key signs whatever is of use to it; the keys of others it does not have, only what they
/// have signed.
package struct ByzantineNode: Sendable {
    let key: any ByzantineKey
    let domain: SigningDomain
    /// Whether its own replica is kept from noticing what its key signs beside it.
    let isStubborn: Bool
    private(set) var misbehaviours: [Misbehaviour] = []
    /// The incident that made it so.
    private(set) var incident = -1
    var history = MessageHistory()
    /// The second proposal that it made last.
    var rival: Proposal?

    /// What its choices are drawn from: a caller's generator, while it does what that asks.
    var generator = SeededGenerator(seed: 0)
    /// To whom it says the one thing; the others hear another, or nothing.
    private var preferredPeers: Set<Address> = []
    private var mutedKinds: [ConsensusMessage.Kind] = []
    private var withheld: [Sending] = []

    private static let withheldCapacity = 64

    /// A validator with `key` on the chain of `domain`, honest as yet; `isStubborn` keeps its own
    /// replica from noticing what its key signs beside it.
    package init(key: any ByzantineKey, domain: SigningDomain, isStubborn: Bool) {
        self.key = key
        self.domain = domain
        self.isStubborn = isStubborn
    }

    /// Begins with `misbehaviours` among `peers`.
    package mutating func begin(
        _ misbehaviours: [Misbehaviour], incident: Int, peers: [Address],
        generator drawn: inout SeededGenerator
    ) {
        generator = drawn
        defer { drawn = generator }
        self.misbehaviours = misbehaviours
        self.incident = incident
        preferredPeers = Set(peers.filter { _ in generator.chance(permille: 500) })
        let kinds: [ConsensusMessage.Kind] = [.proposal, .prepare, .commit, .roundChange]
        mutedKinds = kinds.filter { _ in generator.chance(permille: 600) }
    }

    mutating func reform() {
        misbehaviours = []
        withheld = []
    }

    func does(_ misbehaviour: Misbehaviour) -> Bool { misbehaviours.contains(misbehaviour) }

    /// Whether it keeps `message` from its own replica.
    package func overlooks(_ message: ReplicaMessage) -> Bool {
        guard isStubborn, case .consensus(let message) = message else { return false }
        return key.hasSigned(message.signature)
    }

    /// Takes what a peer said, to make lies of.
    package mutating func hear(_ message: ReplicaMessage) {
        if case .consensus(let message) = message { history.note(message) }
    }

    /// What goes out in place of `message`.
    package mutating func twist(
        _ message: ReplicaMessage, to recipients: [Address], by replica: ReplicaState?,
        generator drawn: inout SeededGenerator
    ) -> [Sending] {
        let honest = Sending(message: message, recipients: recipients)
        guard !misbehaviours.isEmpty, let replica else { return [honest] }
        generator = drawn
        defer { drawn = generator }
        var sendings = [honest]
        if case .consensus(let vote) = message {
            history.note(vote)
            if key.hasSigned(vote.signature) {
                sendings = twist(vote, to: recipients, by: replica)
            }
        } else if does(.falseTransactions), case .transactionsAnswer(let number, _) = message {
            sendings = answerFalsely(number, to: recipients, by: replica)
        } else if does(.falseHeads) {
            sendings = [falsify(honest, by: replica)]
        }
        if does(.alteredBodies) { sendings = sendings.map { alter($0) } }
        return does(.withholding) ? sendings.flatMap { withhold($0) } : sendings
    }

    private mutating func twist(
        _ message: ConsensusMessage, to recipients: [Address], by replica: ReplicaState
    ) -> [Sending] {
        let honest = Sending(message: .consensus(message), recipients: recipients)
        switch message {
        case .proposal(let proposal):
            return twist(proposal, to: recipients, by: replica)
        case .prepare, .commit:
            guard does(.equivocation) else { return [honest] }
            let other = otherVote(than: message)
            var sendings = split(honest, Sending(other, to: recipients, .equivocation))
            if generator.chance(permille: 200) { sendings.append(honest) }
            return sendings
        case .roundChange(let change):
            if does(.forgedQuorums),
                let forged = forgingQuorum(of: change)
            {
                return [Sending(forged, to: recipients, .forgedQuorums)]
            }
            guard does(.falseRoundChanges), generator.chance(permille: 800) else {
                return [honest]
            }
            let lie = lie(height: change.vote.height, round: change.vote.round, by: replica)
            return [Sending(lie, to: recipients, .falseRoundChanges)]
        }
    }

    private mutating func twist(
        _ proposal: Proposal, to recipients: [Address], by replica: ReplicaState
    ) -> [Sending] {
        let honest = Sending(message: .consensus(.proposal(proposal)), recipients: recipients)
        if does(.invalidBlocks), generator.chance(permille: 700) {
            let spoiled = spoiled(proposal, by: replica)
            return [Sending(spoiled, to: recipients, .invalidBlocks)]
        }
        if does(.falseRoundChanges), proposal.round > 0,
            let unjust = unjust(proposal, by: replica)
        {
            return [Sending(unjust, to: recipients, .falseRoundChanges)]
        }
        if does(.forgedQuorums),
            let forged = forgingQuorum(of: proposal)
        {
            return [Sending(forged, to: recipients, .forgedQuorums)]
        }
        if does(.futureBlocks), generator.chance(permille: 500),
            let early = fromTheFuture(proposal, by: replica)
        {
            return [Sending(early, to: recipients, .futureBlocks)]
        }
        if does(.backdatedBlocks), let old = backdated(proposal, by: replica) {
            return [Sending(old, to: recipients, .backdatedBlocks)]
        }
        guard does(.equivocation),
            let rival = makeRival(of: proposal, by: replica)
        else { return [honest] }
        return split(honest, Sending(.proposal(rival), to: recipients, .equivocation))
    }
}

// To whom.

extension ByzantineNode {
    /// One thing to the preferredPeers, another to the rest.
    private func split(_ one: Sending, _ other: Sending) -> [Sending] {
        var (one, other) = (one, other)
        one.recipients.removeAll { !preferredPeers.contains($0) }
        other.recipients.removeAll { preferredPeers.contains($0) }
        return [one, other]
    }

    /// Keeps a message of the muted kinds, and transactions, from all but the preferredPeers.
    private mutating func withhold(_ sending: Sending) -> [Sending] {
        switch sending.message {
        case .consensus(let message) where mutedKinds.contains(message.kind): break
        case .transactions, .transactionsAnnounced, .transactionsAnswer, .finalBlock: break
        default: return [sending]
        }
        var (said, kept) = (sending, sending)
        said.recipients.removeAll { !preferredPeers.contains($0) }
        kept.recipients.removeAll { preferredPeers.contains($0) }
        kept.misbehaviour = .withholding
        if withheld.count < Self.withheldCapacity, !kept.recipients.isEmpty {
            withheld.append(kept)
        }
        return [said]
    }

    /// What was withheld, some of it.
    mutating func takeWithheld() -> [Sending] {
        defer { withheld = [] }
        return generator.chance(permille: 500) ? withheld : []
    }

    /// All of `peers`, one of them, or the preferredPeers.
    mutating func audience(among peers: [Address]) -> [Address] {
        switch generator.index(below: 3) {
        case 0: peers
        case 1 where !peers.isEmpty: [generator.pick(peers)]
        default: peers.filter { preferredPeers.contains($0) }
        }
    }
}

extension Sending {
    init(_ message: ConsensusMessage, to recipients: [Address], _ misbehaviour: Misbehaviour) {
        self.init(message: .consensus(message), recipients: recipients, misbehaviour: misbehaviour)
    }
}

extension ConsensusMessage {
    /// The signature that stands for the whole.
    var signature: Signature {
        switch self {
        case .proposal(let proposal): proposal.signature
        case .prepare(let prepare): prepare.signature
        case .commit(let commit): commit.seal
        case .roundChange(let change): change.vote.signature
        }
    }
}
