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
    /// A household buys tokens of an aggregator.
    case purchaseOpened(
        buyer: Address, seller: Address, number: UInt32, amount: TokenAmount, reference: String)
    /// A purchase was filled: the tokens moved, as a transfer before this says.
    case sold(buyer: Address, seller: Address, number: UInt32, amount: TokenAmount)
    /// An aggregator will not fill a purchase.
    case purchaseDeclined(buyer: Address, seller: Address, number: UInt32, reason: String)
    /// A household took its purchase back.
    case purchaseCancelled(buyer: Address, number: UInt32)

    static let transfer = ABIEvent(
        "Transfer",
        [
            ABIParameter("from", .address, isIndexed: true),
            ABIParameter("to", .address, isIndexed: true), ABIParameter("value", .uint(256)),
        ])
    static let approval = ABIEvent(
        "Approval",
        [
            ABIParameter("owner", .address, isIndexed: true),
            ABIParameter("spender", .address, isIndexed: true), ABIParameter("value", .uint(256)),
        ])
    static let minted = ABIEvent(
        "Minted",
        [
            ABIParameter("to", .address, isIndexed: true), ABIParameter("value", .uint(256)),
            ABIParameter("reference", .string),
        ])
    static let burned = ABIEvent(
        "Burned",
        [
            ABIParameter("from", .address, isIndexed: true), ABIParameter("value", .uint(256)),
            ABIParameter("reference", .string),
        ])

    static let buyer = ABIParameter("buyer", .address, isIndexed: true)
    static let seller = ABIParameter("seller", .address, isIndexed: true)
    static let number = ABIParameter("number", .uint(32))
    static let value = ABIParameter("value", .uint(256))
    static let purchaseOpened = ABIEvent(
        "PurchaseOpened", [buyer, seller, number, value, ABIParameter("reference", .string)])
    static let sold = ABIEvent("TokensSold", [buyer, seller, number, value])
    static let purchaseDeclined = ABIEvent(
        "PurchaseDeclined", [buyer, seller, number, ABIParameter("reason", .string)])
    static let purchaseCancelled = ABIEvent("PurchaseCancelled", [buyer, number])

    /// Every event's ABI.
    static let definitions = [
        transfer, approval, minted, burned, purchaseOpened, sold, purchaseDeclined,
        purchaseCancelled,
    ]
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
        case .purchaseOpened(let buyer, let seller, let number, let amount, let reference):
            return Self.purchaseOpened.log(
                from: token,
                [
                    .address(buyer), .address(seller), .number(number),
                    .number(amount.baseUnits), .string(reference),
                ])
        case .sold(let buyer, let seller, let number, let amount):
            return Self.sold.log(
                from: token,
                [.address(buyer), .address(seller), .number(number), .number(amount.baseUnits)])
        case .purchaseDeclined(let buyer, let seller, let number, let reason):
            return Self.purchaseDeclined.log(
                from: token,
                [.address(buyer), .address(seller), .number(number), .string(reason)])
        case .purchaseCancelled(let buyer, let number):
            return Self.purchaseCancelled.log(from: token, [.address(buyer), .number(number)])
        }
    }
}
