import Consensus
import Ledger
import Protocol
import TestKit
import Testing

@testable import Replica

/// Each forgery differs from what is taken in nothing but what is named, and comes on each way by
/// which a final block may come.
@Suite struct `A forged final block` {
    private let community: TestCommunity
    private let genuine: FinalBlock
    private let peer = TestCommunity.households[0]

    init() throws {
        community = try TestCommunity()
        var grown = community
        genuine = try grown.grow([try TestCommunity.transaction(nonce: 0)])
    }

    /// How a block may come.
    enum Way: CaseIterable, Sendable {
        case whole, answer

        func message(_ final: FinalBlock) -> ReplicaMessage {
            self == .whole ? .finalBlock(final) : .blocks([final])
        }
    }

    private func seal(
        _ hash: Hash32, height: UInt64 = 1, round: UInt32 = 0, by signer: Address
    ) -> Signature {
        PlainKey(address: signer).sign(
            community.domain.commitDigest(height: height, round: round, block: hash))
    }

    private var forgeries: [(name: String, final: FinalBlock)] {
        let (hash, validators) = (genuine.block.hash, TestCommunity.validators)
        let two = validators[..<2].map { seal(hash, by: $0) }
        let prepare = PlainKey(address: validators[2]).sign(
            community.domain.prepareDigest(height: 1, round: 0, block: hash))
        let twin = Signature(r: two[0].r, s: two[0].s, yParity: true)
        let seals: [(String, [Signature])] = [
            ("too few seals", []), ("one twice", [two[0]]),
            ("two signatures of one author", [twin]),
            ("a member's that is no validator", [seal(hash, by: peer)]),
            ("a seal of another round", [seal(hash, round: 1, by: validators[2])]),
            ("a seal of another height", [seal(hash, height: 2, by: validators[2])]),
            ("a seal of another block", [seal(.zero, by: validators[2])]),
            ("a prepare for a seal", [prepare]),
        ]
        var fork = genuine.block.header
        fork.parentHash = hash
        let moved = Block(header: fork, transactions: genuine.block.transactions)
        return seals.map { name, last in
            (
                name,
                FinalBlock(
                    block: genuine.block,
                    certificate: Certificate(round: 0, seals: two + last))
            )
        } + [("another parent", community.sealed(moved))]
    }

    @Test(arguments: Way.allCases)
    func `is not taken, and whoever sends it is blamed`(way: Way) {
        for (name, final) in forgeries {
            var node = TestedReplica(community)
            node.connect([peer], at: community.announcement(0))
            let effects = node.receive(way.message(final), from: peer)
            #expect(effects.committed.isEmpty, "\(name)")
            #expect(effects.blamed == [peer], "\(name)")
        }
        var node = TestedReplica(community)
        node.connect([peer], at: community.announcement(0))
        #expect(node.receive(way.message(genuine), from: peer).committed == [1])
    }

    @Test func `proves no head either`() {
        for (name, final) in forgeries where final.block.hash == genuine.block.hash {
            var node = TestedReplica(community, validator: 0)
            node.connect(
                Array(TestCommunity.validators[1...]) + [peer], at: community.announcement(0))
            let head = CertifiedHead(
                head: ChainHead(height: 1, hash: final.block.hash),
                certificate: final.certificate)
            node.receive(.head(head), from: peer)
            node.wait(100)
            node.handle(.timer(.catchUp))
            #expect(node.replica.isParticipating, "\(name)")
        }
    }
}

@Suite struct `A proposed block's time` {
    private let community: TestCommunity

    init() throws {
        community = try TestCommunity()
    }

    /// Whether validator 1 prepares a block of validator 0 whose time is `ahead` of its clock, or
    /// `behind` it.
    private func isPrepared(ahead: UInt64 = 0, behind: UInt64 = 0) throws -> Bool {
        var node = TestedReplica(community, validator: 1)
        let proposer = TestCommunity.validators[0]
        let others = TestCommunity.validators.filter { $0 != TestCommunity.validators[1] }
        node.connect(others, at: community.announcement(0))
        if behind > 0 { node.now = node.now.advanced(byMilliseconds: 3_600_000) }
        let block = community.state.build(
            on: Block(header: community.head, transactions: []),
            at: Timestamp(milliseconds: node.now.milliseconds + ahead - behind), proposer: proposer,
            candidates: [try TestCommunity.transaction(nonce: 0)]
        ).block
        let digest = community.domain.proposalDigest(height: 1, round: 0, block: block.hash)
        let proposal = Proposal(
            round: 0, block: block, signature: PlainKey(address: proposer).sign(digest),
            roundChanges: [], prepares: [])
        let effects = node.receive(.consensus(.proposal(proposal)), from: proposer)
        return effects.consensusMessages.contains { $0.kind == .prepare }
    }

    @Test func `may be five seconds ahead of the clock here and no more`() throws {
        #expect(try isPrepared(ahead: 0))
        #expect(try isPrepared(ahead: Limits.futureMilliseconds))
        #expect(try !isPrepared(ahead: Limits.futureMilliseconds + 1))
    }

    @Test func `may be five seconds behind the clock here and no more, the night idle as it was`()
        throws
    {
        #expect(try isPrepared(behind: Limits.pastMilliseconds))
        #expect(try !isPrepared(behind: Limits.pastMilliseconds + 1))
        #expect(try !isPrepared(behind: 3_600_000))
    }
}
