import Protocol
import Synchronization

/// Tells who signed what it was told of, and finds out the others. Whoever makes a chain out of its own
/// signatures need not recover each signer from them; every node that gets the chain does.
final class KnownSigners: SignatureScheme {
    private let known = Mutex<[Hash32: (signature: Signature, signer: Address)]>([:])

    /// Signs `digest` with `key`, and knows it until it is asked.
    func sign(_ digest: Hash32, by key: PrivateKey) -> Signature {
        let signature = key.sign(digest)
        known.withLock { $0[digest] = (signature, key.address) }
        return signature
    }

    func signer(of signature: Signature, over digest: Hash32) -> Address? {
        let entry = known.withLock { $0.removeValue(forKey: digest) }
        if let entry, entry.signature == signature { return entry.signer }
        return Secp256k1().signer(of: signature, over: digest)
    }
}
