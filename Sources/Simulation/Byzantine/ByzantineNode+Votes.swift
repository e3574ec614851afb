import Protocol
import Replica

extension ByzantineNode {
    func signedPrepare(height: UInt64, round: UInt32, digest: Hash32) -> Prepare {
        let signed = domain.prepareDigest(height: height, round: round, block: digest)
        return Prepare(height: height, round: round, digest: digest, signature: key.sign(signed))
    }

    func prepare(height: UInt64, round: UInt32, digest: Hash32) -> ConsensusMessage {
        .prepare(signedPrepare(height: height, round: round, digest: digest))
    }

    func commit(height: UInt64, round: UInt32, digest: Hash32) -> ConsensusMessage {
        let signed = domain.commitDigest(height: height, round: round, block: digest)
        return .commit(Commit(height: height, round: round, digest: digest, seal: key.sign(signed)))
    }

    func proposal(
        _ block: Block, round: UInt32, roundChanges: [RoundChangeVote] = [],
        prepares: [Prepare] = []
    ) -> ConsensusMessage {
        let signed = domain.proposalDigest(height: block.number, round: round, block: block.hash)
        return .proposal(
            Proposal(
                round: round, block: block, signature: key.sign(signed),
                roundChanges: roundChanges, prepares: prepares))
    }

    /// A wish for `round`, with a claim of what was prepared.
    func wish(height: UInt64, round: UInt32, claim: PreparedClaim? = nil) -> RoundChangeVote {
        let signed = domain.roundChangeDigest(height: height, round: round, prepared: claim)
        return RoundChangeVote(
            height: height, round: round, prepared: claim, signature: key.sign(signed))
    }

    private func roundChange(
        height: UInt64, round: UInt32, claim: PreparedClaim? = nil, block: Block? = nil,
        prepares: [Prepare] = []
    ) -> ConsensusMessage {
        let vote = wish(height: height, round: round, claim: claim)
        return .roundChange(RoundChange(vote: vote, block: block, prepares: prepares))
    }
}

extension ByzantineNode {
    /// A vote like `message` for another block: its own second one, another that was proposed, or
    /// one that nobody knows.
    mutating func otherVote(than message: ConsensusMessage) -> ConsensusMessage {
        let (height, round) = (message.height, message.round)
        var others = history.proposals(height: height).map(\.block.hash)
        if let rival, rival.height == height { others.append(rival.block.hash) }
        let said =
            switch message {
            case .prepare(let prepare): prepare.digest
            case .commit(let commit): commit.digest
            case .proposal(let proposal): proposal.block.hash
            case .roundChange: Hash32.zero
            }
        others.removeAll { $0 == said }
        let digest = others.last ?? Hash32.drawn(&generator)
        return message.kind == .commit
            ? commit(height: height, round: round, digest: digest)
            : prepare(height: height, round: round, digest: digest)
    }

    /// A wish for `round` that is a lie in one way or another.
    mutating func lie(
        height: UInt64, round: UInt32, by replica: ReplicaState
    ) -> ConsensusMessage {
        let quorum = replica.validators.quorum
        let proposals = history.proposals(height: height)
        let known = proposals.isEmpty ? nil : generator.pick(proposals)
        let claim = PreparedClaim(
            round: known?.round ?? 0, digest: known?.block.hash ?? Hash32.drawn(&generator))
        switch generator.index(below: 7) {
        case 0: return roundChange(height: height, round: round)
        case 1: return roundChange(height: height, round: round, claim: claim)
        case 2:
            let own = signedPrepare(height: height, round: claim.round, digest: claim.digest)
            return roundChange(
                height: height, round: round, claim: claim, block: known?.block,
                prepares: Array(repeating: own, count: quorum))
        case 3:
            let few = history.prepares(height: height, round: claim.round, digest: claim.digest)
            return roundChange(
                height: height, round: round, claim: claim, block: known?.block,
                prepares: Array(few.prefix(quorum - 1)))
        case 4:
            let far = generator.pick([1, 3, 17, 1_000, UInt32.max - round])
            return roundChange(height: height, round: round &+ far)
        case 5:
            let late = PreparedClaim(round: round &+ 1, digest: claim.digest)
            return roundChange(height: height, round: round, claim: late, block: known?.block)
        default:
            guard
                let old = history.oldCertificate(height: height, below: round, quorum: quorum)
            else { return roundChange(height: height, round: round) }
            return roundChange(
                height: height, round: round,
                claim: PreparedClaim(round: old.proposal.round, digest: old.proposal.block.hash),
                block: old.proposal.block, prepares: old.prepares)
        }
    }

    /// `message` with parts torn out that its signature does not cover.
    mutating func torn(_ message: ConsensusMessage) -> ConsensusMessage {
        switch message {
        case .prepare, .commit: return message
        case .proposal(let proposal):
            return .proposal(
                Proposal(
                    round: proposal.round, block: proposal.block, signature: proposal.signature,
                    roundChanges: Array(proposal.roundChanges.dropLast()),
                    prepares: generator.chance(permille: 500) ? [] : proposal.prepares))
        case .roundChange(let change):
            let block = generator.chance(permille: 500) ? change.block : nil
            return .roundChange(
                RoundChange(
                    vote: change.vote, block: block, prepares: Array(change.prepares.dropLast())))
        }
    }
}

extension Hash32 {
    /// A hash of nothing in particular.
    static func drawn(_ generator: inout SeededGenerator) -> Hash32 {
        let words = (0..<4).map { _ in generator.next() }
        return Hash32(bytes: words.flatMap(\.bigEndianBytes)) ?? .zero
    }
}
