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
    /// The transactions of a final block, which have these bytes and hashes of them; throws if one is
    /// none. There are many, and validators answer for them: a scheme may verify several at a time.
    func verified(
        all bodies: [TransactionBody]
    ) throws(MalformedBytes) -> [VerifiedTransaction]
}

/// A transaction's bytes, and their hash in a block's ``MerkleList``.
public struct TransactionBody: Sendable {
    let bytes: Bytes
    let leaf: Hash32

    /// The transaction; throws if it is none.
    public func verified(
        by scheme: some SignatureScheme
    ) throws(MalformedBytes) -> VerifiedTransaction {
        try VerifiedTransaction(decoding: bytes, leafHash: leaf, scheme: scheme)
    }
}

extension SignatureScheme {
    public func verified(_ leaf: Hash32) -> VerifiedTransaction? { nil }
    public func note(_ transaction: VerifiedTransaction) {}
    public func verified(
        all bodies: [TransactionBody]
    ) throws(MalformedBytes) -> [VerifiedTransaction] {
        var transactions: [VerifiedTransaction] = []
        transactions.reserveCapacity(bodies.count)
        for body in bodies { transactions.append(try body.verified(by: self)) }
        return transactions
    }
}

/// Who can sign: a key, wherever it is kept.
public protocol Signer: Sendable {
    /// The address of the key.
    var address: Address { get }
    /// The key's signature over `digest`; the same digest gives the same signature (RFC 6979).
    func sign(_ digest: Hash32) -> Signature
}
