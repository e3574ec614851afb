/// The number of a version of the ledger's rules, from 1.
public struct RuleVersion: Quantity, Codable {
    /// The number.
    public let value: UInt32
    /// The version numbered `value`.
    public init(_ value: UInt32) { self.value = value }
    public var number: UInt32 { value }
    public init(number: UInt32) { value = number }
}

/// From some height on, blocks are executed by other rules.
public struct RuleChange: Hashable, Sendable, Codable {
    /// The first block that is executed by them.
    public var from: UInt64
    /// Which rules they are.
    public var version: RuleVersion

    /// The rules of `version` hold from block `from` on.
    public init(from: UInt64, version: RuleVersion) {
        self.from = from
        self.version = version
    }
}

extension RuleChange: RLPDecodable {
    public var rlp: RLP { .list([.number(from), .number(version.value)]) }

    public init(rlp: RLP) throws(MalformedBytes) {
        var fields = try RLPFields(rlp, of: "rule change")
        from = try fields.number()
        version = RuleVersion(try fields.number())
        try fields.end()
    }
}
