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
    /// An offer was closed, or a pick given back, because the member was suspended.
    case tradeEndedBySuspension(account: Address, trade: OfferID)

    private static let account = ABIParameter("account", .address, isIndexed: true)
    private static let registered = EventShape(
        NativeContract.community, "MemberRegistered",
        [
            account, ABIParameter("role", .uint(8)), ABIParameter("meterKey", .address),
            ABIParameter("ratedPower", .uint(64)),
            ABIParameter("certificateHash", .fixedBytes(32)),
        ], CommunityEvent.memberRegistered)
    private static let suspended = EventShape(
        NativeContract.community, "MemberSuspended", [account], CommunityEvent.memberSuspended)
    private static let reinstated = EventShape(
        NativeContract.community, "MemberReinstated", [account], CommunityEvent.memberReinstated)

    private static let ended = EventShape(
        NativeContract.community, "TradeEndedBySuspension",
        [account, ABIParameter("trade", .uint(32), isIndexed: true)],
        CommunityEvent.tradeEndedBySuspension)

    private static let shapes = [registered, suspended, reinstated, ended]

    /// Every event's ABI.
    static let definitions = shapes.map(\.definition)
}

extension CommunityEvent {
    /// The event as the community's contract emits it.
    public var log: EventLog {
        switch self {
        case .memberRegistered(let account, let role, let meterKey, let power, let certificate):
            Self.registered.log(account, role, meterKey, power, certificate)
        case .memberSuspended(let account): Self.suspended.log(account)
        case .memberReinstated(let account): Self.reinstated.log(account)
        case .tradeEndedBySuspension(let account, let trade): Self.ended.log(account, trade)
        }
    }

    /// Reads an event of the community; nil if `log` is another contract's, or none of these.
    public init?(_ log: EventLog) {
        guard let event = EventShape.read(log, as: Self.shapes) else { return nil }
        self = event
    }
}
