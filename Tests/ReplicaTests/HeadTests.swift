import Consensus
import Protocol
import TestKit
import Testing

@testable import Replica

@Suite struct `A head that a peer shows` {
    private var community: TestCommunity
    private let others = Array(TestCommunity.validators[1...])
    private let household = TestCommunity.households[0]

    init() throws {
        community = try TestCommunity()
    }

    /// A validator on a new network that takes part, linked to a household too.
    private func established() -> TestedReplica {
        var node = TestedReplica(community, validator: 0)
        node.connect(others + [household], at: community.announcement(0))
        return node
    }

    @Test func `without proof leads to one question and silences nobody`() {
        var node = established()
        let effects = node.receive(.head(TestCommunity.boast(1_000)), from: household)
        #expect(effects.asked == [household])
        #expect(node.replica.isParticipating)
        node.wait(3_000)
        let late = node.handle(.timer(.requestTimeout(1)))
        #expect(late.observations == [.requestTimedOut(household)])
        for minute in 1...10 as ClosedRange<UInt64> {
            node.wait(60_000)
            let again = node.receive(.head(TestCommunity.boast(1_000 + minute)), from: household)
            #expect((again + node.handle(.timer(.catchUp))).asked.isEmpty)
            #expect(node.replica.isParticipating)
        }
    }

    @Test func `without proof is no reason to stop for a validator's word either`() {
        var node = established()
        node.receive(.head(TestCommunity.boast(1_000)), from: others[0])
        #expect(node.replica.isParticipating)
        node.receive(.head(TestCommunity.boast(7)), from: others[1])
        #expect(!node.replica.isParticipating, "one of f + 1 validators is honest")
    }

    @Test mutating func `with a real certificate silences, whoever shows it`() throws {
        for _ in 0..<3 { try community.grow(sealers: [1, 2, 3]) }
        var node = TestedReplica(community, validator: 0)
        node.connect(others + [household], at: community.announcement(0))
        node.receive(.head(community.announcement(3)), from: household)
        #expect(!node.replica.isParticipating)
        node.receive(.blocks(community.finals), from: household)
        #expect(node.replica.isParticipating)
    }

    @Test(arguments: [[0, 1], [0, 0, 0], [0, 0, 1, 1], []])
    mutating func `with seals that are no quorum's proves nothing`(sealers: [Int]) throws {
        for _ in 0..<3 { try community.grow(sealers: [1, 2, 3]) }
        let block = community.finals[2].block
        let short = try TestCommunity().sealed(block, by: sealers)
        var node = TestedReplica(community, validator: 0)
        node.connect(others + [household], at: community.announcement(0))
        node.receive(
            .head(
                CertifiedHead(
                    head: ChainHead(height: 3, hash: block.hash), certificate: short.certificate)),
            from: household)
        #expect(node.replica.isParticipating)
    }

    @Test mutating func `with another block's certificate proves nothing`() throws {
        for _ in 0..<3 { try community.grow(sealers: [1, 2, 3]) }
        var node = TestedReplica(community, validator: 0)
        node.connect(others + [household], at: community.announcement(0))
        var moved = community.announcement(3)
        moved.head.height = 2
        node.receive(.head(moved), from: household)
        #expect(node.replica.isParticipating)
    }

    @Test mutating func `and proves makes the block final whose showing keeps it to himself`()
        throws
    {
        var node = established()
        let work = node.submit(try TestCommunity.transaction(nonce: 0))
        #expect(work == nil)
        let proposals = node.stored.records.compactMap { record -> Block? in
            guard case .vote(.proposal(let proposal)) = record else { return nil }
            return proposal.block
        }
        let block = try #require(proposals.first)
        let final = community.sealed(block, by: [1, 2, 3])
        let head = CertifiedHead(
            head: ChainHead(height: 1, hash: block.hash), certificate: final.certificate)
        #expect(node.receive(.head(head), from: others[2]).committed.isEmpty)
        node.wait(100)
        #expect(node.handle(.timer(.catchUp)).committed == [1])
    }

    @Test mutating func `and proves makes others be asked for the block`() throws {
        let final = try community.grow(
            [try TestCommunity.transaction(nonce: 0)], sealers: [1, 2, 3])
        var node = TestedReplica(try TestCommunity(), validator: 0)
        node.connect(others, at: try TestCommunity().announcement(0))
        node.receive(.head(community.announcement(1)), from: others[2])
        node.wait(100)
        let effects = node.handle(.timer(.catchUp))
        #expect(!node.replica.isParticipating)
        let wanted = ReplicaMessage.proposalRequest(height: 1, hash: final.block.hash)
        #expect(effects.sent.contains { $0.message == wanted && $0.to != others[2] })
        #expect(node.receive(.proposalBlock(final.block), from: others[0]).committed == [1])
        #expect(node.replica.isParticipating)
    }
}

@Suite struct `A restored validator` {
    private var community: TestCommunity
    private let others = Array(TestCommunity.validators[1...])

    init() throws {
        community = try TestCommunity()
        for _ in 0..<4 { try community.grow(sealers: [1, 2, 3]) }
    }

    /// Its directory as it was at the beginning, with a vote of its own.
    private func old() -> TestedReplica {
        TestedReplica(community, validator: 0)
    }

    /// What it said about `height` in its former life.
    private func vote(_ height: UInt64) -> ReplicaMessage {
        let digest = community.domain.prepareDigest(height: height, round: 0, block: .zero)
        return .consensus(
            .prepare(
                Prepare(
                    height: height, round: 0, digest: .zero,
                    signature: PlainKey(address: TestCommunity.validators[0]).sign(digest))))
    }

    @Test func `says nothing while one honest peer shows what others deny`() {
        var node = old()
        node.connect([TestCommunity.households[0]], at: community.announcement(4))
        node.connect([others[0], others[1]], at: community.announcement(0))
        #expect(!node.replica.isParticipating)
        node.wait(60_000)
        node.handle(.timer(.requestTimeout(1)))
        #expect(!node.replica.isParticipating, "that it is slow does not unprove it")
    }

    @Test func `that is emptied takes no grown network for a new one`() {
        var node = TestedReplica(community, validator: 0, hasNeverVoted: false)
        node.connect([TestCommunity.households[0]], at: community.announcement(4))
        node.connect([others[0], others[1]], at: community.announcement(0))
        #expect(node.replica.votingRight == .unknown)
    }

    @Test(arguments: [2, 5, 40] as [UInt64])
    func `learns from what it said itself, near or far`(height: UInt64) {
        var node = old()
        node.connect(others, at: community.announcement(0))
        #expect(node.replica.isParticipating)
        let effects = node.receive(vote(height), from: others[0])
        #expect(effects.observations.contains(.keyUsedElsewhere(height: height)))
        #expect(!node.replica.isParticipating)
        #expect(node.replica.votingRight == .recovering(until: 3))
    }

    @Test func `that is emptied and told so waits until it knows how far the chain is`() throws {
        var node = TestedReplica(community, validator: 0, hasNeverVoted: false)
        node.handle(.connected(others[0]))
        node.receive(vote(5), from: others[0])
        #expect(node.replica.votingRight == .unknown)
        node.connect(others, at: community.announcement(4))
        node.receive(.blocks(community.finals), from: others[0])
        #expect(node.replica.votingRight == .recovering(until: 7))
    }

    @Test func `that is behind earns its vote above the chain's height`() throws {
        var node = old()
        node.receive(.head(community.announcement(0)), from: others[0])
        node.handle(.connected(others[0]))
        node.receive(.finalBlock(community.finals[0]), from: others[0])
        node.receive(vote(5), from: others[0])
        #expect(node.replica.votingRight == .unknown)
        node.connect(others, at: community.announcement(4))
        node.receive(.blocks(Array(community.finals[1...])), from: others[0])
        #expect(node.replica.votingRight == .recovering(until: 7))
    }

    @Test func `is told by each validator what it said last`() throws {
        var peer = TestedReplica(try TestCommunity(), validator: 1)
        peer.connect(
            [others[1], others[2], TestCommunity.validators[0]], at: community.announcement(0))
        peer.receive(vote(1), from: TestCommunity.validators[0])
        peer.handle(.disconnected(TestCommunity.validators[0]))
        let greeting = peer.handle(.connected(TestCommunity.validators[0]))
        #expect(greeting.sent(to: TestCommunity.validators[0]).contains(vote(1)))
        peer.handle(.disconnected(TestCommunity.validators[0]))
        peer.receive(.finalBlock(community.finals[0]), from: others[1])
        let later = peer.handle(.connected(TestCommunity.validators[0]))
        #expect(later.sent(to: TestCommunity.validators[0]).contains(vote(1)))
    }
}

@Suite struct `A clock that is behind` {
    @Test func `is told of once a height`() throws {
        let community = try TestCommunity()
        var node = TestedReplica(community, validator: 0)
        node.now = Timestamp(milliseconds: TestCommunity.start.milliseconds - 3_600_000)
        _ = node.restart()
        node.connect(Array(TestCommunity.validators[1...]), at: community.announcement(0))
        var observations: [Observation] = []
        for nonce in 0..<5 as Range<UInt64> {
            observations +=
                node.handle(
                    .submitted(try TestCommunity.transaction(nonce: nonce), RequestID(nonce))
                ).observations
            node.wait(100)
            observations += node.handle(.timer(.consensus(.block(height: 1)))).observations
        }
        let refusals = observations.filter {
            if case .ownProposalRefused = $0 { true } else { false }
        }
        #expect(refusals.count == 1)
    }
}
