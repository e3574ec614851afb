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
}

extension TokenEvent {
    private static let transfer = event("Transfer", indexed: ["from", "to"], [value])
    private static let approval = event("Approval", indexed: ["owner", "spender"], [value])
    private static let minted = event("Minted", indexed: ["to"], [value, reference])
    private static let burned = event("Burned", indexed: ["from"], [value, reference])
    private static let purchaseOpened = event(
        "PurchaseOpened", indexed: ["buyer", "seller"], [number, value, reference])
    private static let sold = event("TokensSold", indexed: ["buyer", "seller"], [number, value])
    private static let purchaseDeclined = event(
        "PurchaseDeclined", indexed: ["buyer", "seller"],
        [number, ABIParameter("reason", .string)])
    private static let purchaseCancelled = event(
        "PurchaseCancelled", indexed: ["buyer"], [number])

    private static let number = ABIParameter("number", .uint(32))
    private static let value = ABIParameter("value", .uint(256))
    private static let reference = ABIParameter("reference", .string)

    private static func event(
        _ name: String, indexed accounts: [String], _ rest: [ABIParameter]
    ) -> ABIEvent {
        ABIEvent(name, accounts.map { ABIParameter($0, .address, isIndexed: true) } + rest)
    }

    /// Every event's ABI.
    static let definitions = [
        transfer, approval, minted, burned, purchaseOpened, sold, purchaseDeclined,
        purchaseCancelled,
    ]
}

extension TokenEvent {
    /// The event as the token emits it.
    public var log: EventLog {
        switch self {
        case .transfer(let from, let to, let amount):
            Self.transfer.log(.address(from), .address(to), .number(amount.baseUnits))
        case .approval(let owner, let spender, let amount):
            Self.approval.log(.address(owner), .address(spender), .uint(amount))
        case .minted(let to, let amount, let reference):
            Self.minted.log(.address(to), .number(amount.baseUnits), .string(reference))
        case .burned(let from, let amount, let reference):
            Self.burned.log(.address(from), .number(amount.baseUnits), .string(reference))
        case .purchaseOpened(let buyer, let seller, let number, let amount, let reference):
            Self.purchaseOpened.log(
                .address(buyer), .address(seller), .number(number), .number(amount.baseUnits),
                .string(reference))
        case .sold(let buyer, let seller, let number, let amount):
            Self.sold.log(
                .address(buyer), .address(seller), .number(number), .number(amount.baseUnits))
        case .purchaseDeclined(let buyer, let seller, let number, let reason):
            Self.purchaseDeclined.log(
                .address(buyer), .address(seller), .number(number), .string(reason))
        case .purchaseCancelled(let buyer, let number):
            Self.purchaseCancelled.log(.address(buyer), .number(number))
        }
    }

    /// Reads an event of the token; nil if `log` is another contract's, or none of these.
    public init?(_ log: EventLog) {
        let event = ABIFields.reading(
            log, of: NativeContract.token, as: Self.definitions
        ) { name, fields throws(Revert) in
            try TokenEvent(name, fields.address("account"), &fields)
        }
        guard let event else { return nil }
        self = event
    }

    private init?(
        _ name: String, _ account: Address, _ fields: inout ABIFields
    ) throws(Revert) {
        switch name {
        case "Transfer":
            self = .transfer(
                from: account, to: try fields.address("to"), amount: try fields.tokens("amount"))
        case "Approval":
            self = .approval(
                owner: account, spender: try fields.address("spender"),
                amount: try fields.uint256("amount"))
        case "Minted":
            self = .minted(
                to: account, amount: try fields.tokens("amount"),
                reference: try fields.text("reference"))
        case "Burned":
            self = .burned(
                from: account, amount: try fields.tokens("amount"),
                reference: try fields.text("reference"))
        case "PurchaseOpened":
            self = .purchaseOpened(
                buyer: account, seller: try fields.address("seller"),
                number: try fields.number("number"), amount: try fields.tokens("amount"),
                reference: try fields.text("reference"))
        case "TokensSold":
            self = .sold(
                buyer: account, seller: try fields.address("seller"),
                number: try fields.number("number"), amount: try fields.tokens("amount"))
        case "PurchaseDeclined":
            self = .purchaseDeclined(
                buyer: account, seller: try fields.address("seller"),
                number: try fields.number("number"), reason: try fields.text("reason"))
        case "PurchaseCancelled":
            self = .purchaseCancelled(buyer: account, number: try fields.number("number"))
        default: return nil
        }
    }
}

extension ABIEvent {
    /// The event as the token emits it.
    fileprivate func log(_ values: ABIValue...) -> EventLog {
        log(from: NativeContract.token, values)
    }
}
