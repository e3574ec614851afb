public import Protocol

/// Energy that a prosumer offers for a price.
public struct Offer: Hashable, Sendable {
    /// The offer's number, and later the trade's.
    public let id: OfferID
    /// Who offers.
    public let seller: Address
    /// How much, below 2^32.
    public let energy: WattHours
    /// The price for all of it, below 2^32.
    public let price: TokenAmount
    /// When the offer was made, on the market's clock.
    public let timeOffered: MarketTime
    /// From when on it can no longer be picked.
    public let expires: MarketTime
    /// The only one who may pick it; nil if anyone but the seller may.
    public let recipient: Address?

    init(
        id: OfferID, seller: Address, energy: WattHours, price: TokenAmount,
        timeOffered: MarketTime, expires: MarketTime, recipient: Address? = nil
    ) {
        self.id = id
        self.seller = seller
        self.energy = energy
        self.price = price
        self.timeOffered = timeOffered
        self.expires = expires
        self.recipient = recipient
    }

    /// Whether it is given away: for nothing, which only an offer to somebody may be.
    public var isGift: Bool { price == .zero }

    /// Whether `account` is one who may pick it, as far as the offer says.
    public func isFor(_ account: Address) -> Bool {
        seller != account && (recipient ?? account) == account
    }

    /// Whether it can no longer be picked at `time`.
    public func isExpired(at time: MarketTime) -> Bool {
        expires <= time
    }
}

/// Where an offer, and the trade that comes of it, stands.
public enum TradeStatus: UInt8, Hashable, Sendable, CaseIterable {
    /// Offered; its recipient may pick it, or anyone but the seller if it names none.
    case open = 1
    /// Picked; the price is in escrow.
    case picked = 2
    /// The aggregator registered the payment; delivery is on.
    case paid = 3
    /// Delivery is proved.
    case delivered = 4
    /// The seller is paid. The trade is over.
    case settled = 5
    /// The seller took the offer back. It is over.
    case cancelled = 6
    /// Nobody picked the offer in time. It is over.
    case expired = 7
    /// The buyer has the escrow back. The trade is over.
    case refunded = 8

    /// The status in lower case.
    public var name: String { "\(self)" }
}

/// When a step of a trade was taken.
public struct TradeStep: Hashable, Sendable {
    /// The block that holds the step's transaction.
    public let block: UInt64
    /// The market's time then, in whole seconds.
    public let time: MarketTime
}
