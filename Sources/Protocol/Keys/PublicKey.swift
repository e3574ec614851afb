import CSecp256k1

/// A point of secp256k1: what others know of a key.
public struct PublicKey: Hashable, Sendable {
    /// The coordinates x and y, 64 bytes.
    public let bytes: Bytes

    init(library key: secp256k1_pubkey) {
        var key = key
        var uncompressed = Bytes(repeating: 0, count: 65)
        var count = uncompressed.count
        _ = secp256k1_ec_pubkey_serialize(
            Secp256k1.context, &uncompressed, &count, &key, UInt32(SECP256K1_EC_UNCOMPRESSED))
        bytes = Array(uncompressed.dropFirst())
    }

    /// The account of the key: the last 20 bytes of the Keccak-256 of its coordinates.
    public var address: Address {
        guard let address = Address(bytes: Keccak256.hash(bytes).bytes.suffix(20)) else {
            preconditionFailure("a digest has 20 last bytes")
        }
        return address
    }
}
