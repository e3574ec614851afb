import Ledger
import Protocol
import Replica

@testable import Simulation

/// A community of four authorities and its chain's first block after the genesis.
struct FirstBlock {
    let community: SimulatedCommunity
    let authorities: [SimulatedKey]
    /// The block of height 1 by the first authority, with a transaction and everyone's seal.
    let final: FinalBlock

    init() throws {
        var generator = SeededGenerator(seed: 4)
        community = SimulatedCommunity(authorities: 4, others: 1, generator: &generator)
        authorities = community.nodes().prefix(4).map(\.key)
        let mint = Transaction(
            chainID: community.genesis.chainID, nonce: 0, to: NativeContract.token,
            data: TokenCall.mint(
                to: community.aggregator, amount: TokenAmount(1_000), reference: "payment-1"))
        let transaction = try VerifiedTransaction(
            mint.signed(by: SimulatedKey(address: community.exchange)), scheme: SimulatedScheme())
        let parent = community.chain.head.block.header
        let block = community.chain.state.build(
            on: parent, at: parent.timestamp.advanced(byMilliseconds: 100),
            proposer: authorities[0].address, candidates: [transaction]
        ).block
        let digest = community.domain.commitDigest(height: 1, round: 0, block: block.hash)
        let seals = authorities.map { $0.sign(digest) }
        final = FinalBlock(block: block, certificate: Certificate(round: 0, seals: seals))
    }

    /// When the chain begins.
    var start: Timestamp { community.genesis.timestamp }

    /// A replica at the genesis, linked to `peers`.
    func replica(of address: Address, signer: SimulatedKey?, peers: [Address]) -> ReplicaState {
        var replica = ReplicaState(
            ReplicaConfiguration(address: address, signer: signer, scheme: SimulatedScheme()),
            restoring: community.chain, at: start)
        _ = replica.start(at: start)
        for peer in peers { _ = replica.handle(.connected(peer), at: start) }
        return replica
    }
}
