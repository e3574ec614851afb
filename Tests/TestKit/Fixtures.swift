package import Protocol

extension Member {
    /// A member of a test: households have 11 kW, and the certificate's hash is the account's.
    package static func fixture(
        _ account: Address, _ role: MemberRole, meter: Address = .zero,
        power: Watts = Watts(11_000), certificate: Hash32? = nil
    ) -> Member {
        let isHousehold = role == .consumer || role == .prosumer
        return Member(
            account: account, role: role, meterKey: meter,
            ratedPower: isHousehold ? power : Watts(0),
            certificateHash: certificate ?? SHA256.hash(account.bytes))
    }
}

extension Genesis {
    /// The genesis of a chain whose market's time begins with the ledger's, unless it is told
    /// otherwise, and goes by as fast.
    package static func fixture(
        chainID: UInt64, name: String = "Test community", at start: Timestamp,
        marketTime: UInt64? = nil, rate: UInt32 = 1, fee: UInt32 = 0, window: UInt64 = 3_600,
        _ members: [Member]
    ) -> Genesis {
        let origin = MarketTime(seconds: marketTime ?? start.milliseconds / 1_000)
        return Genesis(
            chainID: chainID, name: name, timestamp: start,
            marketClock: MarketClock(origin: origin, ledgerOrigin: start, rate: rate),
            aggregatorFee: fee, deliveryWindow: window, members: members)
    }
}

/// The fixture contradicts itself.
package struct BadFixture: Error {
    package init() {}
}
