import Protocol
import Testing

@testable import Replica

@Suite struct `Gossip` {
    private let community: TestCommunity
    private var node: TestedReplica
    private let peers = Array(TestCommunity.households[0..<3])

    init() throws {
        community = try TestCommunity()
        node = TestedReplica(community)
        node.connect(peers, at: community.announcement(0))
    }

    @Test mutating func `a final block goes whole to who lacks it, and not to its source`() throws {
        var community = community
        let final = try community.grow([try TestCommunity.transaction(nonce: 0)])
        let effects = node.receive(.finalBlock(final), from: peers[0])
        #expect(effects.committed == [1])
        #expect(effects.sent(to: peers[0]).isEmpty)
        #expect(effects.sent(to: peers[1]) == [.finalBlock(final)])
        #expect(effects.sent(to: peers[2]) == [.finalBlock(final)])
    }

    @Test mutating func `a block is stored before anyone is told`() throws {
        var community = community
        let final = try community.grow()
        let effects = node.receive(.finalBlock(final), from: peers[0])
        guard case .commit = effects.first else {
            Issue.record("the commit comes first: \(effects.count) effects")
            return
        }
    }

    @Test mutating func `a peer with another source is only told of blocks, until it asks`() throws
    {
        var community = community
        let first = try community.grow()
        node.receive(.finalBlock(first), from: peers[0])
        // It had the block already, from elsewhere.
        node.receive(.head(community.announcement(1)), from: peers[1])
        let second = try community.grow()
        let effects = node.receive(.finalBlock(second), from: peers[0])
        #expect(effects.sent(to: peers[1]) == [.head(community.announcement(2))])
        #expect(effects.sent(to: peers[2]) == [.finalBlock(second)])
        let served = node.receive(.blocksRequest(from: 2, count: 1), from: peers[1])
        guard case .serveBlocks(peers[1], 2, 1)? = served.first else {
            Issue.record("the block is served")
            return
        }
        let third = try community.grow()
        let later = node.receive(.finalBlock(third), from: peers[0])
        #expect(later.sent(to: peers[1]) == [.finalBlock(third)])
    }

    @Test mutating func `a block that came twice is answered by the head`() throws {
        var community = community
        let final = try community.grow()
        node.receive(.finalBlock(final), from: peers[0])
        let effects = node.receive(.finalBlock(final), from: peers[1])
        #expect(effects.committed.isEmpty)
        #expect(effects.sent(to: peers[1]) == [.head(community.announcement(1))])
    }

    /// A validator takes part once it has heard the others, who may have told it in vain.
    @Test mutating func `in silence everyone is told the head again, from the first sweep on`()
        throws
    {
        for peer in peers { node.receive(.head(community.announcement(0)), from: peer) }
        for _ in 0..<2 {
            node.wait(5_000)
            let told = node.handle(.timer(.sweep)).sent.filter {
                $0.message == .head(community.announcement(0))
            }
            #expect(told.map(\.to) == peers)
        }
    }

    @Test mutating func `while blocks flow only those are told that have not said they know`()
        throws
    {
        var community = community
        let final = try community.grow()
        node.receive(.finalBlock(final), from: peers[0])
        node.receive(.head(community.announcement(1)), from: peers[1])
        node.wait(5_000)
        let told = node.handle(.timer(.sweep)).sent.filter {
            $0.message == .head(community.announcement(1))
        }
        #expect(told.map(\.to) == Array(peers[2...]))
    }

    @Test mutating func `what comes from a stranger is not heard`() throws {
        let transaction = try TestCommunity.transaction(nonce: 0)
        for message in [
            .transactions([transaction]), .transactionsAnnounced([transaction.hash]),
            .transactionsRequest(number: 1, hashes: [transaction.hash]),
            .transactionsAnswer(number: 1, transactions: [transaction]),
        ] as [ReplicaMessage] {
            #expect(node.receive(message, from: TestCommunity.households[4]).isEmpty)
        }
        #expect(node.replica.pool.count == 0)
    }
}
