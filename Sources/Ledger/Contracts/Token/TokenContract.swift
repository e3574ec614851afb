import Protocol

extension ContractABI {
    /// EnergyToken: the community's token (ERC-20).
    public static let token = TokenContract.abi
}

/// EnergyToken: the community's token after ERC-20, minted and burned by the exchange, bought of
/// aggregators.
enum TokenContract: Contract {
    static let abi = ContractABI(
        name: "EnergyToken", address: NativeContract.token,
        functions: TokenFunction.table.definitions, events: TokenEvent.definitions)

    static let tables: [StateTable] = [
        .allowance, .tokenPurchase, .reference, .usedReference, .supply,
    ]

    static func perform(
        _ function: TokenFunction, _ arguments: inout ABIFields, in run: inout BlockExecutor
    ) throws(Revert) -> [ABIValue] {
        switch function {
        case .name: return [.string(run.parameters.tokenName)]
        case .symbol: return [.string(run.parameters.tokenSymbol)]
        case .decimals: return [.number(UInt8(TokenAmount.decimals))]
        case .totalSupply: return [.number(run.overlay.supply.total.baseUnits)]
        case .balanceOf:
            // The market shows the escrow, so that all balances add up to the supply.
            let account = try arguments.address("account")
            let (escrow, own) = (run.overlay.supply.escrow, run.overlay.account(account).balance)
            return [.number((account == NativeContract.market ? escrow : own).baseUnits)]
        case .allowance:
            let owner = try arguments.address("owner")
            let spender = try arguments.address("spender")
            return [.uint(run.overlay.allowance(owner: owner, spender: spender))]
        case .transfer:
            try transfer(&arguments, in: &run)
            return [.bool(true)]
        case .approve:
            try approve(&arguments, in: &run)
            return [.bool(true)]
        case .transferFrom:
            try transferFrom(&arguments, in: &run)
            return [.bool(true)]
        case .mint: try mint(&arguments, in: &run)
        case .burn: try burn(&arguments, in: &run)
        case .purchaseTokens: try openPurchase(&arguments, in: &run)
        case .cancelPurchase: try cancelPurchase(in: &run)
        case .sellTokens: try sell(&arguments, in: &run)
        case .declinePurchase: try declinePurchase(&arguments, in: &run)
        case .tokenPurchase:
            return TokenPurchase.values(
                run.overlay.tokenPurchase(of: try arguments.address("buyer")))
        }
        return []
    }

    static func check(_ genesis: Genesis) throws(GenesisError) {
        try Genesis.requireText(genesis.tokenName, "token name")
        try Genesis.requireText(genesis.tokenSymbol, "symbol")
    }

    private static func transfer(
        _ arguments: inout ABIFields, in run: inout BlockExecutor
    ) throws(Revert) {
        let to = try receiver(&arguments, in: run)
        let amount: TokenAmount = try arguments.quantity("amount")
        try run.moveTokens(from: run.sender, to: to, amount: amount)
    }

    private static func approve(
        _ arguments: inout ABIFields, in run: inout BlockExecutor
    ) throws(Revert) {
        let spender = try arguments.address("spender")
        guard spender != .zero else { throw Revert("the zero address cannot spend") }
        _ = try run.registered(spender)
        let amount = try arguments.uint256("amount")
        run.setAllowance(owner: run.sender, spender: spender, amount)
        run.emit(
            TokenEvent.approval(owner: run.sender, spender: spender, amount: amount).log)
    }

    private static func transferFrom(
        _ arguments: inout ABIFields, in run: inout BlockExecutor
    ) throws(Revert) {
        let from = try arguments.address("from")
        let to = try receiver(&arguments, in: run)
        let amount: TokenAmount = try arguments.quantity("amount")
        let allowed = run.overlay.allowance(owner: from, spender: run.sender)
        guard let rest = allowed.subtracting(amount.baseUnits) else {
            throw Revert("allowance \(allowed) is less than the amount \(amount.baseUnits)")
        }
        if allowed != .max { run.setAllowance(owner: from, spender: run.sender, rest) }
        try run.moveTokens(from: from, to: to, amount: amount)
    }

    /// A member, who can use tokens that it gets.
    private static func receiver(
        _ arguments: inout ABIFields, in run: BlockExecutor
    ) throws(Revert) -> Address {
        let receiver = try arguments.address("to")
        guard receiver != .zero else {
            throw Revert("tokens sent to the zero address would be lost")
        }
        guard !receiver.isReserved else {
            throw Revert("tokens sent to the contract at \(receiver) would be lost")
        }
        _ = try run.registered(receiver)
        return receiver
    }

    private static func mint(
        _ arguments: inout ABIFields, in run: inout BlockExecutor
    ) throws(Revert) {
        try run.requireSender(.exchange, to: "mint")
        let to = try arguments.address("to")
        let role = try run.registered(to).role
        guard role == .aggregator else {
            throw Revert("\(to) is \(role.withArticle): tokens are minted to aggregators")
        }
        let amount = try positiveAmount(&arguments)
        let reference = try newReference(&arguments, in: run)
        var supply = run.overlay.supply
        supply.minted = try supply.minted.adding(amount, "the tokens minted,")
        run.overlay.set(.supply, supply)
        run.use(reference)
        try run.giveTokens(to: to, amount: amount)
        run.emit(TokenEvent.transfer(from: .zero, to: to, amount: amount).log)
        run.emit(TokenEvent.minted(to: to, amount: amount, reference: reference).log)
    }

    private static func burn(
        _ arguments: inout ABIFields, in run: inout BlockExecutor
    ) throws(Revert) {
        try run.requireSender(.exchange, to: "burn")
        let amount = try positiveAmount(&arguments)
        let reference = try newReference(&arguments, in: run)
        try run.takeTokens(from: run.sender, amount: amount, for: "the amount")
        var supply = run.overlay.supply
        supply.burned = try supply.burned.adding(amount, "the tokens burned,")
        run.overlay.set(.supply, supply)
        run.use(reference)
        run.emit(TokenEvent.transfer(from: run.sender, to: .zero, amount: amount).log)
        run.emit(
            TokenEvent.burned(from: run.sender, amount: amount, reference: reference).log)
    }

    private static func positiveAmount(
        _ arguments: inout ABIFields
    ) throws(Revert) -> TokenAmount {
        let amount: TokenAmount = try arguments.quantity("amount")
        guard amount > .zero else { throw Revert("the amount is 0") }
        return amount
    }

    /// A payment's reference that was not used before, for a mint or a burn: as far as the state
    /// remembers.
    private static func newReference(
        _ arguments: inout ABIFields, in run: BlockExecutor
    ) throws(Revert) -> UntrustedText {
        let reference = try arguments.text("reference")
        try requireText(reference, "reference", of: 1...Limits.textBytes)
        guard !run.overlay.isUsed(reference: reference.verbatim) else {
            throw Revert("reference \"\(reference)\" is already used")
        }
        guard run.overlay.counters.references < .max else {
            throw Revert("all references are used up")
        }
        return reference
    }
}

extension BlockExecutor {
    /// Sets how much of `owner`'s balance `spender` may move; nothing leaves no entry.
    mutating func setAllowance(owner: Address, spender: Address, _ amount: UInt256) {
        let key = StateKey.allowance(owner: owner, spender: spender)
        overlay.set(key, amount == .zero ? nil : amount.word.bytes)
    }
}

extension UInt256 {
    /// The difference, or nil if `other` is larger.
    func subtracting(_ other: UInt64) -> UInt256? {
        guard UInt256(other) <= self else { return nil }
        var bytes = word.bytes
        var rest = other
        var borrow: UInt64 = 0
        for index in bytes.indices.reversed() {
            let taken = (rest & 255) + borrow
            let byte = UInt64(bytes[index])
            borrow = byte < taken ? 1 : 0
            bytes[index] = UInt8(byte + borrow * 256 - taken)
            rest >>= 8
        }
        return UInt256(bigEndian: bytes)
    }
}
