import Protocol

/// A node of the state tree: a leaf, or the place where two subtrees meet. It never changes, and
/// is hashed when it is made.
final class StateNode: Sendable {
    let hash: Hash32
    /// The entry, if the node is a leaf.
    let leaf: StateLeaf?
    /// The subtree whose keys have a 0 at the node's depth.
    let left: StateNode?
    /// The subtree whose keys have a 1 there.
    let right: StateNode?

    init(leaf: StateLeaf) {
        self.leaf = leaf
        left = nil
        right = nil
        hash = StateHash.leaf(key: leaf.keyHash, value: SHA256.hash(leaf.value))
    }

    private init(left: StateNode?, right: StateNode?) {
        leaf = nil
        self.left = left
        self.right = right
        hash = StateHash.inner(left?.hash ?? .zero, right?.hash ?? .zero)
    }

    /// What stands at `place` in the tree that begins here; nil if there is nothing.
    ///
    /// The path is walked without counting references: this node keeps all below it alive.
    func value(at place: Hash32) -> Bytes? {
        var node = Unmanaged.passUnretained(self)
        var depth = 0
        while true {
            let next = node._withUnsafeGuaranteedRef { node -> Unmanaged<StateNode>? in
                if place.bit(at: depth) { return node.right.map { .passUnretained($0) } }
                return node.left.map { .passUnretained($0) }
            }
            guard let next else { break }
            node = next
            depth += 1
        }
        return node._withUnsafeGuaranteedRef { node in
            guard let leaf = node.leaf, leaf.keyHash == place else { return nil }
            return leaf.value
        }
    }

    /// The node over two subtrees: none if both are empty, the leaf itself if one is all there is.
    static func joining(_ left: StateNode?, _ right: StateNode?) -> StateNode? {
        if left == nil, right == nil || right?.leaf != nil { return right }
        if right == nil, left?.leaf != nil { return left }
        return StateNode(left: left, right: right)
    }
}

/// An entry where it stands in the tree.
final class StateLeaf: Sendable {
    /// The SHA-256 of the key: the entry's place.
    let keyHash: Hash32
    let key: Bytes
    let value: Bytes

    init(keyHash: Hash32, key: Bytes, value: Bytes) {
        self.keyHash = keyHash
        self.key = key
        self.value = value
    }
}

/// How nodes are hashed. The first byte keeps a leaf from being taken for an inner node; an empty
/// subtree's hash is zero.
enum StateHash {
    static func leaf(key: Hash32, value: Hash32) -> Hash32 { node(0, key, value) }

    static func inner(_ left: Hash32, _ right: Hash32) -> Hash32 { node(1, left, right) }

    private static func node(_ tag: UInt8, _ first: Hash32, _ second: Hash32) -> Hash32 {
        var bytes: Bytes = []
        bytes.reserveCapacity(65)
        bytes.append(tag)
        first.append(to: &bytes)
        second.append(to: &bytes)
        return SHA256.hash(bytes)
    }
}
