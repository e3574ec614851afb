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
        guard log.address == NativeContract.community else { return nil }
        if let values = Self.registered.values(in: log), let account = values[0].address,
            let role = values[1].number(as: UInt8.self).flatMap(MemberRole.init(rawValue:)),
            let meterKey = values[2].address, let power = values[3].number(as: UInt64.self),
            let certificate = values[4].bytes.flatMap({ Hash32(bytes: $0) })
        {
            self = .memberRegistered(
                account: account, role: role, meterKey: meterKey, ratedPower: Watts(power),
                certificateHash: certificate)
        } else if let account = Self.suspended.values(in: log)?[0].address {
            self = .memberSuspended(account: account)
        } else if let account = Self.reinstated.values(in: log)?[0].address {
            self = .memberReinstated(account: account)
        } else {
            return nil
        }
    }
}
