import Protocol
import Replica
import Testing

@testable import Simulation

/// A block's hash is its header's. Signatures and certificates name the hash alone, so whoever
/// hands a block on could put other transactions under it.
@Suite struct `A block under whose header other transactions were put` {
    private let chain: FirstBlock
    private let altered: FinalBlock

    init() throws {
        chain = try FirstBlock()
        altered = FinalBlock(
            block: Block(header: chain.final.block.header, transactions: []),
            certificate: chain.final.certificate)
    }

    /// Hands `message` to `replica` as bytes, as a peer would; what cannot be read is dropped.
    private func send(_ message: ReplicaMessage, from peer: Address, to replica: inout ReplicaState)
    {
        guard
            case .replica(let read)? = try? WireMessage(
                decoding: WireMessage.replica(message).encoded, scheme: SimulatedScheme())
        else { return }
        _ = replica.handle(.received(read, from: peer), at: chain.start)
    }

    @Test func `neither halts a node nor keeps it from the true one`() {
        let peer = chain.validators[0].address
        var replica = chain.replica(
            of: chain.community.aggregator, signer: nil, peers: [peer])
        send(.finalBlock(altered), from: peer, to: &replica)
        #expect(!replica.isHalted)
        send(.blocks([altered]), from: peer, to: &replica)
        #expect(!replica.isHalted)
        send(.finalBlock(chain.final), from: peer, to: &replica)
        #expect(replica.head == chain.final)
    }

    @Test func `is no block to whoever reads it`() {
        #expect(altered.block.hash == chain.final.block.hash)
        #expect(throws: MalformedBytes.self) {
            try Block(rlp: RLP(decoding: altered.block.rlp.encoded), scheme: SimulatedScheme())
        }
    }
}
