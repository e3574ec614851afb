import Protocol
import TestKit
import Testing

@testable import Consensus

@Suite struct `uponProposal` {
    @Test func `a valid proposal of round 0 is prepared, stored first`() throws {
        var stage = try Stage(of: 4, as: 1)
        let block = try stage.block(1, by: 0)
        let outputs = try stage.receive(.proposal(stage.proposal(block, by: 0)))
        #expect(outputs.broadcasts == [.prepare(stage.prepare(block, by: 1))])
        #expect(outputs.storesBeforeSending())
        #expect(stage.node.status.hasProposal)
    }

    @Test func `only whose turn it is may propose`() throws {
        var stage = try Stage(of: 4, as: 1)
        let block = try stage.block(1, by: 2)
        #expect(throws: Rejection.notTheProposer(stage.signers[2].address)) {
            try stage.receive(.proposal(stage.proposal(block, by: 2)))
        }
        #expect(stage.node.isIdle)
    }

    @Test func `a stranger's signature counts for nothing`() throws {
        var stage = try Stage(of: 4, as: 1)
        let stranger = PlainKey(address: Address(reserved: 99))
        let block = try stage.block(1, by: 0)
        let digest = stage.domain.proposalDigest(height: 1, round: 0, block: block.hash)
        let foreign = Proposal(round: 0, block: block, signature: stranger.sign(digest))
        #expect(throws: Rejection.notAValidator(stranger.address)) {
            try stage.receive(.proposal(foreign))
        }
        let broken = Proposal(
            round: 0, block: block, signature: stage.signers[0].sign(block.hash))
        #expect(throws: Rejection.badSignature) { try stage.receive(.proposal(broken)) }
    }

    @Test func `a new block names its proposer, stands on the head and is valid`() throws {
        var stage = try Stage(of: 4, as: 1)
        let named = try stage.block(1, by: 2)
        let elsewhere = ToyChain.block(
            on: named, at: stage.now, proposer: stage.signers[0].address, named.transactions)
        let late = ToyChain.block(
            on: ToyChain.genesis, at: stage.now.advanced(byMilliseconds: 5_001),
            proposer: stage.signers[0].address, named.transactions)
        let empty = stage.emptyBlock(by: 0)
        for block in [named, late, empty] {
            #expect(throws: Rejection.self) {
                try stage.receive(.proposal(stage.proposal(block, by: 0)))
            }
        }
        var other = ToyChain.block(
            on: ToyChain.genesis, at: stage.now, proposer: stage.signers[0].address, []
        ).header
        other.parentHash = elsewhere.hash
        let fork = Block(header: other, transactions: named.transactions)
        #expect(throws: Rejection.self) {
            try stage.receive(.proposal(stage.proposal(fork, by: 0)))
        }
        #expect(!stage.node.status.hasProposal)
    }

    /// A block of `proposer` whose time lies `age` before this validator's clock.
    private func block(_ age: UInt64, old stage: Stage, by proposer: Int) throws -> Block {
        ToyChain.block(
            on: ToyChain.genesis, at: Timestamp(milliseconds: stage.now.milliseconds - age),
            proposer: stage.signers[proposer].address, [try ToyChain.transaction(1)])
    }

    @Test func `M48: a new block is no older than a proposal's way takes`() throws {
        var stage = try Stage(of: 4, as: 1)
        // A night without work: the parent's time would be hours old.
        stage.now = stage.now.advanced(byMilliseconds: 8 * 3_600_000)
        let author = stage.signers[0].address
        let parents = stage.now.millisecondsSince(ToyChain.start)
        for age in [parents, 60_000, Limits.pastMilliseconds + 1] {
            let old = try block(age, old: stage, by: 0)
            #expect(throws: Rejection.backdated(by: author)) {
                try stage.receive(.proposal(stage.proposal(old, by: 0)))
            }
        }
        #expect(!stage.node.status.hasProposal)
        let young = try block(Limits.pastMilliseconds, old: stage, by: 0)
        let outputs = try stage.receive(.proposal(stage.proposal(young, by: 0)))
        #expect(outputs.broadcasts == [.prepare(stage.prepare(young, by: 1))])
    }

    @Test func `nor is a new block of a later round, and one that was prepared is not asked`()
        throws
    {
        var stage = try Stage(of: 4, as: 3)
        let block = try stage.block(1, by: 0)
        stage.now = stage.now.advanced(byMilliseconds: 3_600_000)
        let old = try self.block(60_000, old: stage, by: 2)
        let votes = stage.roundChanges(to: 2, by: [0, 1, 2]).map(\.vote)
        #expect(throws: Rejection.backdated(by: stage.signers[2].address)) {
            try stage.receive(
                .proposal(stage.proposal(old, round: 2, by: 2, roundChanges: votes)))
        }
        let prepared = stage.prepared(block, round: 0, by: [0, 1, 2])
        let claims = stage.roundChanges(to: 2, by: [0, 1, 2], prepared).map(\.vote)
        let outputs = try stage.receive(
            .proposal(
                stage.proposal(
                    block, round: 2, by: 2, roundChanges: claims, prepares: prepared.prepares)))
        #expect(outputs.broadcasts == [.prepare(stage.prepare(block, round: 2, by: 3))])
    }

    @Test func `a proposer that was down says again what it said, old as it is`() throws {
        var stage = try Stage(of: 4, as: 0)
        let outputs = try stage.submit(1)
        #expect(outputs.broadcasts.contains { $0.kind == .proposal })
        stage.now = stage.now.advanced(byMilliseconds: 60_000)
        let (_, again) = try stage.restarted()
        #expect(again.broadcasts.contains { $0.kind == .proposal })
        #expect(!again.contains { if case .ownProposalRefused = $0 { true } else { false } })
    }

    @Test func `a proposal of round 0 carries no certificates`() throws {
        var stage = try Stage(of: 4, as: 1)
        let block = try stage.block(1, by: 0)
        let author = stage.signers[0].address
        let votes = stage.roundChanges(to: 1, by: [1, 2, 3]).map(\.vote)
        let prepares = stage.prepares(block, by: [0, 2, 3])
        for proposal in [
            stage.proposal(block, by: 0, roundChanges: votes),
            stage.proposal(block, by: 0, prepares: prepares),
        ] {
            #expect(throws: Rejection.unjustified(by: author)) {
                try stage.receive(.proposal(proposal))
            }
        }
    }

    @Test func `a later round's proposal with a quorum of wishes is followed at once`() throws {
        var stage = try Stage(of: 4, as: 3)
        let block = stage.emptyBlock(by: 2)
        let votes = stage.roundChanges(to: 2, by: [0, 1, 2]).map(\.vote)
        let outputs = try stage.receive(
            .proposal(stage.proposal(block, round: 2, by: 2, roundChanges: votes)))
        #expect(stage.node.round == 2)
        #expect(outputs.broadcasts == [.prepare(stage.prepare(block, round: 2, by: 3))])
    }

    @Test func `wishes must be a quorum of distinct validators for exactly this round`() throws {
        var stage = try Stage(of: 4, as: 3)
        let block = stage.emptyBlock(by: 2)
        let author = stage.signers[2].address
        let two = stage.roundChanges(to: 2, by: [0, 1]).map(\.vote)
        let wrongRound = stage.roundChanges(to: 3, by: [2]).map(\.vote)
        let future = stage.prepared(block, round: 2, by: [0, 1, 2])
        let claimsOwnRound = stage.roundChanges(to: 2, by: [2], future).map(\.vote)
        for votes in [
            two, two + two, two + [two[0]], two + wrongRound, two + claimsOwnRound, [],
        ] {
            let proposal = stage.proposal(block, round: 2, by: 2, roundChanges: votes)
            #expect(throws: Rejection.unjustified(by: author)) {
                try stage.receive(.proposal(proposal))
            }
        }
        #expect(stage.node.round == 0)
    }

    @Test func `a prepared block must come with a quorum of prepares for exactly it`() throws {
        var stage = try Stage(of: 4, as: 3)
        let (block, other) = (try stage.block(1, by: 0), try stage.block(2, by: 0))
        let proof = stage.prepared(block, round: 0, by: [0, 1, 2])
        let votes =
            stage.roundChanges(to: 2, by: [0], proof).map(\.vote)
            + stage.roundChanges(to: 2, by: [1, 2]).map(\.vote)
        let insufficient: [[Prepare]] = [
            [], stage.prepares(block, by: [0, 1]), stage.prepares(block, by: [0, 1, 1]),
            stage.prepares(other, by: [0, 1, 2]), stage.prepares(block, round: 1, by: [0, 1, 2]),
        ]
        for prepares in insufficient {
            let proposal = stage.proposal(
                block, round: 2, by: 2, roundChanges: votes, prepares: prepares)
            #expect(throws: Rejection.self) { try stage.receive(.proposal(proposal)) }
        }
        let denial = stage.proposal(
            other, round: 2, by: 2, roundChanges: votes,
            prepares: stage.prepares(other, by: [0, 1, 2]))
        #expect(throws: Rejection.self) { try stage.receive(.proposal(denial)) }
        let right = stage.proposal(
            block, round: 2, by: 2, roundChanges: votes, prepares: proof.prepares)
        #expect(try stage.receive(.proposal(right)).broadcasts(.prepare).count == 1)
    }

    @Test func `a proposer that says two things is accused, and the first is kept`() throws {
        var stage = try Stage(of: 4, as: 1)
        let (first, second) = (try stage.block(1, by: 0), try stage.block(2, by: 0))
        _ = try stage.receive(.proposal(stage.proposal(first, by: 0)))
        let outputs = try stage.receive(.proposal(stage.proposal(second, by: 0)))
        #expect(outputs.broadcasts.isEmpty)
        let evidence = try #require(outputs.evidence.first)
        #expect(
            evidence.offender(in: stage.domain, scheme: PlainScheme()) == stage.signers[0].address)
        #expect(throws: Rejection.duplicate) {
            try stage.receive(.proposal(stage.proposal(first, by: 0)))
        }
    }

    @Test func `a proposal of a past round is stale`() throws {
        var stage = try Stage(of: 4, as: 3)
        let block = try stage.block(1, by: 0)
        _ = try stage.receive(
            stage.roundChanges(to: 1, by: [1, 2]).map(ConsensusMessage.roundChange))
        #expect(stage.node.round == 1)
        #expect(throws: Rejection.stale) {
            try stage.receive(.proposal(stage.proposal(block, by: 0)))
        }
    }

    @Test func `each signature is recovered once`() throws {
        let counter = CountingScheme()
        var known = KnownSignatures(domain: ToyChain.parameters.domain, scheme: counter)
        let stage = try Stage(of: 4, as: 1)
        let prepare = stage.prepare(stage.emptyBlock(by: 0), by: 2)
        for _ in 0..<5 {
            #expect(known.author(of: Statement(prepare)) == stage.signers[2].address)
        }
        #expect(counter.count == 1)
    }
}

/// Counts how often a signature is recovered.
private final class CountingScheme: SignatureScheme, @unchecked Sendable {
    // Used by one test on one thread.
    private(set) var count = 0

    func signer(of signature: Signature, over digest: Hash32) -> Address? {
        count += 1
        return PlainScheme().signer(of: signature, over: digest)
    }
}
