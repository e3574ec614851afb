/// What keeps a signature of one chain, kind, height and round from being taken for another.
public struct SigningDomain: Hashable, Sendable {
    /// The chain's id.
    public let chainID: UInt64
    /// The hash of the chain's first block, which commits to all its parameters.
    public let genesisHash: Hash32

    /// The domain of one chain.
    public init(chainID: UInt64, genesisHash: Hash32) {
        self.chainID = chainID
        self.genesisHash = genesisHash
    }

    /// What a proposal's signature covers.
    public func proposalDigest(height: UInt64, round: UInt32, block: Hash32) -> Hash32 {
        digest(tag: "proposal", height: height, round: round, [.hash(block)])
    }

    /// What a prepare's signature covers.
    public func prepareDigest(height: UInt64, round: UInt32, block: Hash32) -> Hash32 {
        digest(tag: "prepare", height: height, round: round, [.hash(block)])
    }

    /// What a commit's seal covers.
    public func commitDigest(height: UInt64, round: UInt32, block: Hash32) -> Hash32 {
        digest(tag: "commit", height: height, round: round, [.hash(block)])
    }

    /// What a round change's signature covers.
    public func roundChangeDigest(
        height: UInt64, round: UInt32, prepared: PreparedClaim?
    ) -> Hash32 {
        let claim = prepared.map { [RLP.number($0.round), .hash($0.digest)] } ?? []
        return digest(tag: "round-change", height: height, round: round, [.list(claim)])
    }

    /// What the signature of any other statement named `tag` covers.
    public func digest(of tag: String, _ content: [RLP]) -> Hash32 {
        let head: [RLP] = [.text("busbar/\(tag)"), .number(chainID), .hash(genesisHash)]
        return Keccak256.hash(RLP.list(head + content).encoded)
    }

    private func digest(
        tag: String, height: UInt64, round: UInt32, _ content: [RLP]
    ) -> Hash32 {
        digest(of: tag, [.number(height), .number(round)] + content)
    }
}
