public import Protocol

/// What proves, to someone who has a header alone, what the state holds at a key, or that it holds
/// nothing there.
public struct StateProof: Hashable, Sendable {
    /// What stands where the key's path ends.
    public enum End: Hashable, Sendable {
        /// The key's own value.
        case value(Bytes)
        /// Nothing.
        case nothing
        /// Another key's leaf, which shows that this key is absent.
        case otherLeaf(keyHash: Hash32, valueHash: Hash32)
    }

    /// The key that the proof is about.
    public let key: Bytes
    /// What stands where its path ends.
    public let end: End
    /// The hashes beside the path, from the root down; zero for an empty subtree.
    public let siblings: [Hash32]

    /// Puts a proof together; whether it holds, ``verify(root:)`` tells.
    public init(key: Bytes, end: End, siblings: [Hash32]) {
        self.key = key
        self.end = end
        self.siblings = siblings
    }

    /// The value that the proof claims for the key; nil if it claims that there is none.
    public var value: Bytes? {
        if case .value(let value) = end { value } else { nil }
    }

    /// Whether the state with the root `root` holds ``value`` at ``key``.
    public func verify(root: Hash32) -> Bool {
        guard siblings.count <= 256 else { return false }
        let keyHash = SHA256.hash(key)
        guard var hash = endHash(keyHash: keyHash) else { return false }
        for depth in siblings.indices.reversed() {
            let sibling = siblings[depth]
            hash =
                keyHash.bit(at: depth)
                ? StateHash.inner(sibling, hash) : StateHash.inner(hash, sibling)
        }
        return hash == root
    }

    private func endHash(keyHash: Hash32) -> Hash32? {
        switch end {
        case .value(let value):
            return StateHash.leaf(key: keyHash, value: SHA256.hash(value))
        case .nothing:
            return .zero
        case .otherLeaf(let otherHash, let valueHash):
            let samePath = siblings.indices.allSatisfy {
                otherHash.bit(at: $0) == keyHash.bit(at: $0)
            }
            guard otherHash != keyHash, samePath else { return nil }
            return StateHash.leaf(key: otherHash, value: valueHash)
        }
    }
}
