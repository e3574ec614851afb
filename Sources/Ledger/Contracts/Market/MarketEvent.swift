public import Protocol

/// What EnergyMarket tells the world.
public enum MarketEvent: Hashable, Sendable {
    /// A prosumer offers energy; `expires` is nil if the offer stands until picked or cancelled.
    case offerAdded(
        id: OfferID, seller: Address, energy: WattHours, price: TokenAmount,
        timeOffered: MarketTime, expires: MarketTime?)
    /// Somebody picked the offer, and the price is in escrow.
    case offerPicked(id: OfferID, seller: Address, buyer: Address, price: TokenAmount)
    /// The aggregator registered the payment; delivery begins.
    case peerPaid(id: OfferID, buyer: Address, aggregator: Address, price: TokenAmount)
    /// Delivery is proved.
    case energyDelivered(id: OfferID, seller: Address, buyer: Address, energy: WattHours)
    /// The trade is settled: what the seller got, the aggregator's fee, the buyer's rest.
    case sellerPaid(
        id: OfferID, seller: Address, amount: TokenAmount, fee: TokenAmount, returned: TokenAmount)
    /// The seller took the offer back.
    case offerCancelled(id: OfferID, seller: Address)
    /// Nobody picked the offer in time.
    case offerExpired(id: OfferID, seller: Address)
    /// The buyer has the escrow back.
    case tradeRefunded(id: OfferID, buyer: Address, amount: TokenAmount)

    /// The offer that it is about.
    public var id: OfferID {
        switch self {
        case .offerAdded(let id, _, _, _, _, _), .offerPicked(let id, _, _, _),
            .peerPaid(let id, _, _, _), .energyDelivered(let id, _, _, _),
            .sellerPaid(let id, _, _, _, _), .offerCancelled(let id, _),
            .offerExpired(let id, _), .tradeRefunded(let id, _, _):
            id
        }
    }
}

extension MarketEvent {
    private static let offerAdded = ABIEvent(
        "OfferAdded",
        idAnd("seller") + numbers("energy", "price", "timeOffered", "expires"))
    private static let offerPicked = ABIEvent(
        "OfferPicked", idAnd("seller", "buyer") + numbers("price"))
    private static let peerPaid = ABIEvent(
        "PeerPaid", idAnd("buyer", "aggregator") + numbers("price"))
    private static let energyDelivered = ABIEvent(
        "EnergyDelivered", idAnd("seller", "buyer") + numbers("energy"))
    private static let sellerPaid = ABIEvent(
        "SellerPaid", idAnd("seller") + numbers("amount", "fee", "returned"))
    private static let offerCancelled = ABIEvent("OfferCancelled", idAnd("seller"))
    private static let offerExpired = ABIEvent("OfferExpired", idAnd("seller"))
    private static let tradeRefunded = ABIEvent(
        "TradeRefunded", idAnd("buyer") + numbers("amount"))

    /// Every event's ABI.
    static let definitions = [
        offerAdded, offerPicked, peerPaid, energyDelivered, sellerPaid, offerCancelled,
        offerExpired, tradeRefunded,
    ]

    private static func idAnd(_ accounts: String...) -> [ABIParameter] {
        [ABIParameter("id", .uint(32), isIndexed: true)]
            + accounts.map { ABIParameter($0, .address, isIndexed: true) }
    }

    private static func numbers(_ names: String...) -> [ABIParameter] {
        names.map { ABIParameter($0, .uint(32)) }
    }
}

extension MarketEvent {
    /// The event as the market emits it.
    public var log: EventLog {
        switch self {
        case .offerAdded(let id, let seller, let energy, let price, let offered, let expires):
            Self.offerAdded.log(
                id, [seller], energy.value, price.baseUnits, offered.seconds,
                expires?.seconds ?? 0)
        case .offerPicked(let id, let seller, let buyer, let price):
            Self.offerPicked.log(id, [seller, buyer], price.baseUnits)
        case .peerPaid(let id, let buyer, let aggregator, let price):
            Self.peerPaid.log(id, [buyer, aggregator], price.baseUnits)
        case .energyDelivered(let id, let seller, let buyer, let energy):
            Self.energyDelivered.log(id, [seller, buyer], energy.value)
        case .sellerPaid(let id, let seller, let amount, let fee, let returned):
            Self.sellerPaid.log(
                id, [seller], amount.baseUnits, fee.baseUnits, returned.baseUnits)
        case .offerCancelled(let id, let seller): Self.offerCancelled.log(id, [seller])
        case .offerExpired(let id, let seller): Self.offerExpired.log(id, [seller])
        case .tradeRefunded(let id, let buyer, let amount):
            Self.tradeRefunded.log(id, [buyer], amount.baseUnits)
        }
    }
}

extension ABIEvent {
    /// The event as the market emits it.
    fileprivate func log(_ id: OfferID, _ accounts: [Address], _ figures: UInt64...) -> EventLog {
        let values = accounts.map(ABIValue.address) + figures.map { ABIValue.number($0) }
        return log(from: NativeContract.market, [.number(id.value)] + values)
    }
}

extension MarketEvent {
    /// Reads an event of the market; nil if `log` is another contract's, or none of these.
    public init?(_ log: EventLog) {
        let event = ABIFields.reading(
            log, of: NativeContract.market, as: Self.definitions
        ) { name, fields throws(Revert) in
            try MarketEvent(name, OfferID(fields.number("id")), &fields)
        }
        guard let event else { return nil }
        self = event
    }

    private init?(
        _ name: String, _ id: OfferID, _ fields: inout ABIFields
    ) throws(Revert) {
        let account = try fields.address("account")
        switch name {
        case "OfferAdded":
            self = .offerAdded(
                id: id, seller: account, energy: try fields.energy("energy"),
                price: try fields.tokens("price"), timeOffered: try fields.time("time"),
                expires: try fields.expiry())
        case "OfferPicked":
            self = .offerPicked(
                id: id, seller: account, buyer: try fields.address("buyer"),
                price: try fields.tokens("price"))
        case "PeerPaid":
            self = .peerPaid(
                id: id, buyer: account, aggregator: try fields.address("aggregator"),
                price: try fields.tokens("price"))
        case "EnergyDelivered":
            self = .energyDelivered(
                id: id, seller: account, buyer: try fields.address("buyer"),
                energy: try fields.energy("energy"))
        case "SellerPaid":
            self = .sellerPaid(
                id: id, seller: account, amount: try fields.tokens("amount"),
                fee: try fields.tokens("fee"), returned: try fields.tokens("rest"))
        case "OfferCancelled": self = .offerCancelled(id: id, seller: account)
        case "OfferExpired": self = .offerExpired(id: id, seller: account)
        case "TradeRefunded":
            self = .tradeRefunded(id: id, buyer: account, amount: try fields.tokens("amount"))
        default: return nil
        }
    }
}

extension ABIFields {
    /// The next value, when an offer expires; nil for 0.
    fileprivate mutating func expiry() throws(Revert) -> MarketTime? {
        let time = try time("expiry")
        return time.seconds == 0 ? nil : time
    }
}
