import Protocol

/// A table of the state: the letter that its keys begin with, and what its values must be.
struct StateTable: Sendable {
    let letter: UInt8
    /// Throws unless a value is one of the table's.
    let check: @Sendable (Bytes) throws(MalformedBytes) -> Void

    init(
        _ letter: Character, check: @escaping @Sendable (Bytes) throws(MalformedBytes) -> Void
    ) {
        self.letter = letter.asciiValue ?? 0
        self.check = check
    }

    init<Content: Record>(_ letter: Character, of content: Content.Type) {
        self.init(letter) { value throws(MalformedBytes) in _ = try Content(decoding: value) }
    }

    init(_ letter: Character, bytes: Int) {
        self.init(letter) { value throws(MalformedBytes) in
            guard value.count == bytes else { throw MalformedBytes("not \(bytes) bytes long") }
        }
    }

    static let account = StateTable("a", of: Account.self)
    static let counters = StateTable("f", of: Counters.self)
    static let totals = StateTable("n", of: Totals.self)
    static let parameters = StateTable("p") { value throws(MalformedBytes) in
        _ = try Genesis(rlp: RLP(decoding: value))
    }

    /// Every table by its letter: those that belong to no contract, and each contract's.
    static let all = Dictionary(
        uniqueKeysWithValues: ([account, counters, totals, parameters, rules]
            + Contracts.all.flatMap { $0.tables })
            .map { ($0.letter, $0) })
}
