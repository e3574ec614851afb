/// The root of an ordered list: the Merkle tree hash of RFC 6962, section 2.1, over SHA-256.
public enum MerkleList {
    /// The root over `items`; the digest of nothing for an empty list.
    public static func root(of items: [Bytes]) -> Hash32 {
        guard !items.isEmpty else { return SHA256.hash([]) }
        var level = items.map { SHA256.hash([0] + $0) }
        while level.count > 1 {
            level = stride(from: 0, to: level.count, by: 2).map { index in
                guard index + 1 < level.count else { return level[index] }
                return SHA256.hash([1] + level[index].bytes + level[index + 1].bytes)
            }
        }
        return level[0]
    }
}
