import CSecp256k1

/// A secret key of secp256k1.
public struct PrivateKey: Signer, Hashable {
    /// The secret number, 32 bytes: for keystores alone, never for logs or messages.
    public let secret: Bytes
    public let address: Address

    /// Takes 32 bytes; nil unless they are a number from 1 to below the curve's order.
    public init?(secret: Bytes) {
        guard secret.count == 32,
            secp256k1_ec_seckey_verify(Secp256k1.context, secret) == 1
        else { return nil }
        var key = secp256k1_pubkey()
        guard secp256k1_ec_pubkey_create(Secp256k1.context, &key, secret) == 1 else { return nil }
        self.secret = secret
        address = Secp256k1.address(of: &key)
    }

    public func sign(_ digest: Hash32) -> Signature {
        var signature = secp256k1_ecdsa_recoverable_signature()
        let done = secp256k1_ecdsa_sign_recoverable(
            Secp256k1.context, &signature, digest.bytes, secret, nil, nil)
        precondition(done == 1, "a verified key signs every digest")
        var compact = Bytes(repeating: 0, count: 64)
        var parity: Int32 = 0
        _ = secp256k1_ecdsa_recoverable_signature_serialize_compact(
            Secp256k1.context, &compact, &parity, &signature)
        return Signature(
            r: UInt256(word: Hash32(digest: Array(compact[0..<32]))),
            s: UInt256(word: Hash32(digest: Array(compact[32..<64]))),
            yParity: parity & 1 == 1)
    }
}

extension PrivateKey: CustomStringConvertible, CustomDebugStringConvertible {
    /// The key's address; the secret never stands in a text.
    public var description: String { "key of \(address)" }
    public var debugDescription: String { description }
}
