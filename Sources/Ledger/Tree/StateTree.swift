package import Protocol

/// A compact sparse Merkle tree from keys to values. Its root depends on its content alone, not on
/// the order in which the content came. It is persistent: a copy costs nothing, and an update makes
/// the touched nodes anew and shares all others.
///
/// ```swift
/// let tree = StateTree().applying([StateEntry(key: [1], value: [2])])
/// tree.value(at: [1])                           // [2]
/// tree.proof(of: [1]).verify(root: tree.root)   // true
/// tree.applying([StateEntry(key: [1], value: nil)]).root == .zero  // true
/// ```
package struct StateTree: Sendable {
    private let top: StateNode?

    /// How many entries the tree holds.
    let count: Int

    /// The tree without entries.
    package init() {
        top = nil
        count = 0
    }

    private init(top: StateNode?, count: Int) {
        self.top = top
        self.count = count
    }

    /// The root: zero for the empty tree.
    package var root: Hash32 { top?.hash ?? .zero }

    func value(at key: Bytes) -> Bytes? {
        value(atPlace: SHA256.hash(key))
    }

    /// The value at the key whose SHA-256 is `place`, or nil.
    func value(atPlace place: Hash32) -> Bytes? { top?.value(at: place) }

    /// The tree after `entries`, each key at most once, took effect together.
    package func applying(_ entries: some Collection<StateEntry>) -> StateTree {
        applying(entries.map { (place: SHA256.hash($0.key), entry: $0) })
    }

    /// The tree after `entries`, each with the SHA-256 of its key, took effect together.
    func applying(_ entries: [(place: Hash32, entry: StateEntry)]) -> StateTree {
        var change = StateTreeChange(entries)
        let top = change.apply(change.all, to: self.top, depth: 0)
        return StateTree(top: top, count: count + change.added - change.removed)
    }

    /// How the entries differ from those of `earlier`, sorted by key. Takes as long as there are
    /// differences, not entries: what both share is passed over by its hash.
    func changes(since earlier: StateTree) -> [StateEntry] {
        var before: [StateLeaf] = []
        var after: [StateLeaf] = []
        Self.collectDifferences(earlier.top, top, &before, &after)
        let kept = Set(after.map(\.keyHash))
        let removed = before.filter { !kept.contains($0.keyHash) }
        let changes =
            after.map { StateEntry(key: $0.key, value: $0.value) }
            + removed.map { StateEntry(key: $0.key, value: nil) }
        return changes.sorted { $0.key.lexicographicallyPrecedes($1.key) }
    }

    /// Collects the leaves of two subtrees at one place that are not in both.
    private static func collectDifferences(
        _ first: StateNode?, _ second: StateNode?, _ inFirst: inout [StateLeaf],
        _ inSecond: inout [StateLeaf]
    ) {
        guard first !== second, first?.hash != second?.hash else { return }
        if let first, let second, first.leaf == nil, second.leaf == nil {
            collectDifferences(first.left, second.left, &inFirst, &inSecond)
            collectDifferences(first.right, second.right, &inFirst, &inSecond)
            return
        }
        // A leaf moves up and down with what stands beside it.
        var leaves = (leaves(under: first), leaves(under: second))
        let hashes = (Set(leaves.0.map(\.hash)), Set(leaves.1.map(\.hash)))
        leaves.0.removeAll { hashes.1.contains($0.hash) }
        leaves.1.removeAll { hashes.0.contains($0.hash) }
        inFirst += leaves.0.compactMap(\.leaf)
        inSecond += leaves.1.compactMap(\.leaf)
    }

    private static func leaves(under node: StateNode?) -> [StateNode] {
        guard let node else { return [] }
        if node.leaf != nil { return [node] }
        return leaves(under: node.left) + leaves(under: node.right)
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
