/// A transaction whose sender is known from its signature. Only verification makes one, so that
/// unverified bytes cannot reach the ledger.
public struct VerifiedTransaction: Sendable {
    /// What the sender signed.
    public let transaction: Transaction
    /// The sender's signature.
    public let signature: Signature
    /// Whose key signed.
    public let sender: Address
    /// The Keccak-256 of the canonical octets: the transaction's name everywhere.
    public let hash: Hash32
    /// The canonical octets.
    public let encoded: Bytes

    /// Recovers the sender by `scheme`; throws if the signature is none.
    public init(
        _ signed: SignedTransaction, scheme: some SignatureScheme = Secp256k1()
    ) throws(MalformedBytes) {
        try self.init(signed, encoded: signed.encoded, scheme: scheme)
    }

    /// Reads canonical octets and recovers the sender; throws as
    /// ``SignedTransaction/init(decoding:)`` does, or if the signature is none.
    public init(
        decoding bytes: Bytes, scheme: some SignatureScheme = Secp256k1()
    ) throws(MalformedBytes) {
        try self.init(SignedTransaction(decoding: bytes), encoded: bytes, scheme: scheme)
    }

    private init(
        _ signed: SignedTransaction, encoded: Bytes, scheme: some SignatureScheme
    ) throws(MalformedBytes) {
        let digest = signed.transaction.signingHash
        guard let sender = scheme.signer(of: signed.signature, over: digest) else {
            throw MalformedBytes("invalid transaction v, r, s values")
        }
        transaction = signed.transaction
        signature = signed.signature
        self.sender = sender
        self.encoded = encoded
        hash = Keccak256.hash(encoded)
    }
}

extension VerifiedTransaction: Hashable {
    public static func == (left: Self, right: Self) -> Bool { left.hash == right.hash }
    public func hash(into hasher: inout Hasher) { hasher.combine(hash) }
}
