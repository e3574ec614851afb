import Protocol

/// A compact sparse Merkle tree from keys to values. Its root depends on its content alone, not on
/// the order in which the content came. It is persistent: a copy costs nothing, and an update makes
/// the touched nodes anew and shares all others.
struct StateTree: Sendable {
    private let top: StateNode?

    /// How many entries the tree holds.
    let count: Int

    /// The tree that holds nothing.
    init() {
        top = nil
        count = 0
    }

    private init(top: StateNode?, count: Int) {
        self.top = top
        self.count = count
    }

    /// The root: zero for the empty tree.
    var root: Hash32 { top?.hash ?? .zero }

    /// The value at `key`, or nil.
    func value(at key: Bytes) -> Bytes? {
        let keyHash = SHA256.hash(key)
        var node = top
        var depth = 0
        while let inner = node, inner.leaf == nil {
            node = keyHash.bit(at: depth) ? inner.right : inner.left
            depth += 1
        }
        guard let leaf = node?.leaf, leaf.keyHash == keyHash else { return nil }
        return leaf.value
    }

    /// The tree after `entries`, each key at most once, took effect together.
    func applying(_ entries: some Collection<StateEntry>) -> StateTree {
        var change = StateTreeChange(entries)
        let top = change.apply(change.all, to: self.top, depth: 0)
        return StateTree(top: top, count: count + change.added - change.removed)
    }

    /// Every entry, sorted by key.
    var entries: [StateEntry] {
        var found: [StateEntry] = []
        found.reserveCapacity(count)
        Self.collect(top, into: &found)
        return found.sorted { $0.key.lexicographicallyPrecedes($1.key) }
    }

    /// What proves to a holder of the root what stands at `key`.
    func proof(of key: Bytes) -> StateProof {
        let keyHash = SHA256.hash(key)
        var siblings: [Hash32] = []
        var node = top
        while let inner = node, inner.leaf == nil {
            let goesRight = keyHash.bit(at: siblings.count)
            let sibling = goesRight ? inner.left : inner.right
            node = goesRight ? inner.right : inner.left
            siblings.append(sibling?.hash ?? .zero)
        }
        guard let leaf = node?.leaf else {
            return StateProof(key: key, end: .nothing, siblings: siblings)
        }
        let end: StateProof.End =
            leaf.keyHash == keyHash
            ? .value(leaf.value)
            : .otherLeaf(keyHash: leaf.keyHash, valueHash: SHA256.hash(leaf.value))
        return StateProof(key: key, end: end, siblings: siblings)
    }

    private static func collect(_ node: StateNode?, into entries: inout [StateEntry]) {
        guard let node else { return }
        if let leaf = node.leaf { entries.append(StateEntry(key: leaf.key, value: leaf.value)) }
        collect(node.left, into: &entries)
        collect(node.right, into: &entries)
    }
}
