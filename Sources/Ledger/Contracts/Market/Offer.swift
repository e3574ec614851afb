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

    /// Whether it can no longer be picked at `time`.
    public func isExpired(at time: MarketTime) -> Bool {
        expires <= time
    }
}

/// Where an offer, and the trade that comes of it, stands.
public enum TradeStatus: UInt8, Hashable, Sendable, CaseIterable {
    /// Offered; anyone but the seller may pick it.
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
