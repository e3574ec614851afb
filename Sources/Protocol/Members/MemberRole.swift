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
    public var name: String { "\(self)" }

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

extension MemberRole: RLPField {
    public var item: RLP { rawValue.item }

    public init(next fields: inout RLPFields) throws(MalformedBytes) {
        guard let role = MemberRole(rawValue: try fields.number()) else {
            throw fields.error("unknown role")
        }
        self = role
    }
}

extension Member: RLPDecodable {
    public var rlp: RLP {
        .fields(account, role, meterKey, ratedPower, certificateHash, isSuspended)
    }

    public init(rlp: RLP) throws(MalformedBytes) {
        (account, role, meterKey, ratedPower, certificateHash, isSuspended) =
            try RLPFields.values(in: rlp, of: "member")
    }
}
