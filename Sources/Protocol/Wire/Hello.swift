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

extension Hello: RLPDecodable {
    public var rlp: RLP { .fields(version, chainID, genesisHash, endpoint, agent) }

    public init(rlp: RLP) throws(MalformedBytes) {
        (version, chainID, genesisHash, endpoint, agent) =
            try RLPFields.values(in: rlp, of: "hello")
    }
}

extension CertifiedHead: RLPDecodable {
    public var rlp: RLP { .fields(head.height, head.hash, certificate) }

    public init(rlp: RLP) throws(MalformedBytes) {
        let (height, hash): (UInt64, Hash32)
        (height, hash, certificate) = try RLPFields.values(in: rlp, of: "certified head")
        head = ChainHead(height: height, hash: hash)
    }
}

extension PeerEndpoint: RLPDecodable {
    public var rlp: RLP { .fields(certificateHash, endpoint) }

    public init(rlp: RLP) throws(MalformedBytes) {
        (certificateHash, endpoint) = try RLPFields.values(in: rlp, of: "peer endpoint")
    }
}
