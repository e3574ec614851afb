/// What keeps a signature of one chain, kind, height and round from being taken for another.
public struct SigningDomain: Hashable, Sendable {
    /// The chain's id.
    public let chainID: UInt64
    /// The hash of the chain's first block, which commits to all its parameters.
    public let genesisHash: Hash32

    public init(chainID: UInt64, genesisHash: Hash32) {
        self.chainID = chainID
        self.genesisHash = genesisHash
    }

    /// What a proposal's signature covers.
    public func proposalDigest(height: UInt64, round: UInt32, block: Hash32) -> Hash32 {
        digest(of: "busbar/proposal", height: height, round: round, block: block)
    }

    /// What a prepare's signature covers.
    public func prepareDigest(height: UInt64, round: UInt32, block: Hash32) -> Hash32 {
        digest(of: "busbar/prepare", height: height, round: round, block: block)
    }

    /// What a commit's seal covers.
    public func commitDigest(height: UInt64, round: UInt32, block: Hash32) -> Hash32 {
        digest(of: "busbar/commit", height: height, round: round, block: block)
    }

    /// What a round change's signature covers.
    public func roundChangeDigest(
        height: UInt64, round: UInt32, prepared: PreparedClaim?
    ) -> Hash32 {
        digest(of: "round-change", [.number(height), .number(round), prepared.item])
    }

    /// What the signature of any other statement named `tag` covers.
    public func digest(of tag: String, _ content: [RLP]) -> Hash32 {
        let head: [RLP] = [.text("busbar/\(tag)"), .number(chainID), .hash(genesisHash)]
        return Keccak256.hash(RLP.list(head + content).encoded)
    }

    /// What ``digest(of:_:)`` gives for a height, a round and a block's hash: signed and checked so
    /// often that it is written without the items.
    private func digest(
        of name: StaticString, height: UInt64, round: UInt32, block: Hash32
    ) -> Hash32 {
        var list = RLPList(capacity: 128)
        list.bytes(name.withUTF8Buffer { Bytes($0) })
        list.number(chainID)
        list.hash(genesisHash)
        list.number(height)
        list.number(UInt64(round))
        list.hash(block)
        return Keccak256.hash(list.encoded)
    }
}
