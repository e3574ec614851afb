/// The round and digest of the block that a validator says it has prepared.
public struct PreparedClaim: Hashable, Sendable {
    /// The round in which it was prepared.
    public let round: UInt32
    /// The block's hash.
    public let digest: Hash32

    public init(round: UInt32, digest: Hash32) {
        self.round = round
        self.digest = digest
    }
}

/// A validator accepts the proposal of a round.
public struct Prepare: Hashable, Sendable {
    /// The height it is about.
    public let height: UInt64
    /// The round it is about.
    public let round: UInt32
    /// The proposed block's hash.
    public let digest: Hash32
    /// Over ``SigningDomain/prepareDigest(height:round:block:)``.
    public let signature: Signature

    public init(height: UInt64, round: UInt32, digest: Hash32, signature: Signature) {
        self.height = height
        self.round = round
        self.digest = digest
        self.signature = signature
    }

    /// Who signed it, or nil if the signature is none.
    public func author(in domain: SigningDomain, scheme: some SignatureScheme) -> Address? {
        let signed = domain.prepareDigest(height: height, round: round, block: digest)
        return scheme.signer(of: signature, over: signed)
    }
}

/// A validator has seen a quorum of prepares; its signature is the seal of the certificate.
public struct Commit: Hashable, Sendable {
    /// The height it is about.
    public let height: UInt64
    /// The round it is about.
    public let round: UInt32
    /// The block's hash.
    public let digest: Hash32
    /// Over ``SigningDomain/commitDigest(height:round:block:)``.
    public let seal: Signature

    public init(height: UInt64, round: UInt32, digest: Hash32, seal: Signature) {
        self.height = height
        self.round = round
        self.digest = digest
        self.seal = seal
    }

    /// Who sealed it, or nil if the seal is none.
    public func author(in domain: SigningDomain, scheme: some SignatureScheme) -> Address? {
        let signed = domain.commitDigest(height: height, round: round, block: digest)
        return scheme.signer(of: seal, over: signed)
    }
}

/// The signed part of a round change: a validator wants to go to `round`, and says what it has
/// prepared. This part alone justifies a proposal.
public struct RoundChangeVote: Hashable, Sendable {
    /// The height it is about.
    public let height: UInt64
    /// The round that it asks for, above 0.
    public let round: UInt32
    /// What the author has prepared, if anything.
    public let prepared: PreparedClaim?
    /// Over ``SigningDomain/roundChangeDigest(height:round:prepared:)``.
    public let signature: Signature

    public init(height: UInt64, round: UInt32, prepared: PreparedClaim?, signature: Signature) {
        self.height = height
        self.round = round
        self.prepared = prepared
        self.signature = signature
    }

    /// Who signed it, or nil if the signature is none.
    public func author(in domain: SigningDomain, scheme: some SignatureScheme) -> Address? {
        let signed = domain.roundChangeDigest(height: height, round: round, prepared: prepared)
        return scheme.signer(of: signature, over: signed)
    }
}

/// A round change with what proves its claim: the prepared block and its quorum of prepares.
public struct RoundChange: Hashable, Sendable {
    /// The signed part.
    public let vote: RoundChangeVote
    /// The prepared block; nil if nothing is prepared.
    public let block: Block?
    /// A quorum of prepares for exactly the claim; empty if nothing is prepared.
    public let prepares: [Prepare]

    public init(vote: RoundChangeVote, block: Block?, prepares: [Prepare]) {
        self.vote = vote
        self.block = block
        self.prepares = prepares
    }
}

/// The proposer of a round asks the validators to agree on a block.
public struct Proposal: Hashable, Sendable {
    /// The round it is for; the height is the block's.
    public let round: UInt32
    /// The block.
    public let block: Block
    /// Over ``SigningDomain/proposalDigest(height:round:block:)``.
    public let signature: Signature
    /// For a round above 0: a quorum of round changes to exactly this round; else empty.
    public let roundChanges: [RoundChangeVote]
    /// A quorum of prepares for the highest claim among the round changes; empty if none claims.
    public let prepares: [Prepare]

    public init(
        round: UInt32, block: Block, signature: Signature, roundChanges: [RoundChangeVote] = [],
        prepares: [Prepare] = []
    ) {
        self.round = round
        self.block = block
        self.signature = signature
        self.roundChanges = roundChanges
        self.prepares = prepares
    }

    /// The height it is for.
    public var height: UInt64 { block.number }

    /// Who signed it, or nil if the signature is none.
    public func author(in domain: SigningDomain, scheme: some SignatureScheme) -> Address? {
        let signed = domain.proposalDigest(height: height, round: round, block: block.hash)
        return scheme.signer(of: signature, over: signed)
    }
}
