import Protocol
import TestKit
import Testing

@testable import Consensus

@Suite struct `Surviving a crash` {
    @Test func `what was said goes out again, to the byte`() throws {
        var stage = try Stage(of: 4, as: 1)
        let block = try stage.block(1, by: 0)
        let before = try stage.receive(
            [.proposal(stage.proposal(block, by: 0))]
                + stage.prepares(block, by: [0, 2]).map(ConsensusMessage.prepare))
        let (restarted, outputs) = try stage.restarted()
        #expect(before.broadcasts.map(\.kind) == [.prepare, .commit])
        #expect(
            outputs.broadcasts.map(\.rlp.encoded) == before.broadcasts.map(\.rlp.encoded))
        #expect(restarted.node.state.prepared?.block == block)
    }

    @Test func `another proposal for a round that is prepared is refused, loudly`() throws {
        var stage = try Stage(of: 4, as: 1)
        let (first, second) = (try stage.block(1, by: 0), try stage.block(2, by: 0))
        _ = try stage.receive(.proposal(stage.proposal(first, by: 0)))
        stage = try stage.restarted().stage
        let outputs = try stage.receive(.proposal(stage.proposal(second, by: 0)))
        #expect(outputs.refusals == 1)
        #expect(outputs.broadcasts.isEmpty)
        let again = try stage.receive(.proposal(stage.proposal(first, by: 0)))
        #expect(again.broadcasts(.prepare) == [.prepare(stage.prepare(first, by: 1))])
    }

    /// Whatever the others say: three of them have prepared the second block.
    @Test func `no other block is prepared in a round than before the crash`() throws {
        var stage = try Stage(of: 4, as: 1)
        let (first, second) = (try stage.block(1, by: 0), try stage.block(2, by: 0))
        _ = try stage.receive(.proposal(stage.proposal(first, by: 0)))
        stage = try stage.restarted().stage
        let outputs = try stage.receive(
            [.proposal(stage.proposal(second, by: 0))]
                + stage.prepares(second, by: [0, 2, 3]).map(ConsensusMessage.prepare))
        #expect(outputs.refusals == 1)
        #expect(outputs.broadcasts.isEmpty)
        #expect(stage.node.state.prepared == nil)
    }

    /// Its prepare is lost, and its commit is not.
    @Test func `what was sealed in a round before the crash is the last word on it`() throws {
        var stage = try Stage(of: 4, as: 1)
        let (first, second) = (try stage.block(1, by: 0), try stage.block(2, by: 0))
        stage.records = [.vote(.commit(stage.commit(first, by: 1)))]
        stage = try stage.restarted().stage
        let outputs = try stage.receive(
            [.proposal(stage.proposal(second, by: 0))]
                + stage.prepares(second, by: [0, 2, 3]).map(ConsensusMessage.prepare))
        #expect(outputs.broadcasts(.commit).isEmpty)
        #expect(stage.node.state.prepared == nil)
        #expect(!stage.records.contains { if case .prepared = $0 { true } else { false } })
    }

    @Test func `a proposer proposes the same block again`() throws {
        var stage = try Stage(of: 4, as: 0)
        let before = try stage.submit(1)
        stage.now = stage.now.advanced(byMilliseconds: 50)
        stage.chain.submit(try ToyChain.transaction(2))
        let outputs = try stage.restarted().outputs
        #expect(outputs.broadcasts(.proposal).allSatisfy { before.broadcasts.contains($0) })
        #expect(!outputs.broadcasts(.proposal).isEmpty)
        #expect(outputs.refusals == 0)
    }

    @Test func `the round is not forgotten, and its clock waits for a quorum`() throws {
        var stage = try Stage(of: 4, as: 1)
        _ = try stage.submit(1)
        for _ in 0..<3 { _ = try stage.letRoundExpire() }
        var (restarted, outputs) = try stage.restarted()
        #expect(restarted.node.round == 3)
        #expect(restarted.node.roundDeadline == nil)
        outputs = try restarted.hearQuorum(inRound: 3)
        #expect(outputs.timers.contains { if case .round(1, 3, _) = $0 { true } else { false } })
    }

    @Test func `a crash between the prepared block and the commit`() throws {
        var stage = try Stage(of: 4, as: 1)
        let block = try stage.block(1, by: 0)
        let proposal = ConsensusMessage.proposal(stage.proposal(block, by: 0))
        let prepares = stage.prepares(block, by: [0, 2]).map(ConsensusMessage.prepare)
        _ = try stage.receive([proposal] + prepares)
        guard case .vote(.commit) = stage.records.removeLast() else {
            Issue.record("the commit is stored last")
            return
        }
        var (restarted, outputs) = try stage.restarted()
        #expect(outputs.broadcasts(.commit).isEmpty)
        outputs = try restarted.receive([proposal] + prepares)
        #expect(outputs.broadcasts(.commit) == [.commit(stage.commit(block, by: 1))])
    }

    @Test func `records of heights that are not final yet wait for them`() throws {
        var stage = try Stage(of: 4, as: 1)
        let block = try stage.block(1, by: 0)
        let later = ToyChain.block(
            on: block, at: stage.now, proposer: stage.signers[1].address, [])
        stage.records = [.vote(.prepare(stage.prepare(later, round: 2, by: 1)))]
        var restarted = try stage.restarted().stage
        #expect(restarted.node.isIdle)
        let seals = (0...2).map { stage.commit(block, by: $0).seal }
        let final = FinalBlock(block: block, certificate: Certificate(round: 0, seals: seals))
        _ = try restarted.give(.newBlock(final))
        restarted.chain.apply(final)
        let outputs = try restarted.give(.advanced(restarted.chain.context))
        #expect(restarted.node.round == 2)
        #expect(outputs.broadcasts.count == 1)
    }

    @Test func `records keep their bytes, and broken ones are refused`() throws {
        let stage = try Stage(of: 4, as: 1)
        let block = try stage.block(1, by: 0)
        let proof = stage.prepared(block, round: 3, by: [0, 1, 2])
        let messages: [ConsensusMessage] = [
            .proposal(stage.proposal(block, by: 0)), .prepare(stage.prepare(block, by: 1)),
            .commit(stage.commit(block, by: 1)),
            .roundChange(stage.roundChange(to: 4, by: 1, proof)),
            .roundChange(stage.roundChange(to: 4, by: 1)),
        ]
        for record in messages.map(SafetyRecord.vote) + [.prepared(proof)] {
            let bytes = record.encoded
            #expect(try SafetyRecord(decoding: bytes, scheme: PlainScheme()) == record)
            for count in [0, 1, bytes.count / 2, bytes.count - 1] {
                #expect(throws: MalformedBytes.self) {
                    try SafetyRecord(decoding: Array(bytes.prefix(count)), scheme: PlainScheme())
                }
            }
        }
    }

    @Test func `M20: no bytes of a record or of evidence end the process`() throws {
        let stage = try Stage(of: 4, as: 1)
        let block = try stage.block(1, by: 0)
        let proof = stage.prepared(block, round: 3, by: [0, 1, 2])
        let change = stage.roundChange(to: 4, by: 1, proof)
        let statement = Statement(.roundChange(change))
        let examples = [
            SafetyRecord.vote(.roundChange(change)).encoded, SafetyRecord.prepared(proof).encoded,
            Evidence(first: statement, second: statement).rlp.encoded,
        ]
        var generator = SeededGenerator(seed: 20)
        for _ in 0..<5_000 {
            let bytes = generator.damaged(examples[Int(generator.pick(0...2))])
            if let record = try? SafetyRecord(decoding: bytes, scheme: PlainScheme()) {
                #expect(record.encoded == bytes)
            }
            if let evidence = try? Evidence(rlp: RLP(decoding: bytes)) {
                #expect(evidence.rlp.encoded == bytes)
                _ = evidence.offender(in: stage.domain, scheme: PlainScheme())
            }
        }
    }

    @Test func `evidence keeps its bytes and proves itself`() throws {
        let stage = try Stage(of: 4, as: 1)
        let (block, other) = (try stage.block(1, by: 0), try stage.block(2, by: 0))
        let first = Statement(.commit(stage.commit(block, by: 2)))
        for (second, proves) in [
            (Statement(.commit(stage.commit(other, by: 2))), true),
            (Statement(.commit(stage.commit(other, by: 3))), false),
            (Statement(.commit(stage.commit(block, by: 2))), false),
            (Statement(.commit(stage.commit(other, round: 1, by: 2))), false),
            (Statement(.prepare(stage.prepare(other, by: 2))), false),
            (Statement(.roundChange(stage.roundChange(to: 1, by: 2))), true),
        ] {
            let evidence = Evidence(first: first, second: second)
            #expect(try Evidence(rlp: evidence.rlp) == evidence)
            let offender = evidence.offender(in: stage.domain, scheme: PlainScheme())
            #expect(offender == (proves ? stage.signers[2].address : nil))
        }
    }

    @Test(arguments: [4, 6, 7], 1...8)
    func `a validator crashes after each thing it stores, and the others as well`(
        _ count: Int, _ persists: Int
    ) throws {
        for victims in [[0], [1], Array(0..<count)] {
            let cluster = try Cluster(count)
            for victim in victims { cluster.crash(victim, afterPersists: persists) }
            for number in UInt64(1)...3 {
                try cluster.submit(number)
                cluster.run(for: 150)
            }
            #expect(cluster.run(for: 30_000) { $0.allHave([1]) }, "victims \(victims)")
            #expect(cluster.violations.isEmpty, "victims \(victims)")
            #expect(cluster.evidence.isEmpty, "victims \(victims)")
        }
    }
}
