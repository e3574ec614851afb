import Consensus
import Ledger
import Protocol
import Replica
import Testing

@testable import Simulation

/// Each checker is fed a history that is wrong in what it watches.
@Suite struct `A checker finds` {
    private let chain: FirstBlock
    private var checker: SafetyChecker
    private let nodes: [Address]

    init() throws {
        chain = try FirstBlock()
        checker = SafetyChecker(community: chain.community)
        nodes = chain.validators.map(\.address)
    }

    /// The failure that `history` leads to.
    private func failure(_ history: (inout SafetyChecker) throws -> Void) rethrows -> String {
        var checker = checker
        try history(&checker)
        return checker.failure ?? "none"
    }

    private func prepare(_ digest: Hash32, by author: Int = 0) -> ConsensusMessage {
        let signed = chain.community.domain.prepareDigest(height: 1, round: 0, block: digest)
        return .prepare(
            Prepare(
                height: 1, round: 0, digest: digest,
                signature: chain.validators[author].sign(signed)))
    }

    private func other(_ number: UInt8) -> Hash32 {
        Hash32(bytes: Bytes(repeating: number, count: 32)) ?? .zero
    }

    @Test func `nothing in a good history`() throws {
        let committed = try chain.committed()
        let found = failure { checker in
            checker.started(nodes[0], at: 0, head: .zero)
            checker.stored(.vote(prepare(.zero)), by: nodes[0])
            checker.said(.consensus(prepare(.zero)), by: chain.validators[0])
            checker.stored(.vote(prepare(.zero)), by: nodes[0])
            for node in nodes { checker.committed(committed, by: node) }
            checker.started(nodes[0], at: 1, head: chain.final.block.hash)
        }
        #expect(found == "none")
    }

    @Test func `two things said in one round, across restarts`() {
        let found = failure { checker in
            checker.stored(.vote(prepare(.zero)), by: nodes[0])
            checker.started(nodes[0], at: 0, head: .zero)
            checker.stored(.vote(prepare(other(1))), by: nodes[0])
        }
        #expect(found.contains("says two things"))
    }

    @Test func `something said that is not stored`() {
        let found = failure { $0.said(.consensus(prepare(.zero)), by: chain.validators[0]) }
        #expect(found.contains("has not stored"))
        let rebroadcast = failure { $0.said(.consensus(prepare(.zero)), by: chain.validators[1]) }
        #expect(rebroadcast == "none")
    }

    @Test func `two blocks of one height`() throws {
        let (one, two) = (try chain.committed(), try chain.rival())
        let found = failure { checker in
            checker.committed(one, by: nodes[0])
            checker.committed(two, by: nodes[1])
        }
        #expect(found.contains("two blocks at height 1"))
    }

    @Test func `a block without a quorum's certificate`() throws {
        for seals in [[0, 1], [0, 0, 0], []] {
            let committed = try chain.committed(sealedBy: seals)
            let found = failure { $0.committed(committed, by: nodes[0]) }
            #expect(found.contains("no valid certificate"))
        }
    }

    @Test func `a state that is not the header's, and one unlike the others'`() throws {
        let (good, bad) = (
            try chain.committed(), try chain.committed(state: chain.community.chain.state)
        )
        let first = failure { $0.committed(bad, by: nodes[0]) }
        #expect(first.contains("not what its header says"))
        let second = failure { checker in
            checker.committed(good, by: nodes[0])
            checker.committed(bad, by: nodes[1])
        }
        #expect(second.contains("two states"))
    }

    @Test func `other transactions under a final header`() throws {
        let (good, altered) = (try chain.committed(), try chain.committed(transactions: []))
        let found = failure { checker in
            checker.committed(good, by: nodes[0])
            checker.committed(altered, by: nodes[1])
        }
        #expect(found.contains("other transactions"))
        let first = failure { $0.committed(altered, by: nodes[0]) }
        #expect(first.contains("other transactions"))
    }

    @Test func `final blocks that are gone after a restart, or that others never decided`() throws {
        let committed = try chain.committed()
        let lost = failure { checker in
            checker.committed(committed, by: nodes[0])
            checker.started(nodes[0], at: 0, head: .zero)
        }
        #expect(lost.contains("had 1 final blocks and starts with 0"))
        let replaced = failure { checker in
            checker.committed(committed, by: nodes[0])
            checker.replaced(nodes[0], at: 0)
            checker.started(nodes[0], at: 0, head: .zero)
            checker.committed(committed, by: nodes[0])
        }
        #expect(replaced == "none", "whose disk was emptied gets them again")
        let another = failure { checker in
            checker.committed(committed, by: nodes[0])
            checker.started(nodes[0], at: 1, head: other(3))
        }
        #expect(another.contains("another block"))
    }

    @Test func `a height left out or stored twice`() throws {
        let committed = try chain.committed()
        let twice = failure { checker in
            checker.committed(committed, by: nodes[0])
            checker.committed(committed, by: nodes[0])
        }
        #expect(twice.contains("after height 1"))
    }

    @Test func `a node that lacks final blocks at the end`() throws {
        let committed = try chain.committed()
        var whole = SimulatedStore(genesis: chain.community.chain)
        let empty = whole
        whole.commit(committed)
        let kept = failure { checker in
            checker.committed(committed, by: nodes[0])
            checker.audit(whole, of: nodes[0])
        }
        #expect(kept == "none")
        let lost = failure { checker in
            checker.committed(committed, by: nodes[0])
            checker.audit(empty, of: nodes[1])
        }
        #expect(lost.contains("holds 0 of 1 final blocks"))
        var rival = empty
        rival.commit(try chain.rival())
        let other = failure { checker in
            checker.committed(committed, by: nodes[0])
            checker.audit(rival, of: nodes[1])
        }
        #expect(other.contains("another block"))
    }

    @Test func `a second signature refused, but not where a proposer may have forgotten the first`()
    {
        let refusal = Observation.refusedToSignTwice(kind: .prepare, height: 8, round: 0)
        #expect(failure { $0.observed(refusal, by: nodes[1]) }.contains("refusedToSignTwice"))
        let forgetful = failure { checker in
            checker.excuse(nodes[0], mustBeSilent: false)
            checker.observed(refusal, by: nodes[1])
        }
        #expect(forgetful == "none")
        let recovered = failure { checker in
            checker.excuse(nodes[0], mustBeSilent: false)
            checker.endExcuse(of: nodes[0], at: 7)
            checker.observed(refusal, by: nodes[1])
        }
        #expect(recovered.contains("refusedToSignTwice"))
    }

    @Test func `evidence against the innocent, and none against the guilty or forgetful`() {
        let evidence = Evidence(
            first: Statement(prepare(.zero)), second: Statement(prepare(other(1))))
        let accused = failure { $0.observed(.evidence(evidence), by: nodes[1]) }
        #expect(accused.contains("accuses the innocent"))
        let guilty = failure { checker in
            checker.condemn(nodes[0])
            checker.observed(.evidence(evidence), by: nodes[1])
        }
        #expect(guilty == "none")
        let forgetful = failure { checker in
            checker.excuse(nodes[0], mustBeSilent: false)
            checker.observed(.evidence(evidence), by: nodes[1])
        }
        #expect(forgetful == "none")
        let earned = failure { checker in
            checker.excuse(nodes[0], mustBeSilent: false)
            checker.endExcuse(of: nodes[0], at: 0)
            checker.observed(.evidence(evidence), by: nodes[1])
        }
        #expect(earned.contains("accuses the innocent"))
    }

    @Test func `a block whose time has not come`() throws {
        let committed = try chain.committed()
        let time = committed.final.block.header.timestamp.milliseconds
        func found(at now: UInt64, mayClocksLie: Bool = false) -> String {
            failure { checker in
                checker.mayClocksLie = mayClocksLie
                checker.time = now
                checker.committed(committed, by: nodes[0])
            }
        }
        #expect(found(at: time - Limits.futureMilliseconds) == "none")
        let early = time - Limits.futureMilliseconds - 1
        #expect(found(at: early).contains("has not come"))
        #expect(found(at: early, mayClocksLie: true) == "none")
    }

    @Test func `a block that was dated back`() throws {
        let committed = try chain.committed()
        let block = committed.final.block
        let proposal = Proposal(
            round: 0, block: block, signature: chain.validators[0].sign(.zero))
        func found(proposedAt times: UInt64..., mayClocksLie: Bool = false) -> String {
            failure { checker in
                checker.mayClocksLie = mayClocksLie
                for time in times { checker.sent(.consensus(.proposal(proposal)), at: time) }
                checker.committed(committed, by: nodes[0])
            }
        }
        let latest = block.header.timestamp.milliseconds + Limits.pastMilliseconds
        #expect(found(proposedAt: latest) == "none")
        #expect(found(proposedAt: latest + 1).contains("dated back"))
        #expect(found(proposedAt: latest + 1, mayClocksLie: true) == "none")
        #expect(found(proposedAt: latest, latest + 60_000) == "none", "it was said again")
    }

    @Test func `who knows that it has forgotten and speaks all the same`() {
        let vote = SafetyRecord.vote(prepare(.zero))
        let knowing = failure { checker in
            checker.excuse(nodes[0], mustBeSilent: true)
            checker.stored(vote, by: nodes[0])
        }
        #expect(knowing.contains("knows that it has forgotten"))
        let another = failure { checker in
            checker.excuse(nodes[0], mustBeSilent: true)
            checker.stored(.vote(prepare(.zero, by: 1)), by: nodes[1])
        }
        #expect(another == "none")
        let unspoken = failure { checker in
            checker.excuse(nodes[0], mustBeSilent: true)
            checker.hasLostNothing(nodes[0])
            checker.began(nodes[0], with: .established)
        }
        #expect(unspoken == "none")
        for right in [VotingRight.unknown, .recovering(until: 2), .established] {
            let begun = failure { checker in
                checker.excuse(nodes[0], mustBeSilent: true)
                checker.began(nodes[1], with: right)
                checker.began(nodes[0], with: right)
            }
            #expect(begun.contains("begins with its vote") == (right == .established))
        }
        let unknowing = failure { checker in
            checker.excuse(nodes[0], mustBeSilent: true)
            checker.excuse(nodes[0], mustBeSilent: false)
            checker.stored(vote, by: nodes[0])
        }
        #expect(unknowing == "none")
        let earned = failure { checker in
            checker.excuse(nodes[0], mustBeSilent: true)
            checker.endExcuse(of: nodes[0], at: 0)
            checker.stored(vote, by: nodes[0])
        }
        #expect(earned == "none")
    }

    @Test(
        arguments: [
            .diverged(ChainHead(height: 1, hash: .zero), reason: "roots"),
            .conflictingCertificates(height: 1, ours: .zero, theirs: .zero),
            .refusedToSignTwice(kind: .prepare, height: 1, round: 0),
            .ownProposalRefused(.badCertificate), .keyUsedElsewhere(height: 1),
        ] as [Observation])
    func `what must never be observed`(observation: Observation) {
        let found = failure { $0.observed(observation, by: nodes[0]) }
        #expect(found != "none")
    }

    @Test func `blame for the honest`() {
        let blame = Observation.misbehaviour(nodes[1], reason: "nothing")
        let unfair = failure { $0.observed(blame, by: nodes[0]) }
        #expect(unfair.contains("blames an honest node"))
        let deserved = failure { checker in
            checker.condemn(nodes[1])
            checker.observed(blame, by: nodes[0])
        }
        #expect(deserved == "none")
    }
}
