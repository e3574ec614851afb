import Protocol
package import Replica

extension ByzantineNode {
    /// What it says unasked, at a moment of its choice.
    package mutating func misbehave(
        by replica: ReplicaState, generator drawn: inout SeededGenerator
    ) -> [Sending] {
        guard !misbehaviours.isEmpty else { return [] }
        generator = drawn
        defer { drawn = generator }
        let misbehaviour = generator.pick(misbehaviours)
        let peers = replica.peerHeads.map(\.peer)
        let validators = peers.filter(replica.validators.contains)
        let audience = audience(
            among: [.falseHeads, .forgedQuorums, .falseTransactions].contains(misbehaviour)
                ? peers : validators)
        switch misbehaviour {
        case .equivocation: return rashVotes(to: audience, by: replica)
        case .withholding: return takeWithheld()
        case .forgedQuorums:
            return underForgedSeals(by: replica, to: audience)
        case .invalidBlocks, .futureBlocks, .backdatedBlocks:
            guard let made = outOfTurn(by: replica) else { return [] }
            return [Sending(made, to: audience, misbehaviour)]
        case .falseRoundChanges:
            let round = (replica.round ?? 0) &+ UInt32(generator.next(in: 1...3))
            let lie = lie(height: replica.head.block.number + 1, round: round, by: replica)
            return [Sending(lie, to: audience, misbehaviour)]
        case .alteredBodies:
            let head = Sending(message: .finalBlock(replica.head), recipients: peers)
            return [alter(head)]
        case .replays: return replays(to: audience)
        case .falseTransactions:
            return falseTransactions(by: replica).map {
                Sending(message: $0, recipients: audience, misbehaviour: misbehaviour)
            }
        case .falseHeads:
            return [
                Sending(
                    message: invention(by: replica), recipients: audience,
                    misbehaviour: misbehaviour)
            ]
        }
    }

    /// Votes for blocks that were proposed, prepared or not; or its second proposal, for all: who
    /// has forgotten the first in a crash must not vote for this one.
    private mutating func rashVotes(
        to audience: [Address], by replica: ReplicaState
    ) -> [Sending] {
        let height = replica.head.block.number + 1
        if let rival, rival.height == height, generator.chance(permille: 500) {
            return [
                Sending(
                    .proposal(rival), to: replica.validators.members.filter { $0 != key.address },
                    .equivocation)
            ]
        }
        let proposals = history.proposals(height: height)
        let digest =
            proposals.isEmpty ? Hash32.drawn(&generator) : generator.pick(proposals).block.hash
        let round = generator.chance(permille: 700) ? replica.round ?? 0 : 0
        return [
            Sending(
                prepare(height: height, round: round, digest: digest), to: audience, .equivocation),
            Sending(
                commit(height: height, round: round, digest: digest), to: audience, .equivocation),
        ]
    }

    /// A proposal when it may be another's turn.
    private mutating func outOfTurn(by replica: ReplicaState) -> ConsensusMessage? {
        let head = replica.head.block
        let ahead =
            does(.futureBlocks) ? Limits.futureMilliseconds + generator.next(below: 60_000) : 100
        let block = block(
            at: head.header.timestamp.advanced(byMilliseconds: ahead),
            of: replica.pool.candidates(atMost: 50), height: head.number + 1, by: replica)
        let round = (replica.round ?? 0) &+ UInt32(generator.next(below: 3))
        return block.map { proposal($0, round: round) }
    }

    private mutating func replays(to audience: [Address]) -> [Sending] {
        var sendings: [Sending] = []
        for _ in 0..<(1 + generator.index(below: 5)) {
            guard let old = history.anyone(&generator) else { break }
            let message =
                generator.chance(permille: 400) ? torn(old) : old
            sendings.append(Sending(message, to: audience, .replays))
        }
        return sendings
    }
}

extension ByzantineNode {
    /// What it tells of the chain in place of the truth.
    mutating func falsify(_ sending: Sending, by replica: ReplicaState) -> Sending {
        guard generator.chance(permille: 500) else { return sending }
        let message: ReplicaMessage
        switch sending.message {
        case .head: message = falseHead(by: replica)
        case .finalBlock(let final): message = .finalBlock(forged(final))
        case .blocks(let blocks):
            var blocks = blocks
            switch generator.index(below: 4) {
            case 0: blocks = []
            case 1: blocks.reverse()
            case 2: blocks = Array(blocks.dropFirst())
            default: blocks = blocks.map { forged($0) }
            }
            message = .blocks(blocks)
        case .proposalBlock: message = .proposalBlock(replica.head.block)
        default: return sending
        }
        return Sending(message: message, recipients: sending.recipients, misbehaviour: .falseHeads)
    }

    private mutating func falseHead(by replica: ReplicaState) -> ReplicaMessage {
        let ahead = generator.pick([0, 1, 2, 5, 1_000, UInt64.max / 2])
        let head = ChainHead(
            height: replica.head.block.number + ahead, hash: Hash32.drawn(&generator))
        // A certificate that is real, but another block's; or none.
        let certificate =
            generator.chance(permille: 500)
            ? replica.head.certificate : Certificate(round: 0, seals: [])
        return .head(CertifiedHead(head: head, certificate: certificate))
    }

    /// Something about the chain that is not so.
    private mutating func invention(by replica: ReplicaState) -> ReplicaMessage {
        let head = replica.head
        switch generator.index(below: 4) {
        case 0: return falseHead(by: replica)
        case 1:
            return .consensusStatus(
                ConsensusStatus(
                    height: head.block.number + 1, round: UInt32(generator.next(below: 40)),
                    hasProposal: generator.chance(permille: 500)))
        case 2: return .finalBlock(head)
        default:
            let next = block(
                at: head.block.header.timestamp.advanced(byMilliseconds: 100), of: [],
                height: head.block.number + 1, by: replica)
            let certificate = Certificate(round: 0, seals: head.certificate.seals)
            let final = FinalBlock(block: next ?? head.block, certificate: certificate)
            return .finalBlock(forged(final))
        }
    }

    /// `final` under seals that do not make it final.
    private mutating func forged(_ final: FinalBlock) -> FinalBlock {
        let round = final.certificate.round
        let digest = domain.commitDigest(
            height: final.block.number, round: round, block: final.block.hash)
        let own = key.sign(digest)
        let seals: [Signature]
        switch generator.index(below: 3) {
        case 0: seals = Array(repeating: own, count: final.certificate.seals.count)
        case 1: seals = [own]
        default: seals = Array(final.certificate.seals.dropLast(2)) + [own, own]
        }
        return FinalBlock(block: final.block, certificate: Certificate(round: round, seals: seals))
    }
}
