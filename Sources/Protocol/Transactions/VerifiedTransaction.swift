/// A transaction whose sender is known from its signature. Only verification makes one, so that
/// unverified bytes cannot reach the ledger. A copy shares everything with the original.
public struct VerifiedTransaction: Sendable {
    @usableFromInline let content: Content

    @usableFromInline
    final class Content: Sendable {
        @usableFromInline let signed: SignedTransaction
        @usableFromInline let sender: Address
        @usableFromInline let hash: Hash32
        @usableFromInline let leafHash: Hash32
        @usableFromInline let encoded: Bytes

        init(_ signed: SignedTransaction, encoded: Bytes, leafHash: Hash32, sender: Address) {
            self.signed = signed
            self.sender = sender
            self.encoded = encoded
            self.leafHash = leafHash
            hash = Keccak256.hash(encoded)
        }
    }

    /// What the sender signed.
    @inlinable public var transaction: Transaction { content.signed.transaction }
    /// The sender's signature.
    @inlinable public var signature: Signature { content.signed.signature }
    /// Whose key signed.
    @inlinable public var sender: Address { content.sender }
    /// The Keccak-256 of the canonical bytes: the transaction's name everywhere.
    @inlinable public var hash: Hash32 { content.hash }
    /// The canonical bytes.
    @inlinable public var encoded: Bytes { content.encoded }
    /// The transaction's hash where it stands in a block's ``MerkleList``.
    public var leafHash: Hash32 { content.leafHash }

    /// Recovers the sender by `scheme`; throws if the signature is none.
    public init(
        _ signed: SignedTransaction, scheme: some SignatureScheme = Secp256k1()
    ) throws(MalformedBytes) {
        try self.init(signed, encoded: signed.encoded, scheme: scheme)
    }

    /// Reads canonical bytes and recovers the sender; throws as
    /// ``SignedTransaction/init(decoding:)`` does, or if the signature is none.
    public init(
        decoding bytes: Bytes, scheme: some SignatureScheme = Secp256k1()
    ) throws(MalformedBytes) {
        try self.init(decoding: bytes, leafHash: MerkleList.leaf(bytes), scheme: scheme)
    }

    /// As ``init(decoding:scheme:)``, where the hash of the bytes in a block's ``MerkleList`` is known.
    ///
    /// A transaction comes to a node several times: by gossip, in a proposal, in the final block. Bytes
    /// that the scheme has verified before are not parsed again, and their hash is known.
    init(
        decoding bytes: Bytes, leafHash: Hash32, scheme: some SignatureScheme
    ) throws(MalformedBytes) {
        if let known = scheme.verified(leafHash), known.encoded == bytes {
            self = known
            return
        }
        try self.init(
            SignedTransaction(decoding: bytes), encoded: bytes, leafHash: leafHash, scheme: scheme)
        scheme.note(self)
    }

    private init(
        _ signed: SignedTransaction, encoded: Bytes, leafHash: Hash32? = nil,
        scheme: some SignatureScheme
    ) throws(MalformedBytes) {
        let digest = signed.transaction.signingHash
        guard let sender = scheme.signer(of: signed.signature, over: digest) else {
            throw MalformedBytes("invalid transaction v, r, s values")
        }
        content = Content(
            signed, encoded: encoded, leafHash: leafHash ?? MerkleList.leaf(encoded),
            sender: sender)
    }
}

extension VerifiedTransaction: Hashable {
    public static func == (left: Self, right: Self) -> Bool { left.hash == right.hash }
    public func hash(into hasher: inout Hasher) { hasher.combine(hash) }
}
