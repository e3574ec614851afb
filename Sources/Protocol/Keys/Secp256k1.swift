import CSecp256k1

/// ECDSA over secp256k1 with recovery, as Ethereum's accounts sign, through libsecp256k1.
public struct Secp256k1: SignatureScheme {
    /// The library's tables; the library promises that uses which take it as constant may run at
    /// the same time.
    nonisolated(unsafe) static let context: OpaquePointer = {
        let flags = UInt32(SECP256K1_CONTEXT_SIGN | SECP256K1_CONTEXT_VERIFY)
        guard let context = secp256k1_context_create(flags) else {
            fatalError("libsecp256k1 could not make its context: out of memory")
        }
        return context
    }()

    public init() {}

    /// The account of a key: the last 20 bytes of the Keccak-256 of its coordinates x and y.
    static func address(of key: inout secp256k1_pubkey) -> Address {
        var uncompressed = Bytes(repeating: 0, count: 65)
        var count = uncompressed.count
        _ = secp256k1_ec_pubkey_serialize(
            context, &uncompressed, &count, &key, UInt32(SECP256K1_EC_UNCOMPRESSED))
        return Address(lowerPartOf: Keccak256.hash(Array(uncompressed.dropFirst())))
    }

    public func signer(of signature: Signature, over digest: Hash32) -> Address? {
        var parsed = secp256k1_ecdsa_recoverable_signature()
        let compact = signature.r.word.bytes + signature.s.word.bytes
        let parity: Int32 = signature.yParity ? 1 : 0
        guard
            secp256k1_ecdsa_recoverable_signature_parse_compact(
                Self.context, &parsed, compact, parity) == 1
        else { return nil }
        var key = secp256k1_pubkey()
        guard secp256k1_ecdsa_recover(Self.context, &key, &parsed, digest.bytes) == 1 else {
            return nil
        }
        return Self.address(of: &key)
    }
}
