import Protocol
import Testing

@testable import Consensus

@Suite struct `uponBlockTimeout` {
    @Test func `the proposer of round 0 proposes its work at once if the parent is old enough`()
        throws
    {
        var stage = try Stage(of: 4, as: 0)
        let outputs = try stage.submit(1)
        #expect(outputs.broadcasts.map(\.kind) == [.proposal, .prepare])
        #expect(outputs.storesBeforeSending())
        guard case .proposal(let proposal) = outputs.broadcasts[0] else { return }
        #expect(proposal.block.header.timestamp == stage.now)
        #expect(proposal.roundChanges.isEmpty && proposal.prepares.isEmpty)
    }

    @Test func `it waits for the minimum interval after the parent`() throws {
        var stage = try Stage(of: 4, as: 0, participating: false)
        stage.now = ToyChain.start.advanced(byMilliseconds: 30)
        _ = try stage.give(.participation(true))
        let outputs = try stage.submit(1)
        #expect(outputs.broadcasts.isEmpty)
        let due = ToyChain.start.advanced(byMilliseconds: 100)
        #expect(outputs.contains(.setTimer(.block(height: 1), at: due)))
        stage.now = due
        let later = try stage.give(.timerExpired(.block(height: 1)))
        #expect(later.broadcasts(.proposal).count == 1)
    }

    @Test func `what is not urgent waits for the pause, what is urgent for the least one`() throws {
        var stage = try Stage(of: 4, as: 0, participating: false)
        (stage.chain.pause, stage.chain.leastPause) = (900, 200)
        stage.now = ToyChain.start.advanced(byMilliseconds: 30)
        stage = try stage.restarted().stage
        func after(_ milliseconds: UInt64) -> Timestamp {
            ToyChain.start.advanced(byMilliseconds: milliseconds)
        }
        let block = ConsensusTimer.block(height: 1)
        let first = try stage.submit(1)
        #expect(first.broadcasts.isEmpty && first.contains(.setTimer(block, at: after(900))))
        // The round lasts as long as it would without urgent work, which others may not know of.
        let round = ConsensusTimer.round(height: 1, round: 0, deadline: after(1_900))
        #expect(first.contains(.setTimer(round, at: after(1_900))))
        #expect(try stage.submit(2).isEmpty)
        stage.chain.hasUrgentWork = true
        #expect(try stage.submit(3) == [.setTimer(block, at: after(200))])
        #expect(try stage.submit(4).isEmpty)
        stage.now = after(200)
        let proposal = try stage.give(.timerExpired(block)).broadcasts(.proposal).first
        guard case .proposal(let proposal)? = proposal else {
            Issue.record("no proposal")
            return
        }
        #expect(proposal.block.transactions.count == 4)
    }

    @Test func `where nothing is urgent a block comes when the pause is over`() throws {
        var stage = try Stage(of: 4, as: 0, participating: false)
        (stage.chain.pause, stage.chain.leastPause) = (900, 200)
        stage.now = ToyChain.start.advanced(byMilliseconds: 300)
        stage = try stage.restarted().stage
        #expect(try stage.submit(1).broadcasts.isEmpty)
        stage.now = ToyChain.start.advanced(byMilliseconds: 900)
        let later = try stage.give(.timerExpired(.block(height: 1)))
        #expect(later.broadcasts(.proposal).count == 1)
    }

    @Test func `urgent work that comes when the least pause is over is proposed at once`() throws {
        var stage = try Stage(of: 4, as: 0, participating: false)
        (stage.chain.pause, stage.chain.leastPause) = (900, 200)
        stage.now = ToyChain.start.advanced(byMilliseconds: 300)
        stage = try stage.restarted().stage
        #expect(try stage.submit(1).broadcasts.isEmpty)
        stage.chain.hasUrgentWork = true
        #expect(try stage.submit(2).broadcasts(.proposal).count == 1)
    }

    @Test func `a clock behind the parent's time waits one interval, and time does not go back`()
        throws
    {
        var stage = try Stage(of: 4, as: 0, participating: false)
        stage.now = Timestamp(milliseconds: ToyChain.start.milliseconds - 3_000)
        stage = try stage.restarted().stage
        let outputs = try stage.submit(1)
        let due = stage.now.advanced(byMilliseconds: 100)
        #expect(outputs.contains(.setTimer(.block(height: 1), at: due)))
        stage.now = due
        let later = try stage.give(.timerExpired(.block(height: 1)))
        guard case .proposal(let proposal)? = later.broadcasts(.proposal).first else {
            Issue.record("no proposal")
            return
        }
        #expect(proposal.block.header.timestamp == ToyChain.start)
    }

    @Test func `who is not the proposer starts its clock and waits`() throws {
        var stage = try Stage(of: 4, as: 1)
        let outputs = try stage.submit(1)
        #expect(outputs.broadcasts.isEmpty)
        let deadline = stage.now.advanced(byMilliseconds: 1_000)
        #expect(
            outputs.contains(
                .setTimer(.round(height: 1, round: 0, deadline: deadline), at: deadline)))
    }

    @Test func `without work there is no block before the heartbeat, and an empty one after it`()
        throws
    {
        var stage = try Stage(of: 4, as: 0)
        let wish = ConsensusMessage.roundChange(stage.roundChange(to: 1, by: 1))
        #expect(try stage.receive(wish).broadcasts.isEmpty)
        #expect(!stage.node.isIdle)
        stage.now = ToyChain.start.advanced(byMilliseconds: 60_000)
        #expect(try stage.give(.timerExpired(.block(height: 1))).broadcasts(.proposal).count == 1)
    }

    @Test func `a proposer that refuses its own block does not send it`() throws {
        var stage = try Stage(of: 4, as: 0)
        let block = try stage.block(1, by: 0)
        stage.chain.refused = [block.hash]
        let outputs = try stage.submit(1)
        #expect(outputs.broadcasts.isEmpty)
        #expect(
            outputs.contains(.ownProposalRefused(.invalidBlock(BlockRefusal("refused")))))
    }

    @Test func `a listener, a stranger and a validator that catches up stay silent`() throws {
        for stage in [
            try Stage(of: 4, as: nil), try Stage(of: 4, as: 0, participating: false),
        ] {
            var stage = stage
            var outputs = try stage.submit(1)
            let block = try stage.block(1, by: 0)
            let proposal = stage.proposal(block, by: 0)
            if stage.own == nil { outputs += try stage.receive(.proposal(proposal)) }
            outputs += try stage.receive(
                stage.prepares(block, by: [1, 2, 3]).map(ConsensusMessage.prepare))
            #expect(outputs.isEmpty)
        }
    }
}
