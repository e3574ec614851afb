import Ledger
import Protocol
import Replica
import Testing

@testable import Simulation

/// A block's hash is its header's. Signatures and certificates name the hash alone, so whoever
/// hands a block on could put other transactions under it.
@Suite struct `A block under whose header other transactions were put` {
    private let community: SimulatedCommunity
    private let authorities: [SimulatedNode]
    private let genuine: FinalBlock

    init() throws {
        var generator = SeededGenerator(seed: 4)
        community = SimulatedCommunity(authorities: 4, others: 1, generator: &generator)
        authorities = Array(community.nodes().prefix(4))
        genuine = try Self.firstBlock(of: community, by: authorities)
    }

    /// The block of height 1 with a transaction in it and everyone's seal.
    private static func firstBlock(
        of community: SimulatedCommunity, by authorities: [SimulatedNode]
    ) throws -> FinalBlock {
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
        let seals = authorities.map { $0.key.sign(digest) }
        return FinalBlock(block: block, certificate: Certificate(round: 0, seals: seals))
    }

    /// Hands `message` to `replica` as octets, as a peer would; what cannot be read is dropped.
    private func send(_ message: WireMessage, from peer: Address, to replica: inout ReplicaState) {
        guard
            let read = try? WireMessage(decoding: message.encoded, scheme: SimulatedScheme())
        else { return }
        _ = replica.handle(.received(read, from: peer), at: replica.head.block.header.timestamp)
    }

    @Test(.untilBodiesAreChecked)
    func `neither halts a node nor keeps it from the true one`() {
        let peer = authorities[0].address
        let start = community.genesis.timestamp
        var replica = ReplicaState(
            ReplicaConfiguration(address: community.aggregator, scheme: SimulatedScheme()),
            restoring: community.chain, at: start)
        _ = replica.start(at: start)
        _ = replica.handle(.connected(peer), at: start)
        let altered = FinalBlock(
            block: Block(header: genuine.block.header, transactions: []),
            certificate: genuine.certificate)
        send(.finalBlock(altered), from: peer, to: &replica)
        #expect(!replica.isHalted)
        send(.blocks([altered]), from: peer, to: &replica)
        #expect(!replica.isHalted)
        send(.finalBlock(genuine), from: peer, to: &replica)
        #expect(replica.head == genuine)
    }

    @Test(.untilBodiesAreChecked)
    func `is no block to whoever reads it`() {
        let altered = Block(header: genuine.block.header, transactions: [])
        #expect(altered.hash == genuine.block.hash)
        #expect(throws: MalformedBytes.self) {
            try Block(rlp: RLP(decoding: altered.rlp.encoded), scheme: SimulatedScheme())
        }
    }
}
