import Protocol
import Testing

@testable import Consensus

@Suite struct `uponRoundTimeout` {
    @Test func `the round runs out, nothing is prepared: the next is asked for without a claim`()
        throws
    {
        var stage = try Stage(of: 4, as: 1)
        _ = try stage.submit(1)
        let outputs = try stage.letRoundExpire()
        #expect(stage.node.round == 1)
        #expect(outputs.broadcasts == [.roundChange(stage.roundChange(to: 1, by: 1))])
        #expect(outputs.storesBeforeSending())
    }

    @Test func `a prepared block is claimed with its proof, round after round`() throws {
        var stage = try Stage(of: 4, as: 3)
        let block = try stage.block(1, by: 0)
        _ = try stage.receive(.proposal(stage.proposal(block, by: 0)))
        _ = try stage.receive(stage.prepares(block, by: [0, 1]).map(ConsensusMessage.prepare))
        let proof = stage.prepared(block, round: 0, by: [0, 1, 3])
        for round in UInt32(1)...3 {
            let outputs = try stage.letRoundExpire()
            #expect(
                outputs.broadcasts
                    == [.roundChange(stage.roundChange(to: round, by: 3, proof))])
        }
    }

    @Test func `each round lasts twice as long as the one before, up to the limit`() {
        let durations = (0...7).map { ToyChain.parameters.duration(ofRound: $0) }
        #expect(durations == [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000])
        #expect(ToyChain.parameters.duration(ofRound: .max) == 30_000)
    }

    @Test func `messages are sent again each second, and the proposal to whoever lacks it`()
        throws
    {
        var stage = try Stage(of: 4, as: 1)
        let block = try stage.block(1, by: 0)
        let proposal = ConsensusMessage.proposal(stage.proposal(block, by: 0))
        let outputs = try stage.receive(proposal)
        #expect(outputs.timers.contains(.resend(height: 1)))
        stage.now = stage.now.advanced(byMilliseconds: 1_000)
        let again = try stage.give(.timerExpired(.resend(height: 1)))
        #expect(again.broadcasts == outputs.broadcasts)
        #expect(again.contains(.broadcastStatus(stage.node.status)))
        #expect(again.timers == [.resend(height: 1)])
        let lacking = ConsensusStatus(height: 1, round: 0, hasProposal: false)
        #expect(
            try stage.give(.statusReceived(lacking, from: stage.signers[2].address))
                == [.sendToAsker([proposal] + outputs.broadcasts)])
        let knowing = ConsensusStatus(height: 1, round: 0, hasProposal: true)
        #expect(try stage.give(.statusReceived(knowing, from: stage.signers[2].address)).isEmpty)
        #expect(
            try stage.give(.peerConnected(stage.signers[2].address)).first
                == .sendToAsker([proposal] + outputs.broadcasts))
    }
}

@Suite struct `uponRoundChange` {
    @Test func `one more than the tolerated faults moves to the lowest round of them`() throws {
        var stage = try Stage(of: 7, as: 6)
        let early = try stage.receive([
            .roundChange(stage.roundChange(to: 5, by: 0)),
            .roundChange(stage.roundChange(to: 9, by: 1)),
        ])
        #expect(early.broadcasts.isEmpty && stage.node.round == 0)
        let outputs = try stage.receive(.roundChange(stage.roundChange(to: 3, by: 2)))
        #expect(stage.node.round == 3)
        #expect(outputs.broadcasts == [.roundChange(stage.roundChange(to: 3, by: 6))])
    }

    @Test func `many wishes of one validator count once`() throws {
        var stage = try Stage(of: 4, as: 3)
        _ = try stage.receive(
            (1...10).map { ConsensusMessage.roundChange(stage.roundChange(to: $0, by: 0)) })
        #expect(stage.node.round == 0)
    }

    @Test func `rounds far beyond are found too, one wish a validator`() throws {
        var stage = try Stage(of: 4, as: 3)
        _ = try stage.receive(.roundChange(stage.roundChange(to: 500, by: 0)))
        _ = try stage.receive(.roundChange(stage.roundChange(to: 400, by: 0)))
        let outputs = try stage.receive(.roundChange(stage.roundChange(to: 120, by: 1)))
        #expect(stage.node.round == 120)
        #expect(outputs.broadcasts(.roundChange).count == 1)
        _ = try stage.receive(.roundChange(stage.roundChange(to: 500, by: 1)))
        #expect(stage.node.round == 500)
    }

    @Test func `a quorum lets the proposer propose, even an empty block`() throws {
        var stage = try Stage(of: 4, as: 1)
        let outputs = try stage.receive(
            stage.roundChanges(to: 1, by: [2, 3]).map(ConsensusMessage.roundChange))
        #expect(outputs.broadcasts.map(\.kind) == [.roundChange, .proposal, .prepare])
        #expect(outputs.storesBeforeSending())
        guard case .proposal(let proposal)? = outputs.broadcasts(.proposal).first else { return }
        #expect(proposal.block.transactions.isEmpty)
        #expect(proposal.roundChanges.count == 3)
    }

    @Test func `a round change that does not prove its claim is refused`() throws {
        var stage = try Stage(of: 4, as: 3)
        let (block, other) = (try stage.block(1, by: 0), try stage.block(2, by: 0))
        let whole = stage.roundChange(
            to: 1, by: 0, stage.prepared(block, round: 0, by: [0, 1, 2]))
        let bad = [
            RoundChange(vote: whole.vote, block: nil, prepares: whole.prepares),
            RoundChange(vote: whole.vote, block: other, prepares: whole.prepares),
            RoundChange(
                vote: whole.vote, block: block, prepares: stage.prepares(block, by: [0, 1])),
            RoundChange(
                vote: whole.vote, block: block, prepares: stage.prepares(block, by: [0, 1, 1])),
            RoundChange(
                vote: stage.roundChange(to: 1, by: 0).vote, block: block,
                prepares: whole.prepares),
            stage.roundChange(to: 1, by: 0, stage.prepared(block, round: 1, by: [0, 1, 2])),
        ]
        for change in bad {
            #expect(throws: Rejection.unjustified(by: stage.signers[0].address)) {
                try stage.receive(.roundChange(change))
            }
        }
        #expect(throws: Rejection.self) {
            try stage.receive(.roundChange(stage.roundChange(to: 0, by: 0)))
        }
        _ = try stage.receive(.roundChange(whole))
    }
}

@Suite struct `isHighestPrepared` {
    @Test func `only the claim of the highest round, undisputed, is the highest`() throws {
        let stage = try Stage(of: 4, as: 3)
        let (block, other) = (try stage.block(1, by: 0), try stage.block(2, by: 0))
        func vote(_ author: Int, _ block: Block?, _ round: UInt32) -> RoundChangeVote {
            let proof = block.map { stage.prepared($0, round: round, by: []) }
            return stage.roundChange(to: 5, by: author, proof).vote
        }
        let (low, high) = (
            PreparedClaim(round: 1, digest: block.hash),
            PreparedClaim(round: 2, digest: other.hash)
        )
        let votes = [vote(0, block, 1), vote(1, other, 2), vote(2, nil, 0)]
        #expect(stage.node.isHighestPrepared(high, among: votes))
        #expect(!stage.node.isHighestPrepared(low, among: votes))
        #expect(!stage.node.isHighestPrepared(high, among: [votes[0], votes[2]]))
        #expect(!stage.node.isHighestPrepared(high, among: votes + [vote(3, block, 2)]))
    }
}
