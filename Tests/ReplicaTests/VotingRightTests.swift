import Consensus
import Protocol
import TestKit
import Testing

@testable import Replica

@Suite struct `Who may vote` {
    private var community: TestCommunity
    private let others = Array(TestCommunity.validators[1...])

    init() throws {
        community = try TestCommunity()
    }

    /// A validator on a new network, as it goes on after its first talk with the others.
    private func established() -> TestedReplica {
        var node = TestedReplica(community, validator: 0)
        node.connect(others, at: community.announcement(0))
        return node
    }

    @Test(arguments: [true, false])
    func `M19: a new validator without peers stays silent`(hasNewKey: Bool) throws {
        var node = TestedReplica(community, validator: 0, hasNeverVoted: hasNewKey)
        let effects = node.handle(.submitted(try TestCommunity.transaction(nonce: 0), RequestID(1)))
        node.wait(60_000)
        let later = node.handle(.timer(.sweep))
        #expect((effects + later).consensusMessages.isEmpty)
        #expect(node.stored.records.isEmpty)
        #expect(!node.replica.isParticipating)
    }

    @Test func `with a new key it votes once it has heard enough others`() throws {
        var node = TestedReplica(community, validator: 0)
        node.connect([others[0]], at: community.announcement(0))
        #expect(!node.replica.isParticipating)
        let effects = node.connect([others[1]], at: community.announcement(0))
        #expect(effects.observations.contains(.participation(true)))
        let work = node.handle(.submitted(try TestCommunity.transaction(nonce: 0), RequestID(1)))
        #expect(work.consensusMessages.contains { $0.kind == .proposal })
    }

    @Test mutating func `late to its first start, or merely away, it votes on the next block`()
        throws
    {
        for _ in 0..<3 { try community.grow(sealers: [1, 2, 3]) }
        var node = TestedReplica(community, validator: 0)
        let asked = node.connect(others, at: community.announcement(3)).asked
        node.receive(.blocks(community.finals), from: asked[0])
        #expect(node.replica.votingRight == .established)
        #expect(node.replica.isParticipating)
    }

    @Test func `every vote is stored before it is sent`() throws {
        var node = established()
        let effects = node.handle(.submitted(try TestCommunity.transaction(nonce: 0), RequestID(1)))
        var stored: Set<ConsensusMessage> = []
        var said = 0
        for effect in effects {
            if case .persist(.vote(let message)) = effect { stored.insert(message) }
            if case .send(.consensus(let message), _) = effect {
                #expect(stored.contains(message))
                said += 1
            }
        }
        #expect(said > 0)
    }

    @Test func `a restart says the same again, nothing else`() throws {
        var node = established()
        let before = node.handle(.submitted(try TestCommunity.transaction(nonce: 0), RequestID(1)))
        _ = node.restart()
        let after = node.connect(others, at: community.announcement(0))
        let repeated = Set(after.consensusMessages)
        #expect(!repeated.isEmpty)
        #expect(repeated.isSubset(of: before.consensusMessages))
    }

    @Test func `emptied at height 0 it waits for two blocks`() throws {
        var node = TestedReplica(community, validator: 0, hasNeverVoted: false)
        node.connect(others, at: community.announcement(0))
        #expect(node.stored.votingRight == .recovering(until: 2))
        _ = node.submit(try TestCommunity.transaction(nonce: 0))
        #expect(node.stored.records.isEmpty)
        #expect(!node.replica.isParticipating)
    }

    @Test mutating func `an emptied validator waits for two more blocks`() throws {
        for _ in 0..<3 { try community.grow() }
        var node = TestedReplica(community, validator: 0, hasNeverVoted: false)
        let asked = node.connect(others, at: community.announcement(3)).asked
        let effects = node.receive(.blocks(community.finals), from: asked[0])
        #expect(effects.committed == [1, 2, 3])
        #expect(node.replica.votingRight == .recovering(until: 5))
        #expect(node.stored.votingRight == .recovering(until: 5))
        _ = node.submit(try TestCommunity.transaction(nonce: 0))
        #expect(node.stored.records.isEmpty)
        for _ in 0..<2 {
            #expect(!node.replica.isParticipating)
            let final = try community.grow()
            node.receive(.finalBlock(final), from: others[0])
        }
        #expect(node.replica.votingRight == .established)
        #expect(node.replica.isParticipating)
    }

    @Test mutating func `its own seal without a record shows an old copy`() throws {
        for _ in 0..<2 { try community.grow(sealers: [0, 1, 2]) }
        var node = TestedReplica(community, validator: 0)
        let asked = node.connect(others, at: community.announcement(2)).asked
        let effects = node.receive(.blocks(community.finals), from: asked[0])
        #expect(effects.observations.contains(.keyUsedElsewhere(height: 1)))
        #expect(node.replica.votingRight == .recovering(until: 4))
    }

    @Test func `its key at work elsewhere silences it`() throws {
        var node = established()
        let digest = Hash32.zero
        let signed = community.domain.prepareDigest(height: 1, round: 0, block: digest)
        let foreign = Prepare(
            height: 1, round: 0, digest: digest,
            signature: PlainKey(address: TestCommunity.validators[0]).sign(signed))
        let effects = node.receive(.consensus(.prepare(foreign)), from: others[0])
        #expect(effects.observations.contains(.keyUsedElsewhere(height: 1)))
        #expect(node.replica.votingRight == .recovering(until: 3))
        #expect(!node.replica.isParticipating)
    }

    @Test mutating func `it steps aside while a peer shows blocks that it lacks`() throws {
        for _ in 0..<3 { try community.grow(sealers: [1, 2, 3]) }
        var node = established()
        node.receive(.head(community.announcement(3)), from: others[0])
        #expect(!node.replica.isParticipating)
        node.receive(.blocks(community.finals), from: others[0])
        #expect(node.replica.isParticipating)
    }

    @Test func `a stale timer does nothing (M10)`() throws {
        var node = established()
        #expect(node.handle(.timer(.consensus(.block(height: 7)))).isEmpty)
        #expect(node.handle(.timer(.requestTimeout(7))).isEmpty)
        #expect(node.handle(.timer(.rebroadcast)).isEmpty)
    }

    @Test func `a voting right survives its encoding`() throws {
        for votingRight: VotingRight in [.unknown, .established, .recovering(until: 77)] {
            #expect(try VotingRight(decoding: votingRight.encoded) == votingRight)
        }
        #expect(throws: MalformedBytes.self) { try VotingRight(decoding: [0xc1, 0x09]) }
    }

    @Test func `M20: no bytes of a voting right end the process`() {
        for number in UInt32.min..<1 << 16 {
            let bytes = number.bigEndianBytes
            for bytes in [Bytes(bytes[2...]), [0xc2] + bytes[2...], [0xcb, 2, 0x89] + bytes] {
                if let votingRight = try? VotingRight(decoding: bytes) {
                    #expect(votingRight.encoded == bytes)
                }
            }
        }
    }
}
