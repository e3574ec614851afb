/// How a signature tells its signer. The network's is ``Secp256k1``; the simulation has a cheaper
/// one with the same promises.
public protocol SignatureScheme: Sendable {
    /// The address whose key signed `digest`, or nil if `signature` is no valid signature.
    func signer(of signature: Signature, over digest: Hash32) -> Address?
    /// The transaction that this scheme has verified and whose bytes have the hash `leaf` in a block's
    /// ``MerkleList``, if it remembers it. It need not remember any.
    func verified(_ leaf: Hash32) -> VerifiedTransaction?
    /// Tells it of a transaction that it has verified, which it may remember.
    func note(_ transaction: VerifiedTransaction)
}

extension SignatureScheme {
    public func verified(_ leaf: Hash32) -> VerifiedTransaction? { nil }
    public func note(_ transaction: VerifiedTransaction) {}
}

/// Who can sign: a key, wherever it is kept.
public protocol Signer: Sendable {
    /// The address of the key.
    var address: Address { get }
    /// The key's signature over `digest`; the same digest gives the same signature (RFC 6979).
    func sign(_ digest: Hash32) -> Signature
}
