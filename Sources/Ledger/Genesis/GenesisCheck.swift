import Protocol

extension Genesis {
    /// Throws, with what is wrong, if no chain can begin so.
    func check() throws(GenesisError) {
        try checkParameters()
        try checkValidators()
        var accounts: Set<Address> = []
        var meters: Set<Address> = []
        var certificates: Set<Hash32> = []
        for member in members {
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

    private func checkParameters() throws(GenesisError) {
        guard 2...(1 << 53 - 1) ~= chainID else {
            throw GenesisError("chain id \(chainID) is not from 2 to 2^53 - 1")
        }
        for (what, text) in [("name", name), ("token name", tokenName), ("symbol", tokenSymbol)] {
            guard 1...Limits.textBytes ~= text.utf8.count else {
                throw GenesisError("the \(what) has not 1 to \(Limits.textBytes) bytes")
            }
        }
        guard marketClock.rate > 0 else { throw GenesisError("the market's clock stands still") }
        guard marketClock.origin.seconds <= UInt32.max else {
            throw GenesisError("the market's clock begins beyond 32 bits")
        }
        guard aggregatorFee <= 1_000_000 else {
            throw GenesisError("aggregator fee \(aggregatorFee) is above 1000000 millionths")
        }
        guard 1...UInt64(UInt32.max) ~= deliveryWindow else {
            throw GenesisError("delivery window \(deliveryWindow) s is not from 1 to 2^32 - 1")
        }
        guard roundTimeout > 0 else { throw GenesisError("the round timeout is 0 ms") }
    }

    private func checkValidators() throws(GenesisError) {
        let validators = members.filter { $0.role == .validator }
        guard !validators.isEmpty else { throw GenesisError("no member is a validator") }
        guard validators.count <= Limits.validators else {
            throw GenesisError(
                "\(validators.count) validators are more than \(Limits.validators)")
        }
        if let suspended = validators.first(where: \.isSuspended) {
            throw GenesisError("validator \(suspended.account) is suspended")
        }
    }
}

extension Member {
    /// What forbids to register the member, whoever else is registered; nil if nothing does.
    var registrationFault: String? {
        if account == .zero { return "the zero address cannot be a member" }
        if account.isReserved { return "\(account) is a contract's address" }
        if meterKey.isReserved { return "\(meterKey) is a contract's address" }
        guard role == .consumer || role == .prosumer else { return nil }
        if meterKey == .zero { return "\(role.name) \(account) needs a meter key" }
        if ratedPower.value == 0 { return "\(role.name) \(account) needs a rated power above 0 W" }
        return nil
    }
}

extension Address {
    /// Whether a native contract stands at the address.
    var isReserved: Bool { Self.reserved.contains(self) }

    private static let reserved = NativeContract.all.map(\.address)
}
