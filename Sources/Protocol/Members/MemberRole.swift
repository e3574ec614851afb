/// What a registered account may do.
public enum MemberRole: UInt8, Hashable, Sendable, Codable, CaseIterable {
    /// Mints tokens to aggregators and redeems them.
    case exchange = 1
    /// Registers members, confirms payments, proves delivery, releases payment.
    case aggregator = 2
    /// Buys energy.
    case consumer = 3
    /// Buys and sells energy.
    case prosumer = 4
    /// Proposes and votes on blocks.
    case validator = 5
    /// Holds and checks the ledger, no more.
    case observer = 6

    /// The role's name in texts and files.
    public var name: String {
        switch self {
        case .exchange: "exchange"
        case .aggregator: "aggregator"
        case .consumer: "consumer"
        case .prosumer: "prosumer"
        case .validator: "validator"
        case .observer: "observer"
        }
    }

    /// The role named `name`, or nil.
    public init?(name: String) {
        guard let role = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = role
    }
}

/// A registered account, as genesis names it and the ledger keeps it.
public struct Member: Hashable, Sendable, Codable {
    /// The account.
    public var account: Address
    /// What it may do.
    public var role: MemberRole
    /// The address of the key in its smart meter; zero if it has none.
    public var meterKey: Address
    /// What its grid connection can carry, either way.
    public var ratedPower: Watts
    /// The SHA-256 of the certificate (DER) by which its node is known; zero if it runs none.
    public var certificateHash: Hash32
    /// Whether it may not send transactions for now.
    public var isSuspended: Bool

    public init(
        account: Address, role: MemberRole, meterKey: Address, ratedPower: Watts,
        certificateHash: Hash32, isSuspended: Bool = false
    ) {
        self.account = account
        self.role = role
        self.meterKey = meterKey
        self.ratedPower = ratedPower
        self.certificateHash = certificateHash
        self.isSuspended = isSuspended
    }
}

extension Member: RLPEncodable, RLPDecodable {
    public var rlp: RLP {
        .list([
            .address(account), .number(role.rawValue), .address(meterKey),
            .number(ratedPower.value), .hash(certificateHash), .flag(isSuspended),
        ])
    }

    public init(rlp: RLP) throws(MalformedBytes) {
        var fields = try RLPFields(rlp, of: "member")
        account = try fields.address()
        guard let role = MemberRole(rawValue: try fields.number()) else {
            throw MalformedBytes("member: unknown role")
        }
        self.role = role
        meterKey = try fields.address()
        ratedPower = Watts(try fields.number())
        certificateHash = try fields.hash()
        isSuspended = try fields.flag()
        try fields.end()
    }
}
