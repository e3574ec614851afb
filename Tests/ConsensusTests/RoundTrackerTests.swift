import Protocol
import TestKit
import Testing

@testable import Consensus

@Suite struct `Rounds that need others` {
    private let validators = ValidatorSet(PlainKey.numbered(4).map(\.address))
    private let start = ToyChain.start

    private func time(_ seconds: UInt64) -> Timestamp {
        start.advanced(byMilliseconds: seconds * 1_000)
    }

    @Test func `the clock of a later round starts once a quorum is in it`() throws {
        var stage = try Stage(of: 4, as: 1)
        _ = try stage.submit(1)
        _ = try stage.letRoundExpire()
        #expect(stage.node.round == 1)
        #expect(stage.node.roundDeadline == nil)
        stage.now = stage.now.advanced(byMilliseconds: 600_000)
        _ = try stage.receive(.roundChange(stage.roundChange(to: 1, by: 2)))
        let late = ConsensusStatus(height: 1, round: 0, hasProposal: true)
        _ = try stage.give(.statusReceived(late, from: stage.signers[0].address))
        #expect(stage.node.roundDeadline == nil, "one of the three is a round behind")
        // Validator 2 is heard no more; where it is linked to nobody here, that means nothing.
        stage.now = stage.now.advanced(byMilliseconds: 600_000)
        _ = try stage.receive(.roundChange(stage.roundChange(to: 1, by: 0)))
        #expect(stage.node.roundDeadline == stage.now.advanced(byMilliseconds: 2_000))
    }

    @Test func `a round is hopeless without one that is further, where it is needed`() {
        var roundTracker = RoundTracker()
        let others = Array(validators.members.dropFirst())
        func see(_ index: Int, _ round: UInt32, at second: UInt64) {
            roundTracker.note(others[index], height: 1, round: round, at: time(second))
        }
        func isHopeless(_ round: UInt32, at second: UInt64) -> Bool {
            roundTracker.isHopeless(round, of: 1, among: validators, at: time(second))
        }
        see(0, 3, at: 0)
        #expect(!isHopeless(3, at: 0), "alone in its round, but nobody is further")
        see(1, 5, at: 0)
        #expect(isHopeless(3, at: 0))
        #expect(!isHopeless(5, at: 0))
        see(2, 0, at: 1)
        #expect(!isHopeless(3, at: 1), "three of four are left")
        see(1, 5, at: 3)
        see(0, 3, at: 3)
        #expect(!isHopeless(3, at: 3))
        see(1, 5, at: 6)
        see(0, 3, at: 6)
        #expect(isHopeless(3, at: 6), "the third has fallen silent")
    }

    @Test func `M22: who is one round ahead finds to the others, beside one that is merely seen`()
        throws
    {
        let cluster = try Cluster(4)
        cluster.crash(3)
        // All are heard all the time, 3 in the lowest round of the others.
        func see() {
            let rounds = cluster.nodes.map { $0.instance?.round }
            let lowest = rounds.compactMap(\.self).min() ?? 0
            for from in (0...3).reversed() {
                let status = ConsensusStatus(
                    height: 1, round: rounds[from] ?? lowest, hasProposal: true)
                for to in 0...2 where to != from {
                    cluster.send(.status(status), from: from, to: to)
                }
            }
        }
        // Validator 0 is a little more than a round ahead, which the others learn last.
        cluster.travel = { _, from, _ in from == 0 ? nil : 5 }
        for (index, round) in [(0, 3), (1, 2), (2, 2)] as [(Int, UInt32)] {
            cluster.place(index, inRound: round)
            see()
            cluster.run(for: 30)
        }
        cluster.travel = { _, _, _ in 5 }
        try cluster.submit(1, to: [0, 1, 2])
        for _ in 0..<20 {
            see()
            if cluster.run(for: 500, until: { $0.allHave([1], at: [0, 1, 2]) }) { return }
        }
        Issue.record("no block in 10 s: rounds \(cluster.nodes.map { $0.instance?.round })")
    }

    @Test func `two that never reach each other hear of each other from the one between them`()
        throws
    {
        let cluster = try Cluster(4)
        cluster.crash(3)
        cluster.travel = { _, from, to in Set([from, to]) == [0, 1] ? nil : 5 }
        for (index, round) in [(0, 1), (1, 1), (2, 2)] as [(Int, UInt32)] {
            cluster.place(index, inRound: round)
        }
        try cluster.submit(1, to: [0, 1, 2])
        cluster.run(for: 10_000)
        // Votes are passed on by the replica, which is not here; so rounds go by.
        #expect(cluster.nodes[0..<3].allSatisfy { $0.instance?.round ?? 0 > 2 })
    }

    @Test(arguments: [30_000, 300_000] as [UInt64])
    func `a block comes within seconds, however long it lasted`(split: UInt64) throws {
        let cluster = try Cluster(4)
        cluster.travel = { _, _, _ in nil }
        try cluster.submit(1)
        cluster.run(for: split)
        cluster.travel = { _, _, _ in 5 }
        #expect(cluster.run(for: 8_000) { $0.allHave([1]) })
        #expect(cluster.violations.isEmpty)
    }
}
