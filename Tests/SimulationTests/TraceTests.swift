import Foundation
import Protocol
import Replica
import Testing

@testable import Simulation

/// What four validators do, as stories in `Tests/Traces` that a person can read. Whoever changes
/// what they do sees it there, line by line; with `BUSBAR_REWRITE_TRACES=1` the stories are written
/// anew.
@Suite struct `The traces` {
    private func expect(_ scene: Scene, is story: String) throws {
        let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("Traces/\(story).txt")
        let text = "# " + story + "\n" + scene.lines.joined(separator: "\n") + "\n"
        if ProcessInfo.processInfo.environment["BUSBAR_REWRITE_TRACES"] != nil {
            try text.write(to: path, atomically: true, encoding: .utf8)
        }
        let expected = try String(contentsOf: path, encoding: .utf8).split(
            separator: "\n", omittingEmptySubsequences: false)
        let found = text.split(separator: "\n", omittingEmptySubsequences: false)
        let pairs = zip(expected, found).enumerated()
        if let (index, (before, after)) = pairs.first(where: { $0.element.0 != $0.element.1 }) {
            Issue.record("line \(index + 1) of \(path.path) was\n\(before)\nand is\n\(after)")
        }
        #expect(expected.count == found.count)
    }

    private func scene(starting nodes: Range<Int> = 0..<4) throws -> Scene {
        let scene = try Scene()
        scene.tell("The validators start with new keys.")
        for node in nodes { try scene.start(node, hasNeverVoted: true) }
        return scene
    }

    @Test func `a transaction becomes final`() throws {
        let scene = try scene()
        scene.run(for: 200)
        scene.tell("A transaction comes to C.")
        try scene.submit(to: 2)
        scene.run(for: 5_000, untilAllAreAt: 1)
        try expect(scene, is: "a transaction becomes final")
    }

    @Test func `a prepared block outlives its round`() throws {
        let scene = try scene()
        scene.run(for: 200)
        scene.tell("Every commit of round 0 is lost.")
        scene.travel = { message, _, _ in
            if case .consensus(.commit(let commit)) = message, commit.round == 0 { return nil }
            return 5
        }
        try scene.submit(to: 0)
        scene.run(for: 30_000, untilAllAreAt: 1)
        try expect(scene, is: "a prepared block outlives its round")
    }

    @Test func `a proposer says two things`() throws {
        let scene = try scene(starting: 1..<4)
        scene.link(0)
        scene.run(for: 200)
        scene.tell("A, whose turn it is, proposes one block to B and another to C and D.")
        let replica = try #require(scene.replica(1))
        for (step, receivers) in [(100, [1]), (101, [2, 3])] as [(UInt64, [Int])] {
            let head = replica.head.block
            let block = replica.state.build(
                on: head, at: head.header.timestamp.advanced(byMilliseconds: step),
                proposer: scene.key(0).address,
                candidates: [try FirstBlock().mint(nonce: 0)]
            ).block
            let digest = replica.domain.proposalDigest(height: 1, round: 0, block: block.hash)
            let proposal = Proposal(
                round: 0, block: block, signature: scene.key(0).sign(digest), roundChanges: [],
                prepares: [])
            scene.inject(.proposal(proposal), from: 0, to: receivers)
        }
        scene.run(for: 30_000, untilAllAreAt: 1)
        try expect(scene, is: "a proposer says two things")
    }

    @Test func `an emptied validator waits for its vote`() throws {
        let scene = try scene()
        scene.run(for: 200)
        scene.tell("The first block becomes final.")
        try scene.submit(to: 0)
        scene.run(for: 5_000, untilAllAreAt: 1)
        scene.tell("D loses its disk and starts again: the mark of its key is gone.")
        scene.stop(3, isEmptied: true)
        try scene.start(3)
        scene.run(for: 1_000)
        for height in 2...4 as ClosedRange<UInt64> {
            scene.tell("Height \(height).")
            try scene.submit(to: 1)
            scene.run(for: 10_000, untilAllAreAt: height)
        }
        try expect(scene, is: "an emptied validator waits for its vote")
    }
}
