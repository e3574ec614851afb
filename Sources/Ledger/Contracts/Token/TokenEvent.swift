public import Protocol

/// What EnergyToken tells the world.
public enum TokenEvent: Hashable, Sendable {
    /// Tokens moved; from the zero address when minted, to it when burned, to and from the
    /// market's address when they go into and out of escrow.
    case transfer(from: Address, to: Address, amount: TokenAmount)
    /// `owner` lets `spender` move up to `amount` of its tokens.
    case approval(owner: Address, spender: Address, amount: UInt256)
    /// Tokens were minted against a payment.
    case minted(to: Address, amount: TokenAmount, reference: UntrustedText)
    /// Tokens were burned for a payment.
    case burned(from: Address, amount: TokenAmount, reference: UntrustedText)
    /// A household buys tokens of an aggregator.
    case purchaseOpened(
        buyer: Address, seller: Address, number: UInt32, amount: TokenAmount,
        reference: UntrustedText)
    /// A purchase was filled: the tokens moved, as a transfer before this says.
    case sold(buyer: Address, seller: Address, number: UInt32, amount: TokenAmount)
    /// An aggregator will not fill a purchase.
    case purchaseDeclined(buyer: Address, seller: Address, number: UInt32, reason: UntrustedText)
    /// A household took its purchase back.
    case purchaseCancelled(buyer: Address, number: UInt32)
}

extension TokenEvent {
    private static let transfer = event("Transfer", ["from", "to"], [value], TokenEvent.transfer)
    private static let approval = event(
        "Approval", ["owner", "spender"], [value], TokenEvent.approval)
    private static let minted = event("Minted", ["to"], [value, reference], TokenEvent.minted)
    private static let burned = event("Burned", ["from"], [value, reference], TokenEvent.burned)
    private static let purchaseOpened = event(
        "PurchaseOpened", ["buyer", "seller"], [number, value, reference],
        TokenEvent.purchaseOpened)
    private static let sold = event(
        "TokensSold", ["buyer", "seller"], [number, value], TokenEvent.sold)
    private static let purchaseDeclined = event(
        "PurchaseDeclined", ["buyer", "seller"], [number, ABIParameter("reason", .string)],
        TokenEvent.purchaseDeclined)
    private static let purchaseCancelled = event(
        "PurchaseCancelled", ["buyer"], [number], TokenEvent.purchaseCancelled)

    private static let number = ABIParameter("number", .uint(32))
    private static let value = ABIParameter("value", .uint(256))
    private static let reference = ABIParameter("reference", .string)

    private static let shapes = [
        transfer, approval, minted, burned, purchaseOpened, sold, purchaseDeclined,
        purchaseCancelled,
    ]

    /// Every event's ABI.
    static let definitions = shapes.map(\.definition)

    /// An event about some accounts, which are indexed.
    private static func event<each Field: ABIField>(
        _ name: String, _ accounts: [String], _ rest: [ABIParameter],
        _ make: @escaping @Sendable (repeat each Field) -> TokenEvent
    ) -> EventShape<TokenEvent> {
        EventShape(
            NativeContract.token, name,
            accounts.map { ABIParameter($0, .address, isIndexed: true) } + rest, make)
    }

    /// The event as the token emits it.
    public var log: EventLog {
        switch self {
        case .transfer(let from, let to, let amount): Self.transfer.log(from, to, amount)
        case .approval(let owner, let spender, let amount):
            Self.approval.log(owner, spender, amount)
        case .minted(let to, let amount, let reference): Self.minted.log(to, amount, reference)
        case .burned(let from, let amount, let reference):
            Self.burned.log(from, amount, reference)
        case .purchaseOpened(let buyer, let seller, let number, let amount, let reference):
            Self.purchaseOpened.log(buyer, seller, number, amount, reference)
        case .sold(let buyer, let seller, let number, let amount):
            Self.sold.log(buyer, seller, number, amount)
        case .purchaseDeclined(let buyer, let seller, let number, let reason):
            Self.purchaseDeclined.log(buyer, seller, number, reason)
        case .purchaseCancelled(let buyer, let number): Self.purchaseCancelled.log(buyer, number)
        }
    }

    /// Reads an event of the token; nil if `log` is another contract's, or none of these.
    public init?(_ log: EventLog) {
        guard let event = EventShape.read(log, as: Self.shapes) else { return nil }
        self = event
    }
}
