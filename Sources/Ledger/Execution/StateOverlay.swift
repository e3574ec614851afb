import Protocol

/// A state in the making: what transactions write lies over the state before, until a block is
/// whole. Each transaction's writes can be taken back.
struct StateOverlay: StateView {
    private let base: BaseReader
    private var written: [StateKey: Written] = Dictionary(minimumCapacity: 12)
    private var undo: [(key: StateKey, before: Written)] = []

    /// What a key has over the base.
    private enum Written {
        case unchanged
        case changed(Bytes?)
    }

    init(over state: LedgerState) {
        base = BaseReader(state.tree, parameters: state.parameters)
    }

    /// The overlay over nothing, for the chain's first state.
    init(empty genesis: Genesis) {
        base = BaseReader(StateTree(), parameters: genesis)
    }

    var parameters: Genesis { base.parameters }

    func value(at key: StateKey) -> Bytes? {
        if case .changed(let value)? = written[key] { return value }
        return base.entry(at: key).value
    }

    /// Writes `value` at `key`; nil removes it.
    mutating func set(_ key: StateKey, _ value: Bytes?) {
        let before = written.updateValue(.changed(value), forKey: key)
        undo.append((key, before ?? .unchanged))
    }

    mutating func set(_ key: StateKey, _ record: some Record) { set(key, record.encoded) }

    /// From here on, writes can be taken back.
    mutating func begin() { undo.removeAll(keepingCapacity: true) }

    /// Takes back everything written since ``begin()``.
    mutating func rollBack() {
        for (key, before) in undo.reversed() { written[key] = before }
        undo.removeAll(keepingCapacity: true)
    }

    /// What differs from the base, in no order: what stood at each key before, and what does now.
    var valueChanges: [(key: StateKey, before: Bytes?, after: Bytes?)] {
        written.compactMap { key, change in
            guard case .changed(let after) = change else { return nil }
            let before = base.entry(at: key).value
            return after == before ? nil : (key, before, after)
        }
    }

    /// What differs from the base, sorted by key, each with the SHA-256 of its key.
    var changes: [(place: Hash32, entry: StateEntry)] {
        written.compactMap { key, change -> (place: Hash32, entry: StateEntry)? in
            guard case .changed(let value) = change else { return nil }
            let before = base.entry(at: key)
            guard value != before.value else { return nil }
            return (before.place, StateEntry(key: key.bytes, value: value))
        }.sorted { $0.entry.key.lexicographicallyPrecedes($1.entry.key) }
    }
}

/// Reads the state under an overlay, each key once: a block's transactions come back to the same
/// accounts, and finding a key costs a hash. Copies of an overlay share one, since what lies under
/// them never changes.
private final class BaseReader {
    let parameters: Genesis
    private let tree: StateTree
    private var entries: [StateKey: (place: Hash32, value: Bytes?)] = Dictionary(
        minimumCapacity: 24)

    init(_ tree: StateTree, parameters: Genesis) {
        self.tree = tree
        self.parameters = parameters
    }

    /// The value at `key` and the key's SHA-256.
    func entry(at key: StateKey) -> (place: Hash32, value: Bytes?) {
        if let entry = entries[key] { return entry }
        let place = SHA256.hash(key.bytes)
        let entry = (place: place, value: tree.value(atPlace: place))
        entries[key] = entry
        return entry
    }
}

extension StateOverlay {
    /// Changes what the ledger keeps of `address`. An untouched account leaves no entry, so that
    /// the root does not depend on what was there for a while.
    mutating func update(_ address: Address, _ change: (inout Account) -> Void) {
        var account = account(address)
        change(&account)
        set(.account(address), account == .untouched ? nil : account.encoded)
    }
}
