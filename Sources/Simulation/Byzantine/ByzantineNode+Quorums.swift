import Protocol
import Replica

extension ByzantineNode {
    /// `proposal` with a quorum in it that is none: one author stands there twice under two
    /// signatures, or one vote is about another round or height. Nil where it needs no quorum.
    func forgingQuorum(
        of proposal: Proposal, generator: inout SeededGenerator
    ) -> ConsensusMessage? {
        guard proposal.round > 0 else { return nil }
        var (wishes, prepares) = (proposal.roundChanges, proposal.prepares)
        if !prepares.isEmpty, generator.chance(permille: 500) {
            prepares = forging(prepares, generator: &generator)
        } else {
            wishes = forging(wishes, generator: &generator)
        }
        return self.proposal(
            proposal.block, round: proposal.round, roundChanges: wishes, prepares: prepares)
    }

    /// `change` with a quorum of prepares that is none; nil where it has none.
    func forgingQuorum(
        of change: RoundChange, generator: inout SeededGenerator
    ) -> ConsensusMessage? {
        guard !change.prepares.isEmpty else { return nil }
        let prepares = forging(change.prepares, generator: &generator)
        return .roundChange(
            RoundChange(vote: change.vote, block: change.block, prepares: prepares))
    }

    private func forging(
        _ prepares: [Prepare], generator: inout SeededGenerator
    ) -> [Prepare] {
        guard let first = prepares.first else { return [] }
        let (height, round, digest) = (first.height, first.round, first.digest)
        let own = signedPrepare(height: height, round: round, digest: digest)
        let earlier = round > 0 ? round - 1 : round + 1
        let (others, signed) = (
            prepares.filter { !key.hasSigned($0.signature) }, generator.index(below: 3)
        )
        let forged: [Prepare] =
            switch signed {
            case 0:
                [
                    own,
                    Prepare(
                        height: height, round: round, digest: digest,
                        signature: own.signature.twin),
                ]
            case 1: [signedPrepare(height: height, round: earlier, digest: digest)]
            default: [signedPrepare(height: height + 1, round: round, digest: digest)]
            }
        return others.prefix(max(0, prepares.count - forged.count)) + forged
    }

    private func forging(
        _ wishes: [RoundChangeVote], generator: inout SeededGenerator
    ) -> [RoundChangeVote] {
        guard let first = wishes.first else { return [] }
        let (height, round) = (first.height, first.round)
        let own =
            wishes.first { key.hasSigned($0.signature) } ?? wish(height: height, round: round)
        let others = wishes.filter { !key.hasSigned($0.signature) }
        let forged: [RoundChangeVote] =
            switch generator.index(below: 3) {
            case 0:
                [
                    own,
                    RoundChangeVote(
                        height: height, round: round, prepared: own.prepared,
                        signature: own.signature.twin),
                ]
            case 1: [wish(height: height, round: round - 1)]
            default: [wish(height: height + 1, round: round)]
            }
        return others.prefix(max(0, wishes.count - forged.count)) + forged
    }

    /// A block that was proposed as final, or a head that shows it, under too few commits and two
    /// seals of its own.
    func underForgedSeals(
        by replica: ReplicaState, to audience: [Address], generator: inout SeededGenerator
    ) -> [Sending] {
        let height = replica.head.block.number + 1
        guard let proposal = history.proposals(height: height).last else { return [] }
        let (round, hash) = (proposal.round, proposal.block.hash)
        let commits = history.commits(height: height, round: round, digest: hash)
            .filter { !key.hasSigned($0.seal) }.prefix(max(0, replica.validators.quorum - 2))
        let own = key.sign(domain.commitDigest(height: height, round: round, block: hash))
        let certificate = Certificate(
            round: round, seals: commits.map(\.seal) + [own, own.twin])
        let head = CertifiedHead(
            head: ChainHead(height: height, hash: hash), certificate: certificate)
        let message: ReplicaMessage =
            generator.chance(permille: 500)
            ? .head(head)
            : .finalBlock(FinalBlock(block: proposal.block, certificate: certificate))
        return [Sending(message: message, recipients: audience, misbehaviour: .forgedQuorums)]
    }

    /// `proposal` with a block whose time lies further ahead than any clock may be wrong; nil for
    /// a block that was proposed before.
    func fromTheFuture(
        _ proposal: Proposal, by replica: ReplicaState, generator: inout SeededGenerator
    ) -> ConsensusMessage? {
        guard proposal.prepares.isEmpty else { return nil }
        let ahead = Limits.futureMilliseconds + generator.next(in: 1_000...60_000)
        let time = proposal.block.header.timestamp.advanced(byMilliseconds: ahead)
        let block = block(
            at: time, of: proposal.block.transactions, height: proposal.height, by: replica)
        return block.map {
            self.proposal($0, round: proposal.round, roundChanges: proposal.roundChanges)
        }
    }

    private func signedPrepare(height: UInt64, round: UInt32, digest: Hash32) -> Prepare {
        let signed = domain.prepareDigest(height: height, round: round, block: digest)
        return Prepare(
            height: height, round: round, digest: digest, signature: key.sign(signed))
    }

    private func wish(height: UInt64, round: UInt32) -> RoundChangeVote {
        let signed = domain.roundChangeDigest(height: height, round: round, prepared: nil)
        return RoundChangeVote(
            height: height, round: round, prepared: nil, signature: key.sign(signed))
    }
}

extension Signature {
    /// Another signature of the same key over the same, as far as schemes allow it.
    fileprivate var twin: Signature { Signature(r: r, s: s, yParity: !yParity) }
}
