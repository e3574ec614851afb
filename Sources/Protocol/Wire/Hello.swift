/// The first thing a node says on a link. Who it is, its certificate tells, not this.
public struct Hello: Hashable, Sendable {
    /// The version of the protocol between nodes that it speaks.
    public var version: UInt32
    /// The chain.
    public var chainID: UInt64
    /// The chain's first block.
    public var genesisHash: Hash32
    /// Where others may dial it, as `host:port`; empty if it only dials out.
    public var endpoint: UntrustedText
    /// The program and its version, for people.
    public var agent: UntrustedText

    public init(
        version: UInt32 = 2, chainID: UInt64, genesisHash: Hash32, endpoint: String, agent: String
    ) {
        self.version = version
        self.chainID = chainID
        self.genesisHash = genesisHash
        self.endpoint = UntrustedText(endpoint)
        self.agent = UntrustedText(agent)
    }
}

/// The last final block that a node has.
public struct ChainHead: Hashable, Sendable {
    /// Its height.
    public var height: UInt64
    /// Its hash.
    public var hash: Hash32

    public init(height: UInt64, hash: Hash32) {
        self.height = height
        self.hash = hash
    }
}

/// A final block's height and hash, and why it is final: proof enough for whoever knows the
/// validators of that height.
public struct CertifiedHead: Hashable, Sendable {
    /// The block.
    public var head: ChainHead
    /// Its certificate; empty for the first block, which is final by agreement.
    public var certificate: Certificate

    /// Puts the two together; whether the certificate holds, ``ValidatorSet`` tells.
    public init(head: ChainHead, certificate: Certificate) {
        self.head = head
        self.certificate = certificate
    }
}

/// A node that others may dial.
public struct PeerEndpoint: Hashable, Sendable {
    /// The SHA-256 of its certificate.
    public var certificateHash: Hash32
    /// Where it listens, as `host:port`.
    public var endpoint: UntrustedText

    public init(certificateHash: Hash32, endpoint: String) {
        self.certificateHash = certificateHash
        self.endpoint = UntrustedText(endpoint)
    }
}

extension Hello: RLPEncodable, RLPDecodable {
    public var rlp: RLP {
        .list([
            .number(version), .number(chainID), .hash(genesisHash), .text(endpoint.verbatim),
            .text(agent.verbatim),
        ])
    }

    public init(rlp: RLP) throws(MalformedBytes) {
        var fields = try RLPFields(rlp, of: "hello")
        version = try fields.number()
        chainID = try fields.number()
        genesisHash = try fields.hash()
        endpoint = try fields.text()
        agent = try fields.text()
        try fields.end()
    }
}

extension CertifiedHead: RLPEncodable, RLPDecodable {
    public var rlp: RLP { .list([.number(head.height), .hash(head.hash), certificate.rlp]) }

    public init(rlp: RLP) throws(MalformedBytes) {
        var fields = try RLPFields(rlp, of: "certified head")
        head = ChainHead(height: try fields.number(), hash: try fields.hash())
        certificate = try Certificate(rlp: try fields.item())
        try fields.end()
    }
}

extension PeerEndpoint: RLPEncodable, RLPDecodable {
    public var rlp: RLP { .list([.hash(certificateHash), .text(endpoint.verbatim)]) }

    public init(rlp: RLP) throws(MalformedBytes) {
        var fields = try RLPFields(rlp, of: "peer endpoint")
        certificateHash = try fields.hash()
        endpoint = try fields.text()
        try fields.end()
    }
}
