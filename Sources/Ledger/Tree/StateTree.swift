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
        guard case .leaf(let leaf)? = descend(to: keyHash, visit: { _ in })?.content else {
            return nil
        }
        return leaf.keyHash == keyHash ? leaf.value : nil
    }

    /// The tree after `entries`, each key at most once, took effect together.
    func applying(_ entries: some Collection<StateEntry>) -> StateTree {
        let updates = entries.map { StateUpdate(entry: $0, keyHash: SHA256.hash($0.key)) }
            .sorted { $0.keyHash < $1.keyHash }
        var change = StateTreeChange()
        let top = change.apply(updates[...], to: self.top, depth: 0)
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
        let end = descend(to: keyHash) { siblings.append($0?.hash ?? .zero) }
        guard case .leaf(let leaf)? = end?.content else {
            return StateProof(key: key, end: .nothing, siblings: siblings)
        }
        if leaf.keyHash == keyHash {
            return StateProof(key: key, end: .value(leaf.value), siblings: siblings)
        }
        let other = StateProof.End.otherLeaf(
            keyHash: leaf.keyHash, valueHash: SHA256.hash(leaf.value))
        return StateProof(key: key, end: other, siblings: siblings)
    }

    /// Follows the bits of `keyHash` to a leaf or to nothing, and visits each sibling on the way.
    private func descend(to keyHash: Hash32, visit: (StateNode?) -> Void) -> StateNode? {
        var node = top
        var depth = 0
        while case .inner(let left, let right)? = node?.content {
            let goesRight = keyHash.bit(at: depth)
            visit(goesRight ? left : right)
            node = goesRight ? right : left
            depth += 1
        }
        return node
    }

    private static func collect(_ node: StateNode?, into entries: inout [StateEntry]) {
        switch node?.content {
        case nil: return
        case .leaf(let leaf): entries.append(StateEntry(key: leaf.key, value: leaf.value))
        case .inner(let left, let right):
            collect(left, into: &entries)
            collect(right, into: &entries)
        }
    }
}

/// An entry on its way into the tree.
struct StateUpdate {
    let entry: StateEntry
    let keyHash: Hash32

    /// The leaf that it becomes; nil if it removes one.
    var leaf: StateLeaf? {
        entry.value.map { StateLeaf(keyHash: keyHash, key: entry.key, value: $0) }
    }
}

/// One update of many entries: each touched node is made, and so hashed, once.
struct StateTreeChange {
    private(set) var added = 0
    private(set) var removed = 0

    /// The subtree `node` at `depth` after `updates`, which are sorted and all belong into it.
    mutating func apply(
        _ updates: ArraySlice<StateUpdate>, to node: StateNode?, depth: Int
    ) -> StateNode? {
        guard !updates.isEmpty else { return node }
        switch node?.content {
        case nil:
            let leaves = updates.compactMap(\.leaf)
            added += leaves.count
            return Self.build(leaves[...], depth: depth)
        case .leaf(let leaf):
            return replace(leaf, by: updates, depth: depth)
        case .inner(let left, let right):
            let middle = Self.middle(of: updates, depth: depth, hash: \.keyHash)
            let newLeft = apply(updates[..<middle], to: left, depth: depth + 1)
            let newRight = apply(updates[middle...], to: right, depth: depth + 1)
            if newLeft === left, newRight === right { return node }
            return StateNode.joining(newLeft, newRight)
        }
    }

    private mutating func replace(
        _ leaf: StateLeaf, by updates: ArraySlice<StateUpdate>, depth: Int
    ) -> StateNode? {
        var leaves = updates.compactMap(\.leaf)
        added += leaves.count
        if updates.contains(where: { $0.keyHash == leaf.keyHash }) {
            removed += 1
        } else {
            let place = leaves.firstIndex { $0.keyHash > leaf.keyHash } ?? leaves.endIndex
            leaves.insert(leaf, at: place)
        }
        return Self.build(leaves[...], depth: depth)
    }

    private static func build(_ leaves: ArraySlice<StateLeaf>, depth: Int) -> StateNode? {
        guard let first = leaves.first else { return nil }
        guard leaves.count > 1 else { return StateNode(leaf: first) }
        let middle = middle(of: leaves, depth: depth, hash: \.keyHash)
        return StateNode.joining(
            build(leaves[..<middle], depth: depth + 1), build(leaves[middle...], depth: depth + 1))
    }

    /// Where the keys with a 1 at `depth` begin.
    private static func middle<Item>(
        of items: ArraySlice<Item>, depth: Int, hash: (Item) -> Hash32
    ) -> Int {
        var low = items.startIndex
        var high = items.endIndex
        while low < high {
            let middle = (low + high) / 2
            if hash(items[middle]).bit(at: depth) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
