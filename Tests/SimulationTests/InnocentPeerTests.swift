import Consensus
import Protocol
import Replica
import Testing

@testable import Simulation

@Suite struct `An honest peer` {
    /// A proposal for height 2 by a validator whose turn it is not.
    private func stray(on chain: FirstBlock) throws -> ReplicaMessage {
        var header = chain.final.block.header
        header.parentHash = chain.final.block.hash
        header.number = 2
        let block = Block(header: header, transactions: chain.final.block.transactions)
        let digest = chain.community.domain.proposalDigest(
            height: 2, round: 0, block: block.hash)
        let proposal = Proposal(
            round: 0, block: block, signature: chain.validators[3].sign(digest))
        return .consensus(.proposal(proposal))
    }

    @Test func `is not blamed for what it rebroadcast unchecked`() throws {
        let chain = try FirstBlock()
        let addresses = chain.validators.map(\.address)
        let message = try stray(on: chain)

        var rebroadcasting = chain.replica(
            of: addresses[0], signer: chain.validators[0], peers: [addresses[1], addresses[3]])
        _ = rebroadcasting.handle(.received(message, from: addresses[3]), at: chain.start)
        let due = chain.start.advanced(byMilliseconds: 10_000)
        var rebroadcast: [ReplicaMessage] = []
        for case .send(let sent, let recipients) in rebroadcasting.handle(
            .timer(.rebroadcast), at: due)
        where recipients.contains(addresses[1]) {
            rebroadcast.append(sent)
        }

        var hearing = chain.replica(
            of: addresses[1], signer: chain.validators[1], peers: [addresses[0]])
        _ = hearing.handle(.received(.finalBlock(chain.final), from: addresses[0]), at: chain.start)
        for sent in rebroadcast {
            for effect in hearing.handle(.received(sent, from: addresses[0]), at: due) {
                if case .report(.misbehaviour(let blamed, _)) = effect {
                    #expect(blamed != addresses[0])
                }
            }
        }
    }

    @Test func `without a vote cannot silence a validator by a head that nobody has seen`() throws {
        let chain = try FirstBlock()
        let addresses = chain.validators.map(\.address)
        let outsider = chain.community.aggregator
        var replica = chain.replica(
            of: addresses[0], signer: chain.validators[0],
            peers: Array(addresses.dropFirst()) + [outsider])
        let genesis = CertifiedHead(
            head: ChainHead(height: 0, hash: chain.community.chain.genesisHash),
            certificate: Certificate(round: 0, seals: []))
        for peer in addresses.dropFirst() {
            _ = replica.handle(.received(.head(genesis), from: peer), at: chain.start)
        }
        #expect(replica.isParticipating)
        let invented = CertifiedHead(
            head: ChainHead(height: 1_000, hash: .zero), certificate: chain.final.certificate)
        _ = replica.handle(.received(.head(invented), from: outsider), at: chain.start)
        #expect(replica.isParticipating)
    }
}
