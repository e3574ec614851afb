public import Protocol

/// An offer and the trade that came of it, as a person would ask for it.
public struct StoredTrade: Hashable, Sendable {
    /// The number.
    public let id: OfferID
    /// Where it stands: `open`, `picked`, `paid`, `delivered`, `settled`, `refunded`, `cancelled`
    /// or `expired`.
    public let state: String
    /// Who offers the energy.
    public let seller: Address
    /// Who picked it, if somebody has.
    public let buyer: Address?
    /// The energy offered.
    public let energy: WattHours
    /// The price of all of it.
    public let price: TokenAmount
    /// When it was offered.
    public let offeredAt: MarketTime
    /// Until when it may be picked, if there is an end.
    public let expiresAt: MarketTime?
    /// The energy delivered, as far as that is proved.
    public let delivered: WattHours
    /// What the seller got.
    public let sellerAmount: TokenAmount
    /// What the aggregator got.
    public let fee: TokenAmount
    /// What the buyer got back.
    public let returned: TokenAmount
    /// Every step so far, in order.
    public let steps: [StoredStep]
}

/// One step of a trade.
public struct StoredStep: Hashable, Sendable {
    /// The event that tells of it: `OfferAdded`, `OfferPicked`, …
    public let name: String
    /// The block's height.
    public let blockNumber: UInt64
    /// The block's time.
    public let time: Timestamp
    /// The market's time then.
    public let marketTime: MarketTime
    /// The transaction that took it.
    public let transactionHash: Hash32
}

/// A movement of tokens.
public struct StoredTransfer: Hashable, Sendable {
    /// The block's height.
    public let blockNumber: UInt64
    /// The event's number within the block.
    public let logIndex: Int
    /// The block's time.
    public let time: Timestamp
    /// Where the tokens came from; zero if they were minted.
    public let sender: Address
    /// Where they went; zero if they were burned.
    public let recipient: Address
    /// How many.
    public let amount: TokenAmount
}

/// The market in figures.
public struct MarketFigures: Hashable, Sendable {
    /// How many offers and trades stand in each state, by the state's name.
    public let countByState: [String: Int]
    /// The energy of all settled trades, as delivered.
    public let settledEnergy: WattHours
}
