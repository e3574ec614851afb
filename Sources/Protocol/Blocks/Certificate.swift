/// Why a block is final: a quorum of commit seals of one round.
public struct Certificate: Hashable, Sendable {
    /// The round in which the validators committed.
    public let round: UInt32
    /// Seals of distinct validators over the height, the round and the block's hash
    /// (``SigningDomain/commitDigest(height:round:block:)``).
    public let seals: [Signature]

    /// Puts a certificate together; whether it holds, ``ValidatorSet`` tells.
    public init(round: UInt32, seals: [Signature]) {
        self.round = round
        self.seals = seals
    }
}

extension Certificate: RLPDecodable {
    public var rlp: RLP { .list([.number(round), .list(of: seals)]) }

    public init(rlp: RLP) throws(MalformedBytes) {
        var fields = try RLPFields(rlp, of: "certificate")
        round = try fields.number()
        seals = try fields.list(atMost: Limits.validators)
        try fields.end()
    }
}

/// A block and the certificate that makes it final.
public struct FinalBlock: Hashable, Sendable {
    /// The block.
    public let block: Block
    /// Its certificate; empty for the first block, which is final by agreement.
    public let certificate: Certificate

    public init(block: Block, certificate: Certificate) {
        self.block = block
        self.certificate = certificate
    }
}

extension FinalBlock: RLPEncodable {
    public var rlp: RLP { .list([block.rlp, certificate.rlp]) }

    /// Reads a final block and recovers its transactions' senders by `scheme`, if the certificate
    /// makes the header final as `isFinal` tells; throws if it does not.
    public init(
        rlp: RLP, scheme: some SignatureScheme,
        isFinal: (BlockHeader, Certificate) -> Bool = { _, _ in true }
    ) throws(MalformedBytes) {
        var fields = try RLPFields(rlp, of: "final block")
        let item = try fields.item()
        let certificate = try Certificate(rlp: try fields.item())
        try fields.end()
        block = try Block(rlp: item, scheme: scheme) { isFinal($0, certificate) }
        self.certificate = certificate
    }
}
