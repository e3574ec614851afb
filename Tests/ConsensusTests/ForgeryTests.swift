import Protocol
import TestKit
import Testing

@testable import Consensus

/// Each forgery differs from what is accepted in nothing but what is named, so that each condition
/// of each check is needed for it to be refused.
@Suite struct `A forgery in one place alone` {
    private let stage: Stage
    private let block: Block
    private let other: Block
    private let stranger = PlainKey(address: Address(reserved: 99))

    /// Validator 3 of four, at height 1, where validator 2 proposes in round 2.
    init() throws {
        stage = try Stage(of: 4, as: 3)
        block = try stage.block(1, by: 0)
        other = try stage.block(2, by: 0)
    }

    private func prepare(
        _ digest: Hash32? = nil, height: UInt64 = 1, round: UInt32 = 1, by signer: PlainKey
    ) -> Prepare {
        let digest = digest ?? block.hash
        let signed = stage.domain.prepareDigest(height: height, round: round, block: digest)
        return Prepare(
            height: height, round: round, digest: digest, signature: signer.sign(signed))
    }

    private func wish(
        _ claim: PreparedClaim? = nil, height: UInt64 = 1, round: UInt32 = 2,
        by signer: PlainKey
    ) -> RoundChangeVote {
        let signed = stage.domain.roundChangeDigest(height: height, round: round, prepared: claim)
        return RoundChangeVote(
            height: height, round: round, prepared: claim, signature: signer.sign(signed))
    }

    private var claim: PreparedClaim { PreparedClaim(round: 1, digest: block.hash) }

    /// A quorum's prepares of the block in round 1.
    private var prepares: [Prepare] { stage.signers[..<3].map { prepare(by: $0) } }

    /// A quorum's wishes for round 2; the first says that the block is prepared.
    private var wishes: [RoundChangeVote] {
        [wish(claim, by: stage.signers[0])] + stage.signers[1..<3].map { wish(by: $0) }
    }

    /// Quorums of prepares that prove nothing: two are as they should be, and the third is not.
    private var forgedPrepares: [(name: String, prepares: [Prepare])] {
        let third = stage.signers[2]
        let twin = Prepare(
            height: 1, round: 1, digest: block.hash, signature: prepares[0].signature.twin)
        let unsigned = Prepare(
            height: 1, round: 1, digest: block.hash, signature: third.sign(block.hash))
        let commit = stage.domain.commitDigest(height: 1, round: 1, block: block.hash)
        let sealed = Prepare(
            height: 1, round: 1, digest: block.hash, signature: third.sign(commit))
        let cases: [(String, Prepare?)] = [
            ("missing", nil), ("of an earlier round", prepare(round: 0, by: third)),
            ("of a later round", prepare(round: 2, by: third)),
            ("of another height", prepare(height: 2, by: third)),
            ("of another block", prepare(other.hash, by: third)),
            ("of one author, the same twice", prepares[0]),
            ("of one author, with two signatures", twin),
            ("a stranger's", prepare(by: stranger)), ("signed by nobody", unsigned),
            ("a commit", sealed),
        ]
        return cases.map { name, forged in
            ("a prepare: " + name, Array(prepares.prefix(2)) + (forged.map { [$0] } ?? []))
        } + [
            (
                "all prepares: of an earlier round",
                stage.signers[..<3].map { prepare(round: 0, by: $0) }
            )
        ]
    }

    /// Quorums of wishes that justify nothing.
    private var forgedWishes: [(name: String, wishes: [RoundChangeVote])] {
        let third = stage.signers[2]
        let twin = RoundChangeVote(
            height: 1, round: 2, prepared: nil, signature: wishes[1].signature.twin)
        let unsigned = RoundChangeVote(
            height: 1, round: 2, prepared: nil, signature: third.sign(block.hash))
        let cases: [(String, RoundChangeVote?)] = [
            ("missing", nil), ("of an earlier round", wish(round: 1, by: third)),
            ("of a later round", wish(round: 3, by: third)),
            ("of another height", wish(height: 2, by: third)),
            ("of one author, the same twice", wishes[1]),
            ("of one author, with two signatures", twin),
            ("a stranger's", wish(by: stranger)), ("signed by nobody", unsigned),
            (
                "claims the same round for another block",
                wish(PreparedClaim(round: 1, digest: other.hash), by: third)
            ),
            (
                "claims its own round",
                wish(PreparedClaim(round: 2, digest: block.hash), by: third)
            ),
        ]
        return cases.map { name, forged in
            ("a wish: " + name, Array(wishes.prefix(2)) + (forged.map { [$0] } ?? []))
        }
    }

    private func refused(_ message: ConsensusMessage) -> Rejection? {
        var stage = stage
        do throws(Rejection) {
            _ = try stage.receive(message)
            return nil
        } catch {
            return error
        }
    }

    private func proposal(
        _ block: Block? = nil, _ wishes: [RoundChangeVote]? = nil, _ prepares: [Prepare]? = nil
    ) -> ConsensusMessage {
        .proposal(
            stage.proposal(
                block ?? self.block, round: 2, by: 2, roundChanges: wishes ?? self.wishes,
                prepares: prepares ?? self.prepares))
    }

    @Test func `in a proposal's certificates`() {
        let unjustified = Rejection.unjustified(by: stage.signers[2].address)
        for (name, prepares) in forgedPrepares {
            #expect(refused(proposal(nil, nil, prepares)) == unjustified, "\(name)")
        }
        for (name, wishes) in forgedWishes {
            #expect(refused(proposal(nil, wishes)) == unjustified, "\(name)")
        }
        let free = stage.signers[..<3].map { wish(by: $0) }
        let soon = PreparedClaim(round: 2, digest: block.hash)
        let cases: [(String, ConsensusMessage)] = [
            ("another block than is prepared", proposal(other)),
            ("prepares that nobody claims", proposal(nil, free)),
            ("a later round is claimed for another block", proposal(nil, later)),
            (
                "the block is prepared in the very round",
                proposal(
                    nil, [wish(soon, by: stage.signers[0])] + free[1...],
                    stage.signers[..<3].map { prepare(round: 2, by: $0) })
            ),
        ]
        for (name, message) in cases { #expect(refused(message) == unjustified, "\(name)") }
        #expect(refused(proposal()) == nil)
    }

    /// One has prepared the block in round 0, another one another block in round 1: the block's
    /// prepares are of round 1.
    private var later: [RoundChangeVote] {
        [
            wish(PreparedClaim(round: 0, digest: block.hash), by: stage.signers[0]),
            wish(PreparedClaim(round: 1, digest: other.hash), by: stage.signers[1]),
            wish(by: stage.signers[2]),
        ]
    }

    @Test func `in a round change's proof`() {
        let unjustified = Rejection.unjustified(by: stage.signers[0].address)
        let (claiming, free) = (wishes[0], wish(by: stage.signers[0]))
        func change(
            _ vote: RoundChangeVote, _ block: Block?, _ prepares: [Prepare]
        ) -> ConsensusMessage {
            .roundChange(RoundChange(vote: vote, block: block, prepares: prepares))
        }
        for (name, prepares) in forgedPrepares {
            #expect(refused(change(claiming, block, prepares)) == unjustified, "\(name)")
        }
        var cases: [(String, ConsensusMessage)] = [
            ("no block", change(claiming, nil, prepares)),
            ("another block", change(claiming, other, prepares)),
            ("a block that is not claimed", change(free, block, [])),
            ("prepares of nothing that is claimed", change(free, nil, prepares)),
        ]
        for round in [2, 3] as [UInt32] {
            let early = wish(
                PreparedClaim(round: round, digest: block.hash), by: stage.signers[0])
            let proof = stage.signers[..<3].map { prepare(round: round, by: $0) }
            cases.append(("claims round \(round)", change(early, block, proof)))
        }
        for (name, foreign) in foreignBlocks {
            let vote = wish(
                PreparedClaim(round: 1, digest: foreign.hash), by: stage.signers[0])
            let proof = stage.signers[..<3].map { prepare(foreign.hash, by: $0) }
            cases.append((name, change(vote, foreign, proof)))
        }
        for (name, message) in cases { #expect(refused(message) == unjustified, "\(name)") }
        #expect(refused(change(claiming, block, prepares)) == nil)
        #expect(refused(change(free, nil, [])) == nil)
        #expect(
            refused(change(wish(round: 0, by: stage.signers[0]), nil, [])) != nil, "of round 0")
    }

    /// Blocks that are like the prepared one but for their place in the chain.
    private var foreignBlocks: [(name: String, block: Block)] {
        var (higher, fork) = (block.header, block.header)
        higher.number = 2
        fork.parentHash = other.hash
        return [
            ("a block of another height", Block(header: higher, transactions: block.transactions)),
            ("a block on another parent", Block(header: fork, transactions: block.transactions)),
        ]
    }

    @Test func `in a new block`() {
        func round0(_ block: Block) -> Rejection? {
            refused(.proposal(stage.proposal(block, by: 0)))
        }
        func invalid(_ reason: String) -> Rejection { .invalidBlock(BlockRefusal(reason)) }
        var (named, late, onTime) = (block.header, block.header, block.header)
        named.proposer = stage.signers[1].address
        let latest = stage.now.advanced(byMilliseconds: Limits.futureMilliseconds)
        late.timestamp = latest.advanced(byMilliseconds: 1)
        onTime.timestamp = latest
        func made(_ header: BlockHeader) -> Block {
            Block(header: header, transactions: block.transactions)
        }
        #expect(
            round0(foreignBlocks[1].block) == invalid("its parent is not the last final block"))
        #expect(round0(made(named)) == invalid("a new block names its proposer"))
        #expect(round0(made(late)) == invalid("out of time"))
        #expect(round0(stage.emptyBlock(by: 0)) == invalid("an empty block before its time"))
        #expect(round0(made(onTime)) == nil)
        #expect(round0(block) == nil)
    }

    @Test func `in the seals of a final block`() {
        func seal(
            _ digest: Hash32? = nil, height: UInt64 = 1, round: UInt32 = 1, by signer: PlainKey
        ) -> Signature {
            signer.sign(
                stage.domain.commitDigest(
                    height: height, round: round, block: digest ?? block.hash))
        }
        let (third, two) = (stage.signers[2], stage.signers[..<2].map { seal(by: $0) })
        let cases: [(String, [Signature])] = [
            ("too few", []), ("of another round", [seal(round: 0, by: third)]),
            ("of another height", [seal(height: 2, by: third)]),
            ("of another block", [seal(other.hash, by: third)]),
            ("of one author, the same twice", [two[0]]),
            ("of one author, with two signatures", [two[0].twin]),
            ("a stranger's", [seal(by: stranger)]),
            ("a prepare", [prepare(by: third).signature]),
        ]
        func refusal(_ block: Block, _ seals: [Signature]) -> Rejection? {
            var stage = stage
            let final = FinalBlock(
                block: block, certificate: Certificate(round: 1, seals: seals))
            do throws(Rejection) {
                _ = try stage.give(.newBlock(final))
                return nil
            } catch {
                return error
            }
        }
        for (name, last) in cases {
            #expect(refusal(block, two + last) == .badCertificate, "\(name)")
        }
        for (name, foreign) in foreignBlocks {
            let seals = stage.signers[..<3].map {
                seal(foreign.hash, height: foreign.number, by: $0)
            }
            #expect(refusal(foreign, seals) != nil, "\(name)")
        }
        #expect(refusal(block, two + [seal(by: third)]) == nil)
    }

    @Test func `in which of the two votes was signed`() {
        let (signer, domain) = (stage.signers[0], stage.domain)
        let preparing = signer.sign(domain.prepareDigest(height: 1, round: 0, block: block.hash))
        let sealing = signer.sign(domain.commitDigest(height: 1, round: 0, block: block.hash))
        let hash = block.hash
        func prepare(_ signature: Signature) -> ConsensusMessage {
            .prepare(Prepare(height: 1, round: 0, digest: hash, signature: signature))
        }
        func commit(_ seal: Signature) -> ConsensusMessage {
            .commit(Commit(height: 1, round: 0, digest: hash, seal: seal))
        }
        #expect(refused(prepare(sealing)) == .badSignature)
        #expect(refused(commit(preparing)) == .badSignature)
        #expect(refused(prepare(preparing)) == nil)
        #expect(refused(commit(sealing)) == nil)
    }

    @Test func `in the block that is handed over for a quorum of commits`() throws {
        var stage = stage
        _ = try stage.receive(
            (0..<3).map { ConsensusMessage.commit(stage.commit(block, by: $0)) })
        for foreign in foreignBlocks.map(\.block) + [other] {
            #expect(throws: Rejection.unwantedBlock) { try stage.give(.blockFetched(foreign)) }
        }
        #expect(try stage.give(.blockFetched(block)).finals.map(\.block) == [block])
        #expect(throws: Rejection.unwantedBlock) { try stage.give(.blockFetched(block)) }
    }
}
