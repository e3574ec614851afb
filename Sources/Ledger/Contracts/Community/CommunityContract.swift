import Protocol

extension ContractABI {
    /// Community: members, roles, meters.
    public static let community = CommunityContract.abi
}

/// Community: who is a member, with which role, meter and certificate.
enum CommunityContract: Contract {
    static let abi = ContractABI(
        name: "Community", address: NativeContract.community,
        functions: CommunityFunction.table.definitions, events: CommunityEvent.definitions)

    static let tables: [StateTable] = [
        .aggregatorOf, .certificate, .member, .memberNumber, .meter,
    ]

    static func perform(
        _ function: CommunityFunction, _ arguments: inout ABIFields, in run: inout BlockExecutor
    ) throws(Revert) -> [ABIValue] {
        switch function {
        case .register: try register(&arguments, in: &run)
        case .suspend: try setSuspended(true, &arguments, in: &run)
        case .reinstate: try setSuspended(false, &arguments, in: &run)
        case .isMember: return [.bool(run.overlay.member(try arguments.address("account")) != nil)]
        case .memberCount: return [.number(run.overlay.memberCount)]
        case .member: return [try run.registered(try arguments.address("account")).value]
        case .memberByMeter:
            let key = try arguments.address("meter key")
            return try member(run.overlay.member(byMeter: key), "meter \(key) is not registered")
        case .memberByCertificate:
            let hash = try arguments.hash("certificate hash")
            return try member(
                run.overlay.member(byCertificate: hash), "certificate \(hash) is not registered")
        case .memberAt:
            let number: UInt32 = try arguments.number("number")
            let account = run.overlay.address(at: .memberNumber(number))
            return try member(
                account.flatMap { run.overlay.member($0) },
                "there is no member \(number) among \(run.overlay.memberCount)")
        case .aggregatorOf:
            let account = try arguments.address("account")
            return [.address(run.overlay.aggregator(of: account) ?? .zero)]
        case .meter:
            let key = try arguments.address("meter key")
            guard let meter = run.overlay.meter(key) else {
                throw Revert("meter \(key) is not registered")
            }
            return [
                .address(meter.owner), .number(meter.importClaims.end.register.value),
                .number(meter.exportClaims.end.register.value),
            ]
        }
        return []
    }

    private static func register(
        _ arguments: inout ABIFields, in run: inout BlockExecutor
    ) throws(Revert) {
        try run.requireSender(.aggregator, to: "register members")
        let account = try arguments.address("account")
        let code: UInt8 = try arguments.number("role")
        guard let role = MemberRole(rawValue: code) else {
            throw Revert("there is no role \(code)")
        }
        try requireHousehold(role, "\(role.name)s are not registered by an aggregator")
        let member = Member(
            account: account, role: role, meterKey: try arguments.address("meter key"),
            ratedPower: Watts(try arguments.number("rated power")),
            certificateHash: try arguments.hash("certificate hash"))
        if let fault = member.registrationFault { throw Revert(fault) }
        try requireNew(member, in: run.overlay)
        run.overlay.register(member, by: run.sender)
        run.emit(
            CommunityEvent.memberRegistered(
                account: account, role: role, meterKey: member.meterKey,
                ratedPower: member.ratedPower, certificateHash: member.certificateHash
            ).log)
    }

    /// Throws if the account, the meter or the certificate belongs to a member already.
    private static func requireNew(_ member: Member, in view: StateOverlay) throws(Revert) {
        guard view.member(member.account) == nil else {
            throw Revert("\(member.account) is already a member")
        }
        if member.meterKey != .zero, let meter = view.meter(member.meterKey) {
            throw Revert("meter \(member.meterKey) is already registered to \(meter.owner)")
        }
        if let other = view.member(byCertificate: member.certificateHash) {
            throw Revert(
                "certificate \(member.certificateHash) is already registered to \(other.account)")
        }
        guard view.memberCount < .max else { throw Revert("the community is full") }
    }

    private static func setSuspended(
        _ isSuspended: Bool, _ arguments: inout ABIFields, in run: inout BlockExecutor
    ) throws(Revert) {
        try run.requireSender(
            .aggregator, to: isSuspended ? "suspend members" : "reinstate members")
        let account = try arguments.address("account")
        var member = try run.registered(account)
        try requireHousehold(
            member.role, "\(account) is \(member.role.withArticle): no aggregator may suspend it")
        guard member.isSuspended != isSuspended else {
            throw Revert("member \(account) is \(isSuspended ? "already" : "not") suspended")
        }
        member.isSuspended = isSuspended
        run.overlay.set(.member(account), member)
        if isSuspended { try run.endUnpaidTrades(of: account) }
        let event: CommunityEvent =
            isSuspended ? .memberSuspended(account: account) : .memberReinstated(account: account)
        run.emit(event.log)
    }

    /// Throws `refusal` unless `role` is one that aggregators decide about: otherwise an aggregator
    /// could make itself an exchange, or silence the validators.
    private static func requireHousehold(_ role: MemberRole, _ refusal: String) throws(Revert) {
        guard role.isHousehold || role == .observer else { throw Revert(refusal) }
    }

    private static func member(
        _ member: Member?, _ refusal: String
    ) throws(Revert) -> [ABIValue] {
        guard let member else { throw Revert(refusal) }
        return [member.value]
    }
}
