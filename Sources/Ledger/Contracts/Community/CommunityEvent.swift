public import Protocol

/// What Community tells the world.
public enum CommunityEvent: Hashable, Sendable {
    /// A member joined.
    case memberRegistered(
        account: Address, role: MemberRole, meterKey: Address, ratedPower: Watts,
        certificateHash: Hash32)
    /// A member may not send transactions for now.
    case memberSuspended(account: Address)
    /// A member may send transactions again.
    case memberReinstated(account: Address)

    private static let account = ABIParameter("account", .address, isIndexed: true)
    private static let registered = ABIEvent(
        "MemberRegistered",
        [
            account, ABIParameter("role", .uint(8)), ABIParameter("meterKey", .address),
            ABIParameter("ratedPower", .uint(64)),
            ABIParameter("certificateHash", .fixedBytes(32)),
        ])
    private static let suspended = ABIEvent("MemberSuspended", [account])
    private static let reinstated = ABIEvent("MemberReinstated", [account])

    /// Every event's ABI.
    static let definitions = [registered, suspended, reinstated]
}

extension CommunityEvent {
    /// The event as the community's contract emits it.
    public var log: EventLog {
        let community = NativeContract.community
        switch self {
        case .memberRegistered(let account, let role, let meterKey, let power, let certificate):
            return Self.registered.log(
                from: community,
                [
                    .address(account), .number(role.rawValue), .address(meterKey),
                    .number(power.value), .fixedBytes(certificate.bytes),
                ])
        case .memberSuspended(let account):
            return Self.suspended.log(from: community, [.address(account)])
        case .memberReinstated(let account):
            return Self.reinstated.log(from: community, [.address(account)])
        }
    }

    /// Reads an event of the community; nil if `log` is another contract's, or none of these.
    public init?(_ log: EventLog) {
        let event = ABIFields.reading(
            log, of: NativeContract.community, as: Self.definitions
        ) { name, fields throws(Revert) in
            try CommunityEvent(name, fields.address("account"), &fields)
        }
        guard let event else { return nil }
        self = event
    }

    private init?(
        _ name: String, _ account: Address, _ fields: inout ABIFields
    ) throws(Revert) {
        switch name {
        case "MemberRegistered":
            guard let role = MemberRole(rawValue: try fields.number("role")) else { return nil }
            self = .memberRegistered(
                account: account, role: role, meterKey: try fields.address("meter key"),
                ratedPower: Watts(try fields.number("rated power")),
                certificateHash: try fields.hash("certificate hash"))
        case "MemberSuspended": self = .memberSuspended(account: account)
        case "MemberReinstated": self = .memberReinstated(account: account)
        default: return nil
        }
    }
}
