import Protocol

/// A member that a load has registered.
struct LoadMember {
    let account: PrivateKey
    let meter: PrivateKey

    /// A new one, whom nobody knows.
    static func random() -> LoadMember {
        LoadMember(account: .random(), meter: .random())
    }

    /// What the aggregator registers.
    var member: Member {
        Member(
            account: account.address, role: .prosumer, meterKey: meter.address,
            ratedPower: Watts(17_250), certificateHash: .zero)
    }
}
