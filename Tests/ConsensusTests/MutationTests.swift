import Protocol
import TestKit
import Testing

@testable import Consensus

/// Bugs of well-known implementations, by their numbers in the design.
@Suite struct `Mutation tests` {
    @Test func `M1: two quorums always share an honest validator`() {
        for count in 1...100 {
            let set = ValidatorSet(PlainKey.numbered(count).map(\.address))
            #expect(2 * set.quorum - count > set.faultsTolerated)
            #expect(set.quorum <= count - set.faultsTolerated)
        }
    }

    @Test func `M1: six validators, one of them twofold, between two halves`() throws {
        let cluster = try Cluster(6, twins: 1)
        let half: (Int) -> Bool = { $0 < 3 || $0 == 6 }
        cluster.travel = { message, from, to in
            if half(from) == half(to) { return 5 }
            // The twofold one talks to both sides, and keeps to itself what they decide.
            guard from == 6, case .consensus = message else { return nil }
            return 5
        }
        try cluster.submit(1, to: [0, 1, 2])
        try cluster.submit(2, to: [3, 4, 5])
        cluster.run(for: 60_000)
        #expect(cluster.violations.isEmpty)
        cluster.travel = { _, _, _ in 5 }
        #expect(cluster.run(for: 120_000) { $0.allHave(1...2, at: $0.honest) })
        #expect(cluster.violations.isEmpty)
    }

    @Test func `M2: the prepared block survives a crash before the round change`() throws {
        var stage = try Stage(of: 4, as: 3)
        let block = try stage.block(1, by: 0)
        _ = try stage.receive(
            [.proposal(stage.proposal(block, by: 0))]
                + stage.prepares(block, by: [0, 1]).map(ConsensusMessage.prepare))
        var restarted = try stage.restarted().stage
        let outputs = try restarted.letRoundExpire()
        let proof = stage.prepared(block, round: 0, by: [0, 1, 3])
        #expect(outputs.broadcasts == [.roundChange(stage.roundChange(to: 1, by: 3, proof))])
    }

    @Test(arguments: UInt64(1)...20)
    func `M3: a lock holds through round changes under partitions`(_ seed: UInt64) throws {
        let cluster = try Cluster(4)
        var generator = SeededGenerator(seed: seed)
        for number in 1...6 {
            let cut = Int(generator.pick(0...3))
            cluster.travel = { message, from, to in
                if case .consensus(.commit) = message, to != cut { return nil }
                return from == cut || to == cut ? nil : 5
            }
            try cluster.submit(UInt64(number))
            cluster.run(for: generator.pick(500...4_000))
        }
        cluster.travel = { _, _, _ in 5 }
        #expect(cluster.run(for: 120_000) { $0.allHave(1...6) })
        #expect(cluster.violations.isEmpty)
        #expect(cluster.evidence.isEmpty)
    }

    @Test func `M4: one validator that says a thing many times counts once`() throws {
        var stage = try Stage(of: 4, as: 3)
        let block = try stage.block(1, by: 0)
        _ = try stage.receive(.proposal(stage.proposal(block, by: 0)))
        for _ in 0..<5 {
            #expect((try? stage.receive(.prepare(stage.prepare(block, by: 0))))?.isEmpty ?? true)
            let commit = ConsensusMessage.commit(stage.commit(block, by: 0))
            #expect((try? stage.receive(commit))?.finals.isEmpty ?? true)
        }
        let seals = Array(repeating: stage.commit(block, by: 0).seal, count: 3)
        let final = FinalBlock(block: block, certificate: Certificate(round: 0, seals: seals))
        #expect(throws: Rejection.badCertificate) { try stage.give(.newBlock(final)) }
    }

    @Test func `M5: no commit before a quorum of prepares`() throws {
        var stage = try Stage(of: 4, as: 3)
        let block = try stage.block(1, by: 0)
        for message in [
            .proposal(stage.proposal(block, by: 0)), .prepare(stage.prepare(block, by: 0)),
            .commit(stage.commit(block, by: 0)), .commit(stage.commit(block, by: 1)),
        ] as [ConsensusMessage] {
            try #require(try stage.receive(message).broadcasts(.commit).isEmpty)
        }
    }

    @Test func `M6: the own commit does not count before it is made`() throws {
        var stage = try Stage(of: 4, as: 3)
        let block = try stage.block(1, by: 0)
        for message in [
            .proposal(stage.proposal(block, by: 0)), .commit(stage.commit(block, by: 0)),
            .commit(stage.commit(block, by: 1)), .roundChange(stage.roundChange(to: 1, by: 2)),
        ] as [ConsensusMessage] {
            try #require(try stage.receive(message).finals.isEmpty)
        }
        let own = ConsensusMessage.commit(stage.commit(block, by: 3))
        #expect(throws: Rejection.keyUsedElsewhere) { try stage.receive(own) }
        let decided = try stage.receive(.commit(stage.commit(block, by: 2)))
        #expect(decided.finals.count == 1)
    }

    @Test func `M7: of two prepared blocks that of the higher round is proposed`() throws {
        for order in [[0, 1, 2], [2, 1, 0], [1, 0, 2]] {
            var stage = try Stage(of: 4, as: 3)
            let (old, new) = (try stage.block(1, by: 1), try stage.block(2, by: 2))
            let changes = [
                stage.roundChange(to: 3, by: 0, stage.prepared(old, round: 1, by: [0, 1, 2])),
                stage.roundChange(to: 3, by: 1, stage.prepared(new, round: 2, by: [0, 1, 2])),
                stage.roundChange(to: 3, by: 2),
            ]
            let outputs = try stage.receive(order.map { .roundChange(changes[$0]) })
            guard case .proposal(let proposal)? = outputs.broadcasts(.proposal).first else {
                Issue.record("no proposal")
                return
            }
            #expect(proposal.block == new)
            #expect(proposal.prepares.allSatisfy { $0.round == 2 })
            var other = try Stage(of: 4, as: 2)
            let lower = other.proposal(
                old, round: 3, by: 3, roundChanges: changes.map(\.vote),
                prepares: changes[0].prepares)
            #expect(throws: Rejection.unjustified(by: other.signers[3].address)) {
                try other.receive(.proposal(lower))
            }
            #expect(try other.receive(.proposal(proposal)).broadcasts(.prepare).count == 1)
        }
    }

    @Test func `M8: no round change after the block is final`() throws {
        var stage = try Stage(of: 4, as: 3)
        let block = try stage.block(1, by: 0)
        _ = try stage.receive(
            [.proposal(stage.proposal(block, by: 0))]
                + stage.prepares(block, by: [0, 1]).map(ConsensusMessage.prepare))
        let timer = try #require(stage.node.state.roundTimer)
        let outputs = try stage.receive([
            .commit(stage.commit(block, by: 0)), .commit(stage.commit(block, by: 1)),
        ])
        #expect(outputs.finals.count == 1)
        stage.now = stage.now.advanced(byMilliseconds: 5_000)
        #expect(try stage.give(.timerExpired(timer)).isEmpty)
        #expect(try stage.give(.timerExpired(.resend(height: 1))).isEmpty)
        #expect(throws: Rejection.stale) {
            try stage.receive(.roundChange(stage.roundChange(to: 1, by: 2)))
        }
    }

    @Test func `M9: ten minutes of idleness are silent`() throws {
        let cluster = try Cluster(4)
        try cluster.submit(1)
        try #require(cluster.run(for: 1_000) { $0.allHave([1]) })
        let before = cluster.sentMessages
        cluster.run(for: 600_000)
        #expect(cluster.sentMessages == before)
        #expect(cluster.nodes.allSatisfy { $0.instance?.isIdle == true && $0.chain.height == 1 })
        try cluster.submit(2)
        #expect(cluster.run(for: 100) { $0.allHave([2]) })
    }

    @Test func `M10: a timer of a round or height that has passed does nothing`() throws {
        var stage = try Stage(of: 4, as: 1)
        _ = try stage.submit(1)
        let old = try #require(stage.node.state.roundTimer)
        _ = try stage.letRoundExpire()
        for timer in [
            old, .block(height: 1), .block(height: 0), .block(height: 7), .resend(height: 0),
            .round(height: 1, round: 1, deadline: .zero),
            .round(height: 9, round: 0, deadline: stage.now),
        ] {
            #expect(try stage.give(.timerExpired(timer)).isEmpty)
        }
        #expect(stage.node.round == 1)
    }

    @Test(arguments: [4, 6, 7])
    func `M11: a transaction after a dead proposer in idleness is soon final`(
        _ count: Int
    ) throws {
        let cluster = try Cluster(count)
        try cluster.submit(1)
        try #require(cluster.run(for: 1_000) { $0.allHave([1]) })
        cluster.run(for: 30_000)
        cluster.crash(1)
        try cluster.submit(2)
        let living = (0..<count).filter { $0 != 1 }
        #expect(cluster.run(for: 3_000) { $0.allHave([2], at: living) })
    }

    @Test func `M12: a block proposed again keeps its hash and its proposer`() throws {
        var stage = try Stage(of: 4, as: 3)
        let block = try stage.block(1, by: 0)
        let proof = stage.prepared(block, round: 0, by: [0, 1, 2])
        let first = stage.proposal(
            block, round: 1, by: 1,
            roundChanges: stage.roundChanges(to: 1, by: [0, 1, 2], proof).map(\.vote),
            prepares: proof.prepares)
        #expect(try stage.receive(.proposal(first)).broadcasts(.prepare).count == 1)
        let outputs = try stage.receive(
            stage.roundChanges(to: 3, by: [0, 1, 2], proof).map(ConsensusMessage.roundChange))
        guard case .proposal(let again)? = outputs.broadcasts(.proposal).first else {
            Issue.record("no proposal")
            return
        }
        #expect(again.round == 3)
        #expect(again.block.hash == block.hash)
        #expect(again.block.header.proposer == stage.signers[0].address)
    }

    @Test func `M13: validators in rounds 0, 3, 6 and 9 find together`() throws {
        let cluster = try Cluster(4)
        for (index, round) in [(1, 3), (2, 6), (3, 9)] as [(Int, UInt32)] {
            cluster.place(index, inRound: round)
        }
        try cluster.submit(1)
        #expect(cluster.nodes.map { $0.instance?.round } == [0, 3, 6, 9])
        #expect(cluster.run(for: 60_000) { $0.allHave([1]) })
        #expect(cluster.violations.isEmpty)
    }

    @Test func `M14: after an invalid proposal the next proposer succeeds`() throws {
        var stage = try Stage(of: 4, as: 3)
        let bad = try stage.block(1, by: 0)
        stage.chain.refused = [bad.hash]
        _ = try stage.submit(1)
        #expect(throws: Rejection.invalidBlock(BlockRefusal("refused"))) {
            try stage.receive(.proposal(stage.proposal(bad, by: 0)))
        }
        let wish = stage.roundChange(to: 1, by: 3)
        #expect(try stage.letRoundExpire().broadcasts == [.roundChange(wish)])
        let votes = stage.roundChanges(to: 1, by: [1, 2, 3]).map(\.vote)
        let good = try stage.block(1, by: 1)
        let proposal = stage.proposal(good, round: 1, by: 1, roundChanges: votes)
        #expect(try stage.receive(.proposal(proposal)).broadcasts(.prepare).count == 1)
    }

    @Test func `M15: prepared at one validator only, another block in the next round`() throws {
        let cluster = try Cluster(4)
        // In round 0 only validator 3 hears all prepares; then it is cut off for a while.
        cluster.travel = { message, from, to in
            switch message {
            case .consensus(.prepare(let prepare)) where prepare.round == 0: to == 3 ? 5 : nil
            case .consensus where from == 3: nil
            case .status: nil
            case .consensus(.commit): to == 3 ? nil : 5
            default: 5
            }
        }
        try cluster.submit(1)
        cluster.run(for: 900)
        #expect(cluster.nodes[3].instance?.state.prepared?.round == 0)
        cluster.travel = { message, from, to in
            if from == 3 || to == 3 { return nil }
            if case .consensus(.commit) = message { return nil }
            return 5
        }
        cluster.run(for: 2_500)
        let others = cluster.nodes[0..<3].compactMap { $0.instance?.state.prepared }
        let own = cluster.nodes[3].instance?.state.prepared
        #expect(others.count == 3)
        #expect(others.allSatisfy { $0.round > 0 && $0.block.hash != own?.block.hash })
        // With one of them gone, the two others and validator 3 need each other.
        cluster.crash(0)
        cluster.travel = { _, _, _ in 5 }
        #expect(cluster.run(for: 60_000) { $0.allHave([1], at: [1, 2, 3]) })
        cluster.start(0)
        #expect(cluster.run(for: 5_000) { $0.allHave([1]) })
        #expect(cluster.violations.isEmpty)
    }

    @Test func `M16: with the commits and without the block, the block is fetched`() throws {
        var stage = try Stage(of: 4, as: 3)
        let (block, other) = (try stage.block(1, by: 0), try stage.block(2, by: 0))
        let outputs = try stage.receive(
            (0...2).map { ConsensusMessage.commit(stage.commit(block, by: $0)) })
        let fetch = Output.fetchBlock(height: 1, hash: block.hash)
        #expect(outputs.contains(fetch))
        #expect(outputs.finals.isEmpty)
        stage.now = stage.now.advanced(byMilliseconds: 1_000)
        #expect(try stage.give(.timerExpired(.resend(height: 1))).contains(fetch))
        #expect(try stage.letRoundExpire().broadcasts(.roundChange).isEmpty)
        #expect(throws: Rejection.unwantedBlock) { try stage.give(.blockFetched(other)) }
        #expect(try stage.give(.blockFetched(block)).finals.map(\.block) == [block])
    }

    @Test func `M16: a validator that no proposal and no final block reaches keeps up`() throws {
        let cluster = try Cluster(4)
        cluster.travel = { message, _, to in
            switch message {
            case .consensus(.proposal), .final: to == 3 ? nil : 5
            default: 5
            }
        }
        try cluster.submit(1)
        #expect(cluster.run(for: 5_000) { $0.allHave([1]) })
    }

    @Test func `M17: who is no validator any more does not count`() throws {
        var stage = try Stage(of: 5, as: 3)
        let block = try stage.block(1, by: 0)
        let next = ToyChain.block(on: block, at: stage.now, proposer: stage.signers[1].address, [])
        // The fifth speaks about height 2 while it is a validator, then it is removed.
        _ = try stage.receive([
            .commit(stage.commit(next, by: 4)), .commit(stage.commit(next, by: 0)),
            .commit(stage.commit(next, by: 1)),
        ])
        let seals = (0...3).map { stage.commit(block, by: $0).seal }
        let final = FinalBlock(block: block, certificate: Certificate(round: 0, seals: seals))
        _ = try stage.give(.newBlock(final))
        stage.chain.apply(final)
        let remaining = ValidatorSet(stage.signers.prefix(4).map(\.address))
        let context = HeightContext(
            after: block, decidedBy: stage.chain.validators, validators: remaining)
        let outputs = try stage.give(.advanced(context))
        #expect(
            outputs.contains(
                .ignored(
                    .notAValidator(stage.signers[4].address), from: stage.signers[4].address)))
        #expect(!outputs.contains(.fetchBlock(height: 2, hash: next.hash)))
        #expect(throws: Rejection.notAValidator(stage.signers[4].address)) {
            try stage.receive(.commit(stage.commit(next, round: 1, by: 4)))
        }
        let third = try stage.receive(.commit(stage.commit(next, by: 2)))
        #expect(third.contains(.fetchBlock(height: 2, hash: next.hash)))
    }

    @Test func `M18: a timer of a height that was imported meanwhile does nothing`() throws {
        var stage = try Stage(of: 4, as: 3)
        _ = try stage.submit(1)
        let timer = try #require(stage.node.state.roundTimer)
        let block = try stage.block(1, by: 0)
        let seals = (0...2).map { stage.commit(block, by: $0).seal }
        stage.chain.apply(
            FinalBlock(block: block, certificate: Certificate(round: 0, seals: seals)))
        _ = try stage.give(.advanced(stage.chain.context))
        for timer in [timer, .block(height: 1), .resend(height: 1)] {
            #expect(try stage.give(.timerExpired(timer)).isEmpty)
        }
        #expect(stage.node.isIdle && stage.node.round == 0)
        #expect(try stage.give(.advanced(stage.node.context)).isEmpty)
    }
}
