import Consensus
import Protocol
import TestKit
import Testing

@testable import Replica

@Suite struct `Rebroadcast` {
    private let community: TestCommunity
    private var node: TestedReplica
    private let others = Array(TestCommunity.validators[1...])

    init() throws {
        community = try TestCommunity()
        node = TestedReplica(community, validator: 0)
        node.connect(others + [TestCommunity.households[0]], at: community.announcement(0))
    }

    private func prepare(by author: Int) -> ConsensusMessage {
        let digest = community.domain.prepareDigest(height: 1, round: 0, block: .zero)
        let signature = PlainKey(address: TestCommunity.validators[author]).sign(digest)
        return .prepare(Prepare(height: 1, round: 0, digest: .zero, signature: signature))
    }

    @Test mutating func `a message of an open height is rebroadcast once, to who may lack it`()
        throws
    {
        let message = prepare(by: 1)
        let effects = node.receive(.consensus(message), from: others[0])
        #expect(effects.sent.allSatisfy { $0.message != .consensus(message) })
        let due = try #require(effects.timers.first { $0.timer == .rebroadcast })
        node.now = due.at
        let rebroadcast = node.handle(.timer(.rebroadcast))
        #expect(rebroadcast.sent.map(\.to) == [others[1], others[2]])
        #expect(rebroadcast.consensusMessages == [message])
        node.receive(.consensus(message), from: others[1])
        node.wait(10_000)
        #expect(node.handle(.timer(.rebroadcast)).consensusMessages.isEmpty)
    }

    @Test mutating func `a message of a final height is not`() throws {
        var community = community
        let effects = node.receive(.consensus(prepare(by: 1)), from: others[0])
        let due = try #require(effects.timers.first { $0.timer == .rebroadcast })
        node.receive(.finalBlock(try community.grow()), from: others[1])
        node.now = due.at
        #expect(node.handle(.timer(.rebroadcast)).consensusMessages.isEmpty)
    }

    @Test mutating func `households have no say and are told nothing of it`() throws {
        let household = TestCommunity.households[0]
        let effects = node.receive(.consensus(prepare(by: 1)), from: household)
        #expect(effects.isEmpty)
        let work = node.handle(.submitted(try TestCommunity.transaction(nonce: 0), RequestID(1)))
        #expect(work.sent(to: household).allSatisfy { $0.priority != .consensus })
    }
}
