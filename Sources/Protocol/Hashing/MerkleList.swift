/// The root of an ordered list: the Merkle tree hash of RFC 6962, section 2.1, over SHA-256.
public enum MerkleList {
    /// The root over `items`; the digest of nothing for an empty list.
    public static func root(of items: [Bytes]) -> Hash32 {
        root(ofLeaves: items.map(leaf))
    }

    /// The hash of one item, as it stands in the tree.
    static func leaf(_ item: Bytes) -> Hash32 { SHA256.hash([0] + item) }

    /// The root over items whose ``leaf(_:)`` hashes are `leaves`.
    static func root(ofLeaves leaves: [Hash32]) -> Hash32 {
        guard !leaves.isEmpty else { return SHA256.hash([]) }
        var level = leaves
        while level.count > 1 {
            level = stride(from: 0, to: level.count, by: 2).map { index in
                guard index + 1 < level.count else { return level[index] }
                var pair: Bytes = []
                pair.reserveCapacity(65)
                pair.append(1)
                level[index].append(to: &pair)
                level[index + 1].append(to: &pair)
                return SHA256.hash(pair)
            }
        }
        return level[0]
    }
}
