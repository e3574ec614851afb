import Consensus
import Protocol

extension FuzzTarget {
    /// What nodes and wallets send each other.
    static let protocolTargets = [
        FuzzTarget("rlp") { try RLP(decoding: $0).encoded },
        callData,
        FuzzTarget("transaction") { try SignedTransaction(decoding: $0).encoded },
        FuzzTarget("block") { try Block(rlp: RLP(decoding: $0), scheme: AnySigner()).rlp.encoded },
        FuzzTarget("final-block") {
            try FinalBlock(rlp: RLP(decoding: $0), scheme: AnySigner()).rlp.encoded
        },
        FuzzTarget("certificate") { try Certificate(rlp: RLP(decoding: $0)).rlp.encoded },
        FuzzTarget("consensus-message") {
            try ConsensusMessage(rlp: RLP(decoding: $0), scheme: AnySigner()).rlp.encoded
        },
        FuzzTarget("evidence") { try Evidence(rlp: RLP(decoding: $0)).rlp.encoded },
        FuzzTarget("wire-message") { try WireMessage(decoding: $0, scheme: AnySigner()).encoded },
        FuzzTarget("hello") { try Hello(rlp: RLP(decoding: $0)).rlp.encoded },
        FuzzTarget("meter-message") { try MeterMessage(rlp: RLP(decoding: $0)).rlp.encoded },
        FuzzTarget("meter-receipt") { try SignedMeterReceipt(rlp: RLP(decoding: $0)).rlp.encoded },
        FuzzTarget("genesis") { try Genesis(rlp: RLP(decoding: $0)).rlp.encoded },
    ]

    /// Call data has more than one form, so what was read is written and read again.
    private static var callData: FuzzTarget {
        let place = ABIType.tuple([.init("x", .uint(64)), .init("who", .address)])
        let types: [ABIType] = [
            .bytes, .array(.string), .array(place), .bool, .fixedBytes(4), .array(.array(.uint(8))),
        ]
        return FuzzTarget(
            "abi", decode: { try ABI.decode(types, from: $0) }, encode: { ABI.encode($0) })
    }
}

/// A scheme in which every signature is one, so that the bytes behind it are read as well.
struct AnySigner: SignatureScheme {
    func signer(of signature: Signature, over digest: Hash32) -> Address? { .zero }
}
