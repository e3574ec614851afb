public import Protocol

/// Which rules hold from which height on: an entry of the state, and so part of its root.
public struct RuleSchedule: Hashable, Sendable {
    /// The changes, in ascending order of height and of version; the first is from block 0 on.
    public let changes: [RuleChange]

    /// The change by whose rules block `height` is executed.
    public func change(at height: UInt64) -> RuleChange {
        changes.last { $0.from <= height } ?? changes[0]
    }

    /// A schedule of `changes`; nil unless they are in order and say what holds from block 0 on.
    init?(_ changes: [RuleChange]) {
        guard let first = changes.first, first.from == 0, first.version > .zero else { return nil }
        let isAscending = zip(changes, changes.dropFirst()).allSatisfy {
            $0.from < $1.from && $0.version < $1.version
        }
        guard isAscending else { return nil }
        self.changes = changes
    }
}

extension RuleSchedule: Record {
    var encoded: Bytes { RLP.list(of: changes).encoded }

    init(decoding bytes: Bytes) throws(MalformedBytes) {
        var fields = try RLPFields(RLP(decoding: bytes), of: "rule schedule")
        var changes: [RuleChange] = []
        while !fields.isAtEnd { changes.append(try RuleChange(next: &fields)) }
        guard let schedule = RuleSchedule(changes) else {
            throw MalformedBytes("rule schedule: it is not in ascending order from block 0 on")
        }
        self = schedule
    }
}

extension StateTable {
    static let rules = StateTable("h", of: RuleSchedule.self)
}

extension StateKey {
    /// Which rules hold from which height on.
    public static let rules = StateKey(.rules)
}

extension StateView {
    /// Which rules hold from which height on.
    public var ruleSchedule: RuleSchedule {
        guard let schedule: RuleSchedule = record(at: .rules) else {
            fatalError("the state has no schedule of rules")
        }
        return schedule
    }
}

extension LedgerState {
    /// The rules by which block `height` is executed on this state; throws if this program does not
    /// know them. A node asks before it goes on to that height.
    public func rules(at height: UInt64) throws(UnknownRules) -> Rules {
        let change = ruleSchedule.change(at: height)
        guard let rules = chain.rules[change.version] else {
            throw UnknownRules(change: change, newest: chain.rules.newest)
        }
        return rules
    }

    /// The rules of block `height`, or the last before it that are known: for a look at the state,
    /// which decides nothing.
    func knownRules(at height: UInt64) -> Rules {
        let changes = ruleSchedule.changes.filter { $0.from <= height }
        return changes.reversed().lazy.compactMap { chain.rules[$0.version] }.first ?? Rules()
    }
}

extension Genesis {
    /// Throws if `rules` is no schedule, or one that `book` does not know the beginning of.
    func checkRules(_ book: RuleBook) throws(GenesisError) {
        guard let schedule = RuleSchedule(rules) else {
            throw GenesisError(
                "the rules are not given from block 0 on, in ascending order of block and version")
        }
        let first = schedule.changes[0].version
        guard book[first] != nil else {
            throw GenesisError(
                "the chain begins by rules of version \(first.value), and this program knows them "
                    + "up to version \(book.newest.value)")
        }
    }
}
