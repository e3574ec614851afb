import Protocol

extension CommunityContract {
    static func check(_ genesis: Genesis) throws(GenesisError) {
        var accounts: Set<Address> = []
        var meters: Set<Address> = []
        var certificates: Set<Hash32> = []
        for member in genesis.members {
            if let fault = member.registrationFault { throw GenesisError(fault) }
            guard accounts.insert(member.account).inserted else {
                throw GenesisError("account \(member.account) stands twice")
            }
            if member.meterKey != .zero, !meters.insert(member.meterKey).inserted {
                throw GenesisError("meter key \(member.meterKey) stands twice")
            }
            if member.certificateHash != .zero,
                !certificates.insert(member.certificateHash).inserted
            {
                throw GenesisError("certificate \(member.certificateHash) stands twice")
            }
        }
    }

    static func begin(_ genesis: Genesis, in overlay: inout StateOverlay) {
        let aggregator = genesis.members.first { $0.role == .aggregator }?.account
        for member in genesis.members { overlay.register(member, by: aggregator) }
    }
}

extension Member {
    /// What forbids to register the member, whoever else is registered; nil if nothing does.
    var registrationFault: String? {
        if account == .zero { return "the zero address cannot be a member" }
        if account.isReserved { return "\(account) is a contract's address" }
        if meterKey.isReserved { return "\(meterKey) is a contract's address" }
        guard role.isHousehold else { return nil }
        if meterKey == .zero { return "\(role.name) \(account) needs a meter key" }
        if ratedPower.value == 0 { return "\(role.name) \(account) needs a rated power above 0 W" }
        return nil
    }
}
