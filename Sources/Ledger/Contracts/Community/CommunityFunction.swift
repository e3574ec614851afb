import Protocol

enum CommunityFunction: NativeFunction {
    case register
    case suspend
    case reinstate
    case isMember
    case member
    case memberByMeter
    case memberByCertificate
    case memberCount
    case memberAt
    case meter
    case aggregatorOf

    static let table = FunctionTable<CommunityFunction>()

    private static let registration = [
        ABIParameter("account", .address), ABIParameter("role", .uint(8)),
        ABIParameter("meterKey", .address), ABIParameter("ratedPower", .uint(64)),
        ABIParameter("certificateHash", .fixedBytes(32)),
    ]

    private static let memberType: ABIType = .tuple(
        registration + [ABIParameter("isSuspended", .bool)])

    var definition: ABIFunction {
        let account = ABIParameter("account", .address)
        let meterKey = ABIParameter("meterKey", .address)
        let member = ABIParameter("member", Self.memberType)
        switch self {
        case .register: return ABIFunction("register", Self.registration)
        case .suspend: return ABIFunction("suspend", [account])
        case .reinstate: return ABIFunction("reinstate", [account])
        case .isMember: return .view("isMember", [account], returns: ABIParameter("", .bool))
        case .member: return .view("member", [account], returns: member)
        case .memberByMeter: return .view("memberByMeter", [meterKey], returns: member)
        case .memberByCertificate:
            return .view(
                "memberByCertificate", [ABIParameter("certificateHash", .fixedBytes(32))],
                returns: member)
        case .memberCount: return .view("memberCount", returns: ABIParameter("", .uint(32)))
        case .memberAt:
            return .view("memberAt", [ABIParameter("number", .uint(32))], returns: member)
        case .aggregatorOf:
            return .view("aggregatorOf", [account], returns: ABIParameter("", .address))
        case .meter:
            return .view(
                "meter", [meterKey], returns: ABIParameter("owner", .address),
                ABIParameter("claimedImport", .uint(64)), ABIParameter("claimedExport", .uint(64)))
        }
    }
}

extension Member {
    /// The member as Community gives it.
    var value: ABIValue { .tuple(registrationValues + [.bool(isSuspended)]) }

    /// The arguments of `register`.
    var registrationValues: [ABIValue] {
        [
            .address(account), .number(role.rawValue), .address(meterKey),
            .number(ratedPower.value), .fixedBytes(certificateHash.bytes),
        ]
    }
}
