import Protocol
import Replica

extension ByzantineNode {
    /// `proposal` with a quorum in it that is none: one author stands there twice under two
    /// signatures, or one vote is about another round or height. Nil where it needs no quorum.
    mutating func forgingQuorum(of proposal: Proposal) -> ConsensusMessage? {
        guard proposal.round > 0 else { return nil }
        var (wishes, prepares) = (proposal.roundChanges, proposal.prepares)
        if !prepares.isEmpty, generator.chance(permille: 500) {
            prepares = forging(prepares)
        } else {
            wishes = forging(wishes)
        }
        return self.proposal(
            proposal.block, round: proposal.round, roundChanges: wishes, prepares: prepares)
    }

    /// `change` with a quorum of prepares that is none; nil where it has none.
    mutating func forgingQuorum(of change: RoundChange) -> ConsensusMessage? {
        guard !change.prepares.isEmpty else { return nil }
        let prepares = forging(change.prepares)
        return .roundChange(RoundChange(vote: change.vote, block: change.block, prepares: prepares))
    }

    private mutating func forging(_ prepares: [Prepare]) -> [Prepare] {
        guard let first = prepares.first else { return [] }
        let (height, round, digest) = (first.height, first.round, first.digest)
        let own = signedPrepare(height: height, round: round, digest: digest)
        let twin = Prepare(
            height: height, round: round, digest: digest, signature: own.signature.twin)
        let other = round > 0 ? round - 1 : round + 1
        return forging(
            prepares, signature: \.signature,
            [
                [own, twin], [signedPrepare(height: height, round: other, digest: digest)],
                [signedPrepare(height: height + 1, round: round, digest: digest)],
            ])
    }

    private mutating func forging(_ wishes: [RoundChangeVote]) -> [RoundChangeVote] {
        guard let first = wishes.first else { return [] }
        let (height, round) = (first.height, first.round)
        let own =
            wishes.first { key.hasSigned($0.signature) } ?? wish(height: height, round: round)
        let twin = RoundChangeVote(
            height: height, round: round, prepared: own.prepared, signature: own.signature.twin)
        return forging(
            wishes, signature: \.signature,
            [
                [own, twin], [wish(height: height, round: round &- 1)],
                [wish(height: height + 1, round: round)],
            ])
    }

    /// As many of the others' `votes` as leave room for one of the `lies`, and that.
    private mutating func forging<Vote>(
        _ votes: [Vote], signature: KeyPath<Vote, Signature>, _ lies: [[Vote]]
    ) -> [Vote] {
        let lie = generator.pick(lies)
        let others = votes.filter { !key.hasSigned($0[keyPath: signature]) }
        return others.prefix(max(0, votes.count - lie.count)) + lie
    }

    /// A block that was proposed as final, or a head that shows it, under too few commits and two
    /// seals of its own.
    mutating func underForgedSeals(by replica: ReplicaState, to audience: [Address]) -> [Sending] {
        let height = replica.head.block.number + 1
        guard let proposal = history.proposals(height: height).last else { return [] }
        let (round, hash) = (proposal.round, proposal.block.hash)
        let commits = history.commits(height: height, round: round, digest: hash)
            .filter { !key.hasSigned($0.seal) }.prefix(max(0, replica.validators.quorum - 2))
        let own = key.sign(domain.commitDigest(height: height, round: round, block: hash))
        let certificate = Certificate(round: round, seals: commits.map(\.seal) + [own, own.twin])
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
    mutating func fromTheFuture(
        _ proposal: Proposal, by replica: ReplicaState
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

    /// `proposal` with a block that bears its parent's time; nil for a block that was proposed
    /// before, and where that time has only just passed.
    mutating func backdated(
        _ proposal: Proposal, by replica: ReplicaState
    ) -> ConsensusMessage? {
        let parent = replica.head.block.header.timestamp
        let time = proposal.block.header.timestamp
        guard proposal.prepares.isEmpty,
            time.millisecondsSince(parent) > Limits.pastMilliseconds
        else { return nil }
        let block = block(
            at: parent, of: proposal.block.transactions, height: proposal.height, by: replica)
        return block.map {
            self.proposal($0, round: proposal.round, roundChanges: proposal.roundChanges)
        }
    }
}

extension Signature {
    /// Another signature of the same key over the same, as far as schemes allow it.
    fileprivate var twin: Signature { Signature(r: r, s: s, yParity: !yParity) }
}
