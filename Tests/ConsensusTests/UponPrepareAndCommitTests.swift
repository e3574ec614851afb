import Protocol
import TestKit
import Testing

@testable import Consensus

@Suite struct `uponPrepare` {
    @Test func `a quorum binds to the block and stores block, proof and commit before sending`()
        throws
    {
        var stage = try Stage(of: 4, as: 1)
        let block = try stage.block(1, by: 0)
        _ = try stage.receive(.proposal(stage.proposal(block, by: 0)))
        #expect(try stage.receive(.prepare(stage.prepare(block, by: 0))).broadcasts.isEmpty)
        let outputs = try stage.receive(.prepare(stage.prepare(block, by: 2)))
        let proof = stage.prepared(block, round: 0, by: [0, 1, 2])
        let commit = ConsensusMessage.commit(stage.commit(block, by: 1))
        #expect(
            outputs == [
                .persist(.prepared(proof)), .persist(.vote(commit)), .broadcast(commit),
            ])
    }

    @Test(arguments: [4, 6, 7])
    func `one prepare below the quorum is not enough`(_ count: Int) throws {
        var stage = try Stage(of: count, as: 1)
        let block = try stage.block(1, by: 0)
        _ = try stage.receive(.proposal(stage.proposal(block, by: 0)))
        let others = [0] + Array(2..<count)
        let short = others.prefix(stage.quorum - 2)
        let outputs = try stage.receive(
            stage.prepares(block, by: Array(short)).map(ConsensusMessage.prepare))
        #expect(outputs.broadcasts.isEmpty)
        let last = try stage.receive(
            .prepare(stage.prepare(block, by: others[stage.quorum - 2])))
        #expect(last.broadcasts(.commit).count == 1)
    }

    @Test func `prepares before the proposal count once it is accepted`() throws {
        var stage = try Stage(of: 4, as: 1)
        let block = try stage.block(1, by: 0)
        let early = try stage.receive(
            stage.prepares(block, by: [0, 2, 3]).map(ConsensusMessage.prepare))
        #expect(early.broadcasts.isEmpty)
        #expect(!stage.node.isIdle)
        let outputs = try stage.receive(.proposal(stage.proposal(block, by: 0)))
        #expect(outputs.broadcasts.map(\.kind) == [.prepare, .commit])
        #expect(outputs.storesBeforeSending())
    }

    @Test func `prepares of another block or round do not count`() throws {
        var stage = try Stage(of: 4, as: 1)
        let (block, other) = (try stage.block(1, by: 0), try stage.block(2, by: 0))
        _ = try stage.receive(.proposal(stage.proposal(block, by: 0)))
        let outputs = try stage.receive([
            .prepare(stage.prepare(other, by: 0)), .prepare(stage.prepare(other, by: 2)),
            .prepare(stage.prepare(block, round: 1, by: 2)),
            .prepare(stage.prepare(block, round: 1, by: 3)),
        ])
        #expect(outputs.broadcasts.isEmpty)
    }

    @Test func `rounds far ahead are not kept`() throws {
        var stage = try Stage(of: 4, as: 1)
        let block = try stage.block(1, by: 0)
        _ = try stage.receive(.prepare(stage.prepare(block, round: 16, by: 2)))
        #expect(throws: Rejection.tooFarAhead) {
            try stage.receive(.prepare(stage.prepare(block, round: 17, by: 2)))
        }
        #expect(throws: Rejection.tooFarAhead) {
            try stage.receive(.commit(stage.commit(block, round: .max, by: 2)))
        }
    }

    @Test func `who prepares two blocks is accused once`() throws {
        var stage = try Stage(of: 4, as: 1)
        let blocks = try (1...3).map { try stage.block($0, by: 0) }
        let outputs = try stage.receive(
            blocks.map { ConsensusMessage.prepare(stage.prepare($0, by: 2)) })
        #expect(outputs.evidence.count == 1)
    }

    @Test func `own messages that come back are known, and foreign use of the key shows`() throws {
        var stage = try Stage(of: 4, as: 1)
        let (block, other) = (try stage.block(1, by: 0), try stage.block(2, by: 0))
        _ = try stage.receive(.proposal(stage.proposal(block, by: 0)))
        #expect(throws: Rejection.echo) {
            try stage.receive(.prepare(stage.prepare(block, by: 1)))
        }
        #expect(throws: Rejection.keyUsedElsewhere) {
            try stage.receive(.prepare(stage.prepare(other, by: 1)))
        }
    }
}

@Suite struct `uponCommit` {
    @Test(arguments: [4, 6, 7])
    func `a quorum of commits makes the block final`(_ count: Int) throws {
        var stage = try Stage(of: count, as: 1)
        let block = try stage.block(1, by: 0)
        _ = try stage.receive(.proposal(stage.proposal(block, by: 0)))
        let others = [0] + Array(2..<count)
        let commits = others.map { ConsensusMessage.commit(stage.commit(block, by: $0)) }
        let early = try stage.receive(Array(commits.prefix(stage.quorum - 1)))
        #expect(early.finals.isEmpty)
        let final = try #require(
            try stage.receive(commits[stage.quorum - 1]).finals.first)
        #expect(final.block == block)
        #expect(
            stage.chain.context.refusal(of: final, domain: stage.domain, scheme: PlainScheme())
                == nil)
    }

    @Test func `commits of different rounds do not add up`() throws {
        var stage = try Stage(of: 4, as: 3)
        let block = try stage.block(1, by: 0)
        _ = try stage.receive(.proposal(stage.proposal(block, by: 0)))
        let outputs = try stage.receive([
            .commit(stage.commit(block, by: 0)), .commit(stage.commit(block, by: 1)),
            .commit(stage.commit(block, round: 1, by: 2)),
        ])
        #expect(outputs.finals.isEmpty)
    }

    @Test func `commits of a past round still decide`() throws {
        var stage = try Stage(of: 4, as: 3)
        let block = try stage.block(1, by: 0)
        _ = try stage.receive(.proposal(stage.proposal(block, by: 0)))
        _ = try stage.letRoundExpire()
        #expect(stage.node.round == 1)
        let outputs = try stage.receive(
            (0...2).map { ConsensusMessage.commit(stage.commit(block, by: $0)) })
        #expect(outputs.finals.map(\.block) == [block])
        #expect(outputs.finals.first?.certificate.round == 0)
    }

    @Test func `a listener learns of final blocks without signing`() throws {
        var stage = try Stage(of: 4, as: nil)
        let block = try stage.block(1, by: 0)
        let outputs = try stage.receive(
            [.proposal(stage.proposal(block, by: 0))]
                + (0...2).map { ConsensusMessage.commit(stage.commit(block, by: $0)) })
        #expect(outputs.finals.map(\.block) == [block])
        #expect(outputs.broadcasts.isEmpty)
    }

    @Test func `a commit and a later round change that denies it are evidence`() throws {
        for (isCommitFirst, offset) in [(true, 0), (false, 2)] {
            var stage = try Stage(of: 4, as: 3)
            let block = try stage.block(1, by: 0)
            let commit = ConsensusMessage.commit(stage.commit(block, round: 1, by: 2))
            let denial = ConsensusMessage.roundChange(
                stage.roundChange(to: UInt32(2 + offset), by: 2))
            let outputs = try stage.receive(isCommitFirst ? [commit, denial] : [denial, commit])
            let evidence = try #require(outputs.evidence.first)
            #expect(
                evidence.offender(in: stage.domain, scheme: PlainScheme())
                    == stage.signers[2].address)
        }
    }

    @Test func `a commit and a round change that admits it are none`() throws {
        var stage = try Stage(of: 4, as: 3)
        let block = try stage.block(1, by: 0)
        let proof = stage.prepared(block, round: 1, by: [0, 1, 2])
        let outputs = try stage.receive(
            [
                .commit(stage.commit(block, round: 1, by: 2)),
                .roundChange(stage.roundChange(to: 2, by: 2, proof)),
                .roundChange(stage.roundChange(to: 1, by: 2)),
            ].dropLast())
        #expect(outputs.evidence.isEmpty)
    }
}

@Suite struct `uponNewBlock` {
    @Test func `a quorum of distinct seals under a block on the head decides`() throws {
        var stage = try Stage(of: 4, as: 3)
        let block = try stage.block(1, by: 0)
        let seals = (0...2).map { stage.commit(block, by: $0).seal }
        let final = FinalBlock(block: block, certificate: Certificate(round: 0, seals: seals))
        #expect(try stage.give(.newBlock(final)) == [.finalize(final)])
        #expect(throws: Rejection.stale) { try stage.give(.newBlock(final)) }
        stage.chain.apply(final)
        _ = try stage.give(.advanced(stage.chain.context))
        #expect(stage.node.context.height == 2)
        #expect(stage.node.isIdle)
    }

    @Test func `seals that are too few, of another round or block, or another's are refused`()
        throws
    {
        var stage = try Stage(of: 4, as: 3)
        let (block, other) = (try stage.block(1, by: 0), try stage.block(2, by: 0))
        let digest = stage.domain.commitDigest(height: 1, round: 0, block: block.hash)
        let stranger = PlainKey(address: Address(reserved: 99)).sign(digest)
        let two = (0...1).map { stage.commit(block, by: $0).seal }
        let certificates = [
            Certificate(round: 0, seals: two), Certificate(round: 0, seals: two + [stranger]),
            Certificate(round: 0, seals: two + [stage.commit(other, by: 2).seal]),
            Certificate(round: 1, seals: two + [stage.commit(block, by: 2).seal]),
        ]
        for certificate in certificates {
            #expect(throws: Rejection.badCertificate) {
                try stage.give(.newBlock(FinalBlock(block: block, certificate: certificate)))
            }
        }
    }

    @Test func `messages for the next heights wait until the chain is there`() throws {
        var stage = try Stage(of: 4, as: 3)
        let first = try stage.block(1, by: 0)
        let second = ToyChain.block(
            on: first, at: stage.now, proposer: stage.signers[1].address,
            [try ToyChain.transaction(2)])
        let early = try stage.receive(
            [.proposal(stage.proposal(second, by: 1))]
                + stage.prepares(second, by: [1, 2]).map(ConsensusMessage.prepare))
        #expect(early.isEmpty)
        let seals = (0...2).map { stage.commit(first, by: $0).seal }
        let final = FinalBlock(block: first, certificate: Certificate(round: 0, seals: seals))
        _ = try stage.give(.newBlock(final))
        stage.chain.apply(final)
        let outputs = try stage.give(.advanced(stage.chain.context))
        #expect(outputs.broadcasts.map(\.kind) == [.prepare, .commit])
    }

    @Test func `the room for messages of future heights is bounded and shared`() throws {
        var stage = try Stage(of: 4, as: 3)
        let base = try stage.block(1, by: 0).header
        var kept = 0
        for height in UInt64(2)...12 {
            for round in UInt32(0)...20 {
                for author in 0...2 {
                    var header = base
                    header.number = height
                    let block = Block(header: header, transactions: [])
                    for message in [
                        ConsensusMessage.prepare(stage.prepare(block, round: round, by: author)),
                        .commit(stage.commit(block, round: round, by: author)),
                    ] where (try? stage.receive(message)) != nil { kept += 1 }
                }
            }
        }
        #expect(kept == 3 * 250)
    }
}
