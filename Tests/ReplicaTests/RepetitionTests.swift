import Consensus
import Protocol
import TestKit
import Testing

@testable import Replica

/// What a replica remembers from one event to the next is tried more than once.
@Suite struct `Again and again` {
    private var community: TestCommunity
    private let peer = TestCommunity.households[0]
    private let others = Array(TestCommunity.validators[1...])

    init() throws {
        community = try TestCommunity()
        for _ in 0..<5 { try community.grow(sealers: [1, 2, 3]) }
    }

    private func moment(of timer: ReplicaTimer, in effects: [Effect]) throws -> Timestamp {
        try #require(effects.timers.first { $0.timer == timer }).at
    }

    @Test func `who fails is asked ever more seldom, also over a new link, until it gives blocks`()
        throws
    {
        var node = TestedReplica(community)
        var effects = node.connect([peer], at: community.announcement(5))
        var (timeouts, pauses): ([UInt64], [UInt64]) = ([], [])
        for question in 1...7 as ClosedRange<UInt64> {
            #expect(effects.asked == [peer])
            let due = try moment(of: .requestTimeout(question), in: effects)
            timeouts.append(due.millisecondsSince(node.now))
            node.now = due
            let failed = node.handle(.timer(.requestTimeout(question)))
            #expect(failed.observations == [.requestTimedOut(peer)])
            let retry = try moment(of: .catchUp, in: failed)
            pauses.append(retry.millisecondsSince(node.now))
            node.handle(.disconnected(peer))
            #expect(node.connect([peer], at: community.announcement(5)).asked.isEmpty)
            node.now = retry
            effects = node.handle(.timer(.catchUp))
        }
        #expect(timeouts == [3_000, 6_000, 12_000, 12_000, 12_000, 12_000, 12_000])
        #expect(pauses == [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 32_000])
        let trusted = node.receive(.blocks(Array(community.finals[..<2])), from: peer)
        #expect(trusted.asked == [peer])
        let due = try moment(of: .requestTimeout(9), in: trusted)
        #expect(due.millisecondsSince(node.now) == 3_000)
    }

    @Test func `the timer to ask is set once for a moment`() throws {
        var node = TestedReplica(community)
        let first = node.connect([peer], at: community.announcement(1))
        let due = try moment(of: .catchUp, in: first)
        let second = node.connect([TestCommunity.households[1]], at: community.announcement(1))
        #expect(!second.timers.contains { $0.timer == .catchUp })
        node.now = due
        #expect(node.handle(.timer(.catchUp)).asked.count == 1)
        #expect(node.handle(.timer(.catchUp)).asked.isEmpty, "a question is under way")
    }

    @Test func `who is ahead anew has the time anew to hand the block over`() throws {
        var node = TestedReplica(community)
        let other = TestCommunity.households[1]
        node.connect([peer, other], at: community.announcement(1))
        #expect(node.receive(.finalBlock(community.finals[0]), from: other).committed == [1])
        node.wait(1_000)
        let again = node.receive(.head(community.announcement(2)), from: peer)
        #expect(again.asked.isEmpty)
        #expect(try moment(of: .catchUp, in: again).millisecondsSince(node.now) == 100)
    }

    @Test func `a head that is another block than ours is blamed, each time, and not believed`()
        throws
    {
        var node = TestedReplica(try TestCommunity())
        node.connect([peer], at: try TestCommunity().announcement(0))
        let other = CertifiedHead(
            head: ChainHead(height: 0, hash: community.finals[0].block.hash),
            certificate: Certificate(round: 0, seals: []))
        for _ in 0..<2 {
            #expect(node.receive(.head(other), from: peer).blamed == [peer])
            #expect(node.replica.peerHeads.first?.head?.hash == community.first.genesisHash)
        }
    }

    @Test func `each height's seals are handed over, once`() throws {
        var node = TestedReplica(community, validator: 0)
        node.connect(others, at: try TestCommunity().announcement(0))
        for height in 1...3 {
            let final = community.finals[height - 1]
            let wanted = ReplicaMessage.proposalRequest(
                height: UInt64(height), hash: final.block.hash)
            func questions(_ effects: [Effect]) -> Int {
                effects.sent.count { $0.message == wanted }
            }
            node.receive(.head(community.announcement(height)), from: others[2])
            node.wait(100)
            #expect(questions(node.handle(.timer(.catchUp))) == 2)
            node.receive(.head(community.announcement(height)), from: others[1])
            #expect(questions(node.handle(.timer(.catchUp))) == 0)
            let taken = node.receive(.proposalBlock(final.block), from: others[0])
            #expect(taken.committed == [UInt64(height)])
        }
    }

    @Test func `a key that is at work elsewhere loses its vote each time`() throws {
        var node = TestedReplica(try TestCommunity(), validator: 0)
        node.connect(others, at: try TestCommunity().announcement(0))
        func foreign(_ height: UInt64, round: UInt32) -> ReplicaMessage {
            let digest = community.domain.prepareDigest(height: height, round: round, block: .zero)
            return .consensus(
                .prepare(
                    Prepare(
                        height: height, round: round, digest: .zero,
                        signature: PlainKey(address: TestCommunity.validators[0]).sign(digest))))
        }
        node.receive(foreign(1, round: 0), from: others[0])
        #expect(node.stored.votingRight == .recovering(until: 3))
        let again = node.receive(foreign(3, round: 0), from: others[0])
        #expect(again.observations.contains(.keyUsedElsewhere(height: 3)))
        #expect(
            node.stored.votingRight == .recovering(until: 3),
            "what was said about a height far above the chain's is not to be believed")
        for final in community.finals[..<3] { node.receive(.finalBlock(final), from: others[0]) }
        #expect(node.stored.votingRight == .established)
        node.receive(foreign(4, round: 0), from: others[0])
        #expect(node.stored.votingRight == .recovering(until: 6))
    }

    @Test func `each message is rebroadcast when its own time has come`() throws {
        var node = TestedReplica(try TestCommunity(), validator: 0)
        node.connect(others, at: try TestCommunity().announcement(0))
        func prepare(by author: Int) -> ConsensusMessage {
            let digest = community.domain.prepareDigest(height: 1, round: 0, block: .zero)
            let signature = PlainKey(address: TestCommunity.validators[author]).sign(digest)
            return .prepare(Prepare(height: 1, round: 0, digest: .zero, signature: signature))
        }
        let first = node.receive(.consensus(prepare(by: 1)), from: others[0])
        let due = try moment(of: .rebroadcast, in: first)
        node.wait(10)
        let second = node.receive(.consensus(prepare(by: 2)), from: others[1])
        #expect(!second.timers.contains { $0.timer == .rebroadcast }, "one timer runs")
        node.now = due
        let early = node.handle(.timer(.rebroadcast))
        #expect(early.consensusMessages == [prepare(by: 1)])
        let next = try moment(of: .rebroadcast, in: early)
        #expect(next == due.advanced(byMilliseconds: 10))
        node.now = next
        let late = node.handle(.timer(.rebroadcast))
        #expect(late.consensusMessages == [prepare(by: 2)])
        #expect(!late.timers.contains { $0.timer == .rebroadcast })
        let third = node.receive(.consensus(prepare(by: 3)), from: others[2])
        _ = try moment(of: .rebroadcast, in: third)
    }

    @Test func `batches of transactions keep their distance, one after the other`() throws {
        var node = TestedReplica(try TestCommunity())
        node.connect([peer], at: try TestCommunity().announcement(0))
        var nonce: UInt64 = 0
        func submit() throws -> [Effect] {
            defer { nonce += 1 }
            return node.handle(
                .submitted(try TestCommunity.transaction(nonce: nonce), RequestID(nonce)))
        }
        #expect(try submit().transactionsSent.count == 1, "at once after a pause")
        for _ in 0..<3 {
            let waiting = try submit()
            #expect(waiting.transactionsSent.isEmpty)
            let due = try moment(of: .gossip, in: waiting)
            #expect(try !submit().timers.contains { $0.timer == .gossip }, "one timer runs")
            node.now = due
            #expect(node.handle(.timer(.gossip)).transactionsSent.map(\.hashes.count) == [2])
        }
    }

    @Test func `a peer's questions are counted from link to link, and let through again in time`()
        throws
    {
        var node = TestedReplica(try TestCommunity(), validator: 0)
        node.connect(others, at: try TestCommunity().announcement(0))
        for final in community.finals { node.receive(.finalBlock(final), from: others[0]) }
        func served() -> Int {
            (0..<100).count { _ in
                let effects = node.receive(
                    .proposalRequest(height: 1, hash: .zero), from: others[1])
                return effects.contains { if case .serveBlocks = $0 { true } else { false } }
            }
        }
        #expect(served() == 40)
        #expect(served() == 0)
        node.wait(1_000)
        #expect(served() == 20)
        let household = TestCommunity.households[0]
        node.connect([household], at: community.announcement(5))
        let refused = node.receive(.proposalRequest(height: 1, hash: .zero), from: household)
        #expect(refused.isEmpty, "only validators may ask for proposals")
    }
}
