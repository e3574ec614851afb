import Protocol

/// One update of many entries: each touched node is made, and so hashed, once.
struct StateTreeChange {
    /// The places of the entries, in ascending order.
    private let hashes: [Hash32]
    /// The leaf for each place; nil where an entry is removed.
    private let leaves: [StateLeaf?]
    private(set) var added = 0
    private(set) var removed = 0

    init(_ entries: [(place: Hash32, entry: StateEntry)]) {
        let placed = entries.sorted { $0.place < $1.place }
        hashes = placed.map(\.place)
        leaves = placed.map { hash, entry in
            entry.value.map { StateLeaf(keyHash: hash, key: entry.key, value: $0) }
        }
    }

    var all: Range<Int> { 0..<hashes.count }

    /// The subtree `node` at `depth` after the entries in `range`, which all belong into it.
    mutating func apply(_ range: Range<Int>, to node: StateNode?, depth: Int) -> StateNode? {
        guard !range.isEmpty else { return node }
        if range.count == 1, canPut(range.lowerBound, in: node) {
            return put(range.lowerBound, in: node)
        }
        let middle = middle(of: range, depth: depth)
        let (left, right) = children(of: node, depth: depth)
        let newLeft = apply(range.lowerBound..<middle, to: left, depth: depth + 1)
        let newRight = apply(middle..<range.upperBound, to: right, depth: depth + 1)
        if node != nil, newLeft === left, newRight === right { return node }
        return StateNode.joining(newLeft, newRight)
    }

    /// Whether nothing but the entry's own key stands at `node`.
    private func canPut(_ index: Int, in node: StateNode?) -> Bool {
        node.map { $0.leaf?.keyHash == hashes[index] } ?? true
    }

    private mutating func put(_ index: Int, in node: StateNode?) -> StateNode? {
        if node != nil { removed += 1 }
        guard let leaf = leaves[index] else { return nil }
        added += 1
        return StateNode(leaf: leaf)
    }

    /// The subtrees of `node`; a leaf is what its side holds.
    private func children(of node: StateNode?, depth: Int) -> (StateNode?, StateNode?) {
        guard let leaf = node?.leaf else { return (node?.left, node?.right) }
        return leaf.keyHash.bit(at: depth) ? (nil, node) : (node, nil)
    }

    /// Where the keys with a 1 at `depth` begin.
    private func middle(of range: Range<Int>, depth: Int) -> Int {
        var low = range.lowerBound
        var high = range.upperBound
        while low < high {
            let middle = (low + high) / 2
            if hashes[middle].bit(at: depth) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
