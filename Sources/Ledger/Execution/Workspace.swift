import Protocol

/// A state in the making: what transactions write lies over the state before, until a block is
/// whole. Each transaction's writes can be taken back.
struct Workspace: StateView {
    private let base: StateTree
    let parameters: Genesis
    private var written: [Bytes: Written] = [:]
    private var undo: [(key: Bytes, before: Written)] = []

    /// What a key has over the base.
    private enum Written {
        case unchanged
        case changed(Bytes?)
    }

    init(over state: LedgerState) {
        base = state.tree
        parameters = state.parameters
    }

    /// The workspace over nothing, for the chain's first state.
    init(empty genesis: Genesis) {
        base = StateTree()
        parameters = genesis
    }

    func value(at key: StateKey) -> Bytes? {
        if case .changed(let value)? = written[key.bytes] { return value }
        return base.value(at: key.bytes)
    }

    /// Writes `value` at `key`; nil removes it.
    mutating func set(_ key: StateKey, _ value: Bytes?) {
        let before = written.updateValue(.changed(value), forKey: key.bytes)
        undo.append((key.bytes, before ?? .unchanged))
    }

    mutating func set(_ key: StateKey, _ record: some Record) { set(key, record.encoded) }

    /// From here on, writes can be taken back.
    mutating func begin() { undo.removeAll(keepingCapacity: true) }

    /// Takes back everything written since ``begin()``.
    mutating func rollBack() {
        for (key, before) in undo.reversed() { written[key] = before }
        undo.removeAll(keepingCapacity: true)
    }

    /// What differs from the base, sorted by key.
    var changes: [StateEntry] {
        written.compactMap { key, change -> StateEntry? in
            guard case .changed(let value) = change, value != base.value(at: key) else {
                return nil
            }
            return StateEntry(key: key, value: value)
        }.sorted { $0.key.lexicographicallyPrecedes($1.key) }
    }
}

extension Workspace {
    /// Changes what the ledger keeps of `address`. An untouched account leaves no entry, so that
    /// the root does not depend on what was there for a while.
    mutating func update(_ address: Address, _ change: (inout Account) -> Void) {
        var account = account(address)
        change(&account)
        set(.account(address), account == .untouched ? nil : account.encoded)
    }

    /// Adds `member` and everything by which it is found. It must have passed every check.
    mutating func register(_ member: Member) {
        var counters = counters
        set(.memberNumber(counters.members), member.account.bytes)
        counters.members += 1
        set(.counters, counters)
        set(.member(member.account), member)
        if member.meterKey != .zero {
            let meter = Meter(
                owner: member.account, claimedImport: .zero, claimedExport: .zero)
            set(.meter(member.meterKey), meter)
        }
        if member.certificateHash != .zero {
            set(.certificate(member.certificateHash), member.account.bytes)
        }
    }
}
