import Protocol

/// A node of the state tree: a leaf, or the place where two subtrees meet. It never changes, and
/// is hashed when it is made.
final class StateNode: Sendable {
    /// What a node holds.
    enum Content: Sendable {
        /// One entry, alone in its subtree.
        case leaf(StateLeaf)
        /// The subtree whose keys have a 0 at this depth, and the one whose keys have a 1.
        case inner(StateNode?, StateNode?)
    }

    let content: Content
    let hash: Hash32

    init(leaf: StateLeaf) {
        content = .leaf(leaf)
        hash = StateHash.leaf(key: leaf.keyHash, value: SHA256.hash(leaf.value))
    }

    private init(left: StateNode?, right: StateNode?) {
        content = .inner(left, right)
        hash = StateHash.inner(left?.hash ?? .zero, right?.hash ?? .zero)
    }

    /// The node over two subtrees: none if both are empty, the leaf itself if one is all there is.
    static func joining(_ left: StateNode?, _ right: StateNode?) -> StateNode? {
        switch (left?.content, right?.content) {
        case (nil, nil): nil
        case (.leaf, nil): left
        case (nil, .leaf): right
        default: StateNode(left: left, right: right)
        }
    }
}

/// An entry where it stands in the tree.
struct StateLeaf: Sendable {
    /// The SHA-256 of the key: the entry's place.
    let keyHash: Hash32
    let key: Bytes
    let value: Bytes
}

/// How nodes are hashed. The first octet keeps a leaf from being taken for an inner node; an empty
/// subtree's hash is zero.
enum StateHash {
    static func leaf(key: Hash32, value: Hash32) -> Hash32 { node(0, key, value) }

    static func inner(_ left: Hash32, _ right: Hash32) -> Hash32 { node(1, left, right) }

    private static func node(_ tag: UInt8, _ first: Hash32, _ second: Hash32) -> Hash32 {
        var bytes: Bytes = []
        bytes.reserveCapacity(65)
        bytes.append(tag)
        bytes.append(contentsOf: first.bytes)
        bytes.append(contentsOf: second.bytes)
        return SHA256.hash(bytes)
    }
}
