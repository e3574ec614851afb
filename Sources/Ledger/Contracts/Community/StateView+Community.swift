public import Protocol

extension StateView {
    /// The member `account`, or nil.
    public func member(_ account: Address) -> Member? { record(at: .member(account)) }

    /// The aggregator of a household: the one that registered it; of those in the genesis, the first
    /// aggregator there. Nil if it has none.
    public func aggregator(of household: Address) -> Address? {
        address(at: .aggregator(of: household))
    }

    /// The member whose node has the certificate with this SHA-256, or nil.
    public func member(byCertificate hash: Hash32) -> Member? {
        address(at: .certificate(hash)).flatMap { member($0) }
    }

    /// The member whose meter has this key, or nil.
    public func member(byMeter key: Address) -> Member? {
        meter(key).flatMap { member($0.owner) }
    }

    /// How many members there are.
    public var memberCount: UInt32 { counters.members }

    /// Every member, in the order of registration.
    public func members() -> [Member] { members(from: 0, count: memberCount) }

    /// Up to `count` members in the order of registration, from the `from`-th on, counted from 0.
    public func members(from: UInt32, count: UInt32) -> [Member] {
        guard from < memberCount else { return [] }
        return (from..<(from + min(count, memberCount - from))).compactMap { number in
            address(at: .memberNumber(number)).flatMap { member($0) }
        }
    }

    /// The meter with this key, or nil.
    public func meter(_ key: Address) -> Meter? { record(at: .meter(key)) }
}
