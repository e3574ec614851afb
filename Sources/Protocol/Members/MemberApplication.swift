/// What a household hands in to be registered, with the code that its aggregator gave it. Both its keys
/// sign it, so that nobody has a key registered that is another's, and no code is used for others.
public struct MemberApplication: Hashable, Sendable {
    /// The code, without what parts its groups.
    public var code: String
    /// The account that is to be a member.
    public var account: Address
    /// The address of the key in its meter.
    public var meterKey: Address
    /// The SHA-256 of its node's certificate.
    public var certificateHash: Hash32

    public init(code: String, account: Address, meterKey: Address, certificateHash: Hash32) {
        self.code = code
        self.account = account
        self.meterKey = meterKey
        self.certificateHash = certificateHash
    }

    /// What both signatures cover.
    public func digest(in domain: SigningDomain) -> Hash32 {
        domain.digest(
            of: "join",
            [.text(code), .address(account), .address(meterKey), .hash(certificateHash)])
    }
}
