public import Protocol

/// The signed part of a consensus message, without the block that it may carry.
public struct Statement: Hashable, Sendable {
    /// What it says.
    public enum Content: Hashable, Sendable {
        /// The signer proposes the block.
        case proposal(Hash32)
        /// The signer accepts the block.
        case prepare(Hash32)
        /// The signer has seen the block prepared.
        case commit(Hash32)
        /// The signer asks for the round, and says what it has prepared.
        case roundChange(PreparedClaim?)
    }

    /// The height that it is about.
    public let height: UInt64
    /// The round that it is about.
    public let round: UInt32
    /// What it says.
    public let content: Content
    /// The signature over it.
    public let signature: Signature

    public init(height: UInt64, round: UInt32, content: Content, signature: Signature) {
        self.height = height
        self.round = round
        self.content = content
        self.signature = signature
    }

    public init(_ message: ConsensusMessage) {
        let (content, signature): (Content, Signature) =
            switch message {
            case .proposal(let proposal): (.proposal(proposal.block.hash), proposal.signature)
            case .prepare(let prepare): (.prepare(prepare.digest), prepare.signature)
            case .commit(let commit): (.commit(commit.digest), commit.seal)
            case .roundChange(let change):
                (.roundChange(change.vote.prepared), change.vote.signature)
            }
        self.init(
            height: message.height, round: message.round, content: content, signature: signature)
    }

    /// The kind of message that makes it.
    public var kind: ConsensusMessage.Kind {
        switch content {
        case .proposal: .proposal
        case .prepare: .prepare
        case .commit: .commit
        case .roundChange: .roundChange
        }
    }

    /// What the signature covers.
    public func signedDigest(in domain: SigningDomain) -> Hash32 {
        content.signedDigest(height: height, round: round, in: domain)
    }

    /// Who signed it, or nil if the signature is none.
    public func author(in domain: SigningDomain, scheme: some SignatureScheme) -> Address? {
        scheme.signer(of: signature, over: signedDigest(in: domain))
    }
}

extension Statement.Content {
    /// What the signature of a statement that says so for `height` and `round` covers.
    func signedDigest(height: UInt64, round: UInt32, in domain: SigningDomain) -> Hash32 {
        switch self {
        case .proposal(let hash):
            domain.proposalDigest(height: height, round: round, block: hash)
        case .prepare(let hash):
            domain.prepareDigest(height: height, round: round, block: hash)
        case .commit(let hash):
            domain.commitDigest(height: height, round: round, block: hash)
        case .roundChange(let claim):
            domain.roundChangeDigest(height: height, round: round, prepared: claim)
        }
    }
}

extension Statement: RLPEncodable, RLPDecodable {
    public var rlp: RLP {
        let detail: RLP =
            switch content {
            case .proposal(let hash), .prepare(let hash), .commit(let hash): .hash(hash)
            case .roundChange(let claim):
                .list(claim.map { [.number($0.round), .hash($0.digest)] } ?? [])
            }
        return .list([
            .number(kind.rawValue), .number(height), .number(round), detail, signature.rlp,
        ])
    }

    public init(rlp: RLP) throws(MalformedBytes) {
        var fields = try RLPFields(rlp, of: "statement")
        guard let kind = ConsensusMessage.Kind(rawValue: try fields.number()) else {
            throw MalformedBytes("statement: unknown kind")
        }
        height = try fields.number()
        round = try fields.number()
        switch kind {
        case .proposal: content = .proposal(try fields.hash())
        case .prepare: content = .prepare(try fields.hash())
        case .commit: content = .commit(try fields.hash())
        case .roundChange: content = .roundChange(try Self.claim(in: try fields.item()))
        }
        signature = try Signature(rlp: try fields.item())
        try fields.end()
    }

    private static func claim(in item: RLP) throws(MalformedBytes) -> PreparedClaim? {
        var fields = try RLPFields(item, of: "prepared claim")
        guard !fields.isAtEnd else { return nil }
        let claim = PreparedClaim(round: try fields.number(), digest: try fields.hash())
        try fields.end()
        return claim
    }
}
