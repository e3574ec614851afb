import Protocol

extension BlockExecutor {
    /// Moves tokens between two accounts, neither of which is suspended, and says so.
    mutating func moveTokens(
        from: Address, to: Address, amount: TokenAmount
    ) throws(Revert) {
        for account in [from, to] { try requireNotSuspended(account) }
        try takeTokens(from: from, amount: amount, for: "the amount")
        try giveTokens(to: to, amount: amount)
        emit(TokenEvent.transfer(from: from, to: to, amount: amount).log)
    }

    /// Moves `amount` of the buyer's tokens into the market's escrow; nothing at all if it is zero.
    mutating func escrowTokens(of buyer: Address, amount: TokenAmount) throws(Revert) {
        guard amount > .zero else { return }
        try takeTokens(from: buyer, amount: amount, for: "the price")
        var supply = overlay.supply
        supply.escrow = try supply.escrow.adding(amount, "the escrow")
        overlay.set(.supply, supply)
        emit(TokenEvent.transfer(from: buyer, to: NativeContract.market, amount: amount).log)
    }

    /// Moves `amount` out of the market's escrow to `receiver`; nothing at all if it is zero.
    mutating func releaseEscrow(to receiver: Address, amount: TokenAmount) throws(Revert) {
        guard amount > .zero else { return }
        var supply = overlay.supply
        supply.escrow = try supply.escrow.subtracting(amount, "the escrow")
        overlay.set(.supply, supply)
        try giveTokens(to: receiver, amount: amount)
        emit(TokenEvent.transfer(from: NativeContract.market, to: receiver, amount: amount).log)
    }

    /// Burns `amount` of the market's escrow; nothing at all if it is zero.
    mutating func burnEscrow(_ amount: TokenAmount) throws(Revert) {
        guard amount > .zero else { return }
        var supply = overlay.supply
        supply.escrow = try supply.escrow.subtracting(amount, "the escrow")
        supply.burned = try supply.burned.adding(amount, "the tokens burned,")
        overlay.set(.supply, supply)
        emit(TokenEvent.transfer(from: NativeContract.market, to: .zero, amount: amount).log)
    }

    /// Takes tokens from a balance; errors name the balance and `what` the tokens are for.
    mutating func takeTokens(
        from account: Address, amount: TokenAmount, for what: String
    ) throws(Revert) {
        let balance = overlay.account(account).balance
        guard balance >= amount else {
            throw Revert("balance \(balance.baseUnits) is less than \(what) \(amount.baseUnits)")
        }
        let rest = try balance.subtracting(amount, "the balance")
        overlay.update(account) { $0.balance = rest }
    }

    mutating func giveTokens(to account: Address, amount: TokenAmount) throws(Revert) {
        let sum = try overlay.account(account).balance.adding(amount, "the balance")
        overlay.update(account) { $0.balance = sum }
    }
}

extension TokenAmount {
    /// The sum; throws, naming `what` would overflow.
    func adding(_ other: TokenAmount, _ what: String) throws(Revert) -> TokenAmount {
        let (sum, overflow) = baseUnits.addingReportingOverflow(other.baseUnits)
        guard !overflow else {
            throw Revert("\(what) \(baseUnits) plus \(other.baseUnits) is beyond 64 bits")
        }
        return TokenAmount(sum)
    }

    /// The difference; throws, naming `what` would fall below zero.
    func subtracting(_ other: TokenAmount, _ what: String) throws(Revert) -> TokenAmount {
        guard other <= self else {
            throw Revert("\(what) \(baseUnits) is less than \(other.baseUnits)")
        }
        return TokenAmount(baseUnits - other.baseUnits)
    }
}
