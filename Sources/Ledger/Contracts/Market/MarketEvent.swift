public import Protocol

/// What EnergyMarket tells the world.
public enum MarketEvent: Hashable, Sendable {
    /// A prosumer offers energy, until `expires`: to `recipient`, or, if that is zero, to anyone.
    case offerAdded(
        id: OfferID, seller: Address, recipient: Address, energy: WattHours, price: TokenAmount,
        timeOffered: MarketTime, expires: MarketTime)
    /// Somebody picked the offer, and the price is in escrow.
    case offerPicked(id: OfferID, seller: Address, buyer: Address, price: TokenAmount)
    /// The buyer's meter signed no start: it has its price back, and the offer is open again.
    case offerReleased(id: OfferID, seller: Address, buyer: Address, price: TokenAmount)
    /// The payment is registered, by the aggregator or, if that is zero, by the buyer; delivery begins.
    case peerPaid(id: OfferID, buyer: Address, aggregator: Address, price: TokenAmount)
    /// A household's receipt is there, and the other's is not.
    case receiptHandedIn(id: OfferID, household: Address, energy: WattHours)
    /// Delivery is proved.
    case energyDelivered(id: OfferID, seller: Address, buyer: Address, energy: WattHours)
    /// The trade is settled: what the seller got, the aggregator's fee, the buyer's rest, and what is
    /// burned as the buyer's receipt never came.
    case sellerPaid(
        id: OfferID, seller: Address, amount: TokenAmount, fee: TokenAmount, returned: TokenAmount,
        burned: TokenAmount)
    /// The seller took the offer back.
    case offerCancelled(id: OfferID, seller: Address)
    /// Nobody picked the offer in time.
    case offerExpired(id: OfferID, seller: Address)
    /// The buyer has the escrow back.
    case tradeRefunded(id: OfferID, buyer: Address, amount: TokenAmount)

    /// The offer that it is about.
    public var id: OfferID {
        switch self {
        case .offerAdded(let id, _, _, _, _, _, _), .offerPicked(let id, _, _, _),
            .peerPaid(let id, _, _, _), .energyDelivered(let id, _, _, _),
            .offerReleased(let id, _, _, _), .receiptHandedIn(let id, _, _),
            .sellerPaid(let id, _, _, _, _, _), .offerCancelled(let id, _),
            .offerExpired(let id, _), .tradeRefunded(let id, _, _):
            id
        }
    }
}

extension MarketEvent {
    private static let offerAdded = event(
        "OfferAdded", ["seller", "recipient"], ["energy", "price"],
        times: ["timeOffered", "expires"],
        MarketEvent.offerAdded)
    private static let offerPicked = event(
        "OfferPicked", ["seller", "buyer"], ["price"], MarketEvent.offerPicked)
    private static let offerReleased = event(
        "OfferReleased", ["seller", "buyer"], ["price"], MarketEvent.offerReleased)
    private static let receiptHandedIn = event(
        "ReceiptHandedIn", ["household"], ["energy"], MarketEvent.receiptHandedIn)
    private static let peerPaid = event(
        "PeerPaid", ["buyer", "aggregator"], ["price"], MarketEvent.peerPaid)
    private static let energyDelivered = event(
        "EnergyDelivered", ["seller", "buyer"], ["energy"], MarketEvent.energyDelivered)
    private static let sellerPaid = event(
        "SellerPaid", ["seller"], ["amount", "fee", "returned", "burned"], MarketEvent.sellerPaid)
    private static let offerCancelled = event(
        "OfferCancelled", ["seller"], [], MarketEvent.offerCancelled)
    private static let offerExpired = event(
        "OfferExpired", ["seller"], [], MarketEvent.offerExpired)
    private static let tradeRefunded = event(
        "TradeRefunded", ["buyer"], ["amount"], MarketEvent.tradeRefunded)

    private static let shapes = [
        offerAdded, offerPicked, offerReleased, peerPaid, receiptHandedIn, energyDelivered,
        sellerPaid, offerCancelled, offerExpired, tradeRefunded,
    ]

    /// Every event's ABI.
    static let definitions = shapes.map(\.definition)

    /// An event about an offer and some accounts, all indexed, with some numbers and times.
    private static func event<each Field: ABIField>(
        _ name: String, _ accounts: [String], _ numbers: [String], times: [String] = [],
        _ make: @escaping @Sendable (repeat each Field) -> MarketEvent
    ) -> EventShape<MarketEvent> {
        EventShape(
            NativeContract.market, name,
            [ABIParameter("id", .uint(32), isIndexed: true)]
                + accounts.map { ABIParameter($0, .address, isIndexed: true) }
                + numbers.map { ABIParameter($0, .uint(32)) }
                + times.map { ABIParameter($0, .uint(64)) }, make)
    }

    /// The event as the market emits it.
    public var log: EventLog {
        switch self {
        case .offerAdded(
            let id, let seller, let recipient, let energy, let price, let offered, let expires):
            Self.offerAdded.log(id, seller, recipient, energy, price, offered, expires)
        case .offerPicked(let id, let seller, let buyer, let price):
            Self.offerPicked.log(id, seller, buyer, price)
        case .offerReleased(let id, let seller, let buyer, let price):
            Self.offerReleased.log(id, seller, buyer, price)
        case .receiptHandedIn(let id, let household, let energy):
            Self.receiptHandedIn.log(id, household, energy)
        case .peerPaid(let id, let buyer, let aggregator, let price):
            Self.peerPaid.log(id, buyer, aggregator, price)
        case .energyDelivered(let id, let seller, let buyer, let energy):
            Self.energyDelivered.log(id, seller, buyer, energy)
        case .sellerPaid(let id, let seller, let amount, let fee, let returned, let burned):
            Self.sellerPaid.log(id, seller, amount, fee, returned, burned)
        case .offerCancelled(let id, let seller): Self.offerCancelled.log(id, seller)
        case .offerExpired(let id, let seller): Self.offerExpired.log(id, seller)
        case .tradeRefunded(let id, let buyer, let amount):
            Self.tradeRefunded.log(id, buyer, amount)
        }
    }

    /// Reads an event of the market; nil if `log` is another contract's, or none of these.
    public init?(_ log: EventLog) {
        guard let event = EventShape.read(log, as: Self.shapes) else { return nil }
        self = event
    }
}
