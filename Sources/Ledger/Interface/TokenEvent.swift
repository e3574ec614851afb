public import Protocol

/// What EnergyToken tells the world.
public enum TokenEvent: Hashable, Sendable {
    /// Tokens moved; from the zero address when minted, to it when burned, to and from the
    /// market's address when they go into and out of escrow.
    case transfer(from: Address, to: Address, amount: TokenAmount)
    /// `owner` lets `spender` move up to `amount` of its tokens.
    case approval(owner: Address, spender: Address, amount: UInt256)
    /// Tokens were minted against a payment.
    case minted(to: Address, amount: TokenAmount, reference: String)
    /// Tokens were burned for a payment.
    case burned(from: Address, amount: TokenAmount, reference: String)

    private static let transfer = ABIEvent(
        "Transfer",
        [
            ABIParameter("from", .address, isIndexed: true),
            ABIParameter("to", .address, isIndexed: true), ABIParameter("value", .uint(256)),
        ])
    private static let approval = ABIEvent(
        "Approval",
        [
            ABIParameter("owner", .address, isIndexed: true),
            ABIParameter("spender", .address, isIndexed: true), ABIParameter("value", .uint(256)),
        ])
    private static let minted = ABIEvent(
        "Minted",
        [
            ABIParameter("to", .address, isIndexed: true), ABIParameter("value", .uint(256)),
            ABIParameter("reference", .string),
        ])
    private static let burned = ABIEvent(
        "Burned",
        [
            ABIParameter("from", .address, isIndexed: true), ABIParameter("value", .uint(256)),
            ABIParameter("reference", .string),
        ])

    /// Every event's ABI.
    static let definitions = [transfer, approval, minted, burned]
}

extension TokenEvent {
    /// The event as the token emits it.
    public var log: EventLog {
        let token = NativeContract.token
        switch self {
        case .transfer(let from, let to, let amount):
            return Self.transfer.log(
                from: token, [.address(from), .address(to), .number(amount.baseUnits)])
        case .approval(let owner, let spender, let amount):
            return Self.approval.log(
                from: token, [.address(owner), .address(spender), .uint(amount)])
        case .minted(let to, let amount, let reference):
            return Self.minted.log(
                from: token, [.address(to), .number(amount.baseUnits), .string(reference)])
        case .burned(let from, let amount, let reference):
            return Self.burned.log(
                from: token, [.address(from), .number(amount.baseUnits), .string(reference)])
        }
    }

    /// Reads an event of the token; nil if `log` is another contract's, or none of these.
    public init?(_ log: EventLog) {
        guard log.address == NativeContract.token else { return nil }
        if let values = Self.transfer.values(in: log), let from = values[0].address,
            let to = values[1].address, let amount = values[2].number(as: UInt64.self)
        {
            self = .transfer(from: from, to: to, amount: TokenAmount(amount))
        } else if let values = Self.approval.values(in: log), let owner = values[0].address,
            let spender = values[1].address, case .uint(let amount) = values[2]
        {
            self = .approval(owner: owner, spender: spender, amount: amount)
        } else if let values = Self.minted.values(in: log), let to = values[0].address,
            let amount = values[1].number(as: UInt64.self), let reference = values[2].text
        {
            self = .minted(to: to, amount: TokenAmount(amount), reference: reference)
        } else if let values = Self.burned.values(in: log), let from = values[0].address,
            let amount = values[1].number(as: UInt64.self), let reference = values[2].text
        {
            self = .burned(from: from, amount: TokenAmount(amount), reference: reference)
        } else {
            return nil
        }
    }
}
