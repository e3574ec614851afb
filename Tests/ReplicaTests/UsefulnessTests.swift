import Consensus
import Protocol
import TestKit
import Testing

@testable import Replica

/// What was of use: by that a node tells what a peer's messages have cost it for nothing.
@Suite struct `A message is of use` {
    private let validators = TestCommunity.validators
    private let peer = TestCommunity.households[0]
    private var community: TestCommunity
    private var node: TestedReplica

    init() throws {
        community = try TestCommunity()
        node = TestedReplica(community)
        node.connect(validators + [peer], at: community.announcement(0))
    }

    private mutating func isOfUse(_ message: ReplicaMessage, from peer: Address) -> Bool {
        node.receive(message, from: peer)
        return node.replica.wasOfUse
    }

    @Test mutating func `if it brings the next block, once, and under its seals`() throws {
        let final = try community.grow()
        let forged = community.sealed(final.block, by: [0, 1])
        #expect(isOfUse(.finalBlock(forged), from: peer) == false)
        #expect(isOfUse(.blocks([forged]), from: peer) == false)
        #expect(isOfUse(.finalBlock(final), from: peer) == true)
        #expect(isOfUse(.finalBlock(final), from: validators[0]) == false)
        #expect(isOfUse(.blocks([final]), from: validators[0]) == false)
        let next = try community.grow()
        #expect(isOfUse(.blocks([final, next]), from: validators[0]) == true)
        #expect(isOfUse(.head(community.announcement(2)), from: validators[1]) == false)
    }

    @Test mutating func `M62: if it brings a transaction that the pool takes`() throws {
        let transaction = try TestCommunity.transaction(nonce: 0)
        let stranger = try TestCommunity.transaction(of: Address(reserved: 0xdead), nonce: 0)
        #expect(isOfUse(.transactions([stranger]), from: peer) == false)
        #expect(isOfUse(.transactions([stranger, transaction]), from: peer) == true)
        #expect(isOfUse(.transactions([transaction]), from: validators[0]) == false)
        #expect(isOfUse(.transactionsAnnounced([transaction.hash]), from: peer) == false)
        let request = ReplicaMessage.transactionsRequest(number: 1, hashes: [transaction.hash])
        #expect(isOfUse(request, from: peer) == false)
        #expect(isOfUse(.blocksRequest(from: 1, count: 1), from: peer) == false)
        // What the node's own clock does is nobody's merit.
        _ = isOfUse(.transactions([try TestCommunity.transaction(nonce: 1)]), from: peer)
        _ = node.handle(.timer(.sweep))
        #expect(!node.replica.wasOfUse)
    }

    @Test mutating func `if it is a vote that counts, once, also for the height after`() {
        node = TestedReplica(community, validator: 3)
        node.connect(Array(validators.dropLast()), at: community.announcement(0))
        func prepare(_ height: UInt64, by author: Address, signer: Address? = nil)
            -> ReplicaMessage
        {
            let digest = community.domain.prepareDigest(height: height, round: 0, block: .zero)
            return .consensus(
                .prepare(
                    Prepare(
                        height: height, round: 0, digest: .zero,
                        signature: PlainKey(address: signer ?? author).sign(digest))))
        }
        for height in [1, 2] as [UInt64] {
            let message = prepare(height, by: validators[1])
            #expect(isOfUse(message, from: validators[1]) == true)
            #expect(isOfUse(message, from: validators[2]) == false)
            let foreign = prepare(height, by: validators[2], signer: peer)
            #expect(isOfUse(foreign, from: validators[1]) == false)
            let unsigned = Prepare(
                height: height, round: 0, digest: .zero,
                signature: PlainKey(address: validators[2]).sign(.zero))
            #expect(isOfUse(.consensus(.prepare(unsigned)), from: validators[2]) == false)
        }
        #expect(isOfUse(prepare(0, by: validators[2]), from: validators[2]) == false)
    }
}
