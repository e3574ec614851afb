public import Protocol

extension StateTable {
    static let aggregatorOf = StateTable("x", bytes: 20)
    static let certificate = StateTable("c", bytes: 20)
    static let member = StateTable("e", of: Member.self)
    static let memberNumber = StateTable("i", bytes: 20)
    static let meter = StateTable("m", of: Meter.self)
}

extension StateKey {
    /// A registered account.
    public static func member(_ account: Address) -> StateKey {
        StateKey(.member, account)
    }

    /// The account that was registered as the `number`-th, from 0.
    public static func memberNumber(_ number: UInt32) -> StateKey {
        StateKey(.memberNumber, number.bigEndianBytes)
    }

    /// The account whose node has the certificate with this SHA-256.
    public static func certificate(_ hash: Hash32) -> StateKey {
        StateKey(.certificate, hash.bytes)
    }

    /// The aggregator of a household.
    public static func aggregator(of household: Address) -> StateKey {
        StateKey(.aggregatorOf, household)
    }

    /// A meter: its owner, and what is claimed of its registers.
    public static func meter(_ key: Address) -> StateKey {
        StateKey(.meter, key)
    }
}

extension StateEntry {
    /// The account of the member that it holds; nil if it holds something else.
    public var member: Address? { address(in: .member) }

    /// The key of the meter that it holds; nil if it holds something else.
    public var meter: Address? { address(in: .meter) }
}
