import Protocol
import Testing

@testable import Consensus

@Suite struct `Taking part` {
    @Test func `who catches up listens, and then says what the round still asks for`() throws {
        var stage = try Stage(of: 4, as: 3, participating: false)
        let block = try stage.block(1, by: 0)
        let silent = try stage.receive(
            [.proposal(stage.proposal(block, by: 0))]
                + stage.prepares(block, by: [0, 1]).map(ConsensusMessage.prepare))
        #expect(silent.isEmpty)
        #expect(stage.node.status.hasProposal)
        let outputs = try stage.give(.participation(true))
        #expect(outputs.broadcasts.map(\.kind) == [.prepare, .commit])
        #expect(outputs.storesBeforeSending())
    }

    @Test func `who listened to round changes joins them`() throws {
        var stage = try Stage(of: 4, as: 3, participating: false)
        let silent = try stage.receive(
            stage.roundChanges(to: 3, by: [0, 1]).map(ConsensusMessage.roundChange))
        #expect(silent.isEmpty && stage.node.round == 3)
        let outputs = try stage.give(.participation(true))
        #expect(outputs.broadcasts.map(\.kind) == [.roundChange, .proposal, .prepare])
    }

    @Test func `who falls behind stops, and its clocks with it`() throws {
        var stage = try Stage(of: 4, as: 1)
        _ = try stage.submit(1)
        let timer = try #require(stage.node.state.roundTimer)
        #expect(try stage.give(.participation(false)).isEmpty)
        #expect(try stage.give(.timerExpired(timer)).isEmpty)
        #expect(try stage.give(.timerExpired(.resend(height: 1))).isEmpty)
        let again = try stage.give(.participation(true))
        #expect(again.timers.contains(.resend(height: 1)))
        #expect(again.timers.count == 2)
    }

    @Test func `a key that is no validator's at this height signs nothing, but learns`() throws {
        var stage = try Stage(of: 5, as: 4)
        let remaining = ValidatorSet(stage.signers.prefix(4).map(\.address))
        let first = try stage.block(1, by: 0)
        let seals = (0...3).map { stage.commit(first, by: $0).seal }
        stage.chain.apply(
            FinalBlock(block: first, certificate: Certificate(round: 0, seals: seals)))
        let context = HeightContext(
            after: first, decidedBy: stage.chain.validators, validators: remaining)
        _ = try stage.give(.advanced(context))
        let second = try stage.block(2, by: 1)
        var outputs = try stage.submit(3)
        outputs += try stage.receive(
            [.proposal(stage.proposal(second, by: 1))]
                + (0...2).map { ConsensusMessage.commit(stage.commit(second, by: $0)) })
        #expect(outputs.broadcasts.isEmpty && outputs.timers.isEmpty)
        #expect(outputs.finals.map(\.block) == [second])
    }

    @Test func `a rejected message leaves everything as it was`() throws {
        var stage = try Stage(of: 4, as: 1)
        let block = try stage.block(1, by: 0)
        let broken = Prepare(
            height: 1, round: 0, digest: block.hash, signature: stage.signers[2].sign(.zero))
        #expect(throws: Rejection.badSignature) { try stage.receive(.prepare(broken)) }
        #expect(stage.node.isIdle)
        #expect(try stage.receive(.prepare(stage.prepare(block, by: 2))).timers.count == 2)
    }
}
