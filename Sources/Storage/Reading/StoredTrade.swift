package import Protocol

/// An offer and the trade that came of it, as a person would ask for it.
package struct StoredTrade: Hashable, Sendable {
    /// The number.
    package let id: OfferID
    /// Where it stands: `open`, `picked`, `paid`, `delivered`, `settled`, `refunded`, `cancelled`
    /// or `expired`.
    package let state: String
    /// Who offers the energy.
    package let seller: Address
    /// Who alone may pick it, if it names somebody.
    package let recipient: Address?
    /// Who picked it, if somebody has.
    package let buyer: Address?
    /// The energy offered.
    package let energy: WattHours
    /// The price of all of it.
    package let price: TokenAmount
    /// When it was offered.
    package let offeredAt: MarketTime
    /// Until when it may be picked, if there is an end.
    package let expiresAt: MarketTime?
    /// The energy delivered, as far as that is proved.
    package let delivered: WattHours
    /// What the seller got.
    package let sellerAmount: TokenAmount
    /// What the aggregator got.
    package let fee: TokenAmount
    /// What the buyer got back.
    package let returned: TokenAmount
    /// What nobody got, as the buyer's receipt never came.
    package let burned: TokenAmount
    /// Every step so far, in order.
    package let steps: [StoredStep]
}

/// One step of a trade.
package struct StoredStep: Hashable, Sendable {
    /// The event that tells of it: `OfferAdded`, `OfferPicked`, …
    package let name: String
    /// The block's height.
    package let blockNumber: UInt64
    /// The block's time.
    package let time: Timestamp
    /// The market's time then.
    package let marketTime: MarketTime
    /// The transaction that took it.
    package let transactionHash: Hash32
}

/// A movement of tokens.
package struct StoredTransfer: Hashable, Sendable {
    /// The block's height.
    package let blockNumber: UInt64
    /// The event's number within the block.
    package let logIndex: Int
    /// The block's time.
    package let time: Timestamp
    /// Where the tokens came from; zero if they were minted.
    package let sender: Address
    /// Where they went; zero if they were burned.
    package let recipient: Address
    /// How many.
    package let amount: TokenAmount
}
