package import Protocol

/// An offer and the trade that came of it.
package struct TradeRecord: Hashable, Sendable {
    /// The number.
    package let id: OfferID
    /// Where it stands, by ``TradeStatus/name``.
    package let state: String
    /// Who offers the energy.
    package let seller: Address
    /// Who picked it, if somebody has.
    package let buyer: Address?
    /// The energy offered.
    package let energy: WattHours
    /// The price of all of it.
    package let price: TokenAmount
    /// When it was offered.
    package let offeredAt: MarketTime
    /// From when on it cannot be picked, if there is an end.
    package let expiresAt: MarketTime?
    /// The energy delivered, as far as that is proved.
    package let delivered: WattHours
    /// What the seller got.
    package let sellerAmount: TokenAmount
    /// What the aggregator got.
    package let fee: TokenAmount
    /// What the buyer got back.
    package let returned: TokenAmount
    /// Every step so far, in order.
    package let steps: [StepRecord]

    package init(
        id: OfferID, state: String, seller: Address, buyer: Address?, energy: WattHours,
        price: TokenAmount, offeredAt: MarketTime, expiresAt: MarketTime?, delivered: WattHours,
        sellerAmount: TokenAmount, fee: TokenAmount, returned: TokenAmount, steps: [StepRecord]
    ) {
        self.id = id
        self.state = state
        self.seller = seller
        self.buyer = buyer
        self.energy = energy
        self.price = price
        self.offeredAt = offeredAt
        self.expiresAt = expiresAt
        self.delivered = delivered
        self.sellerAmount = sellerAmount
        self.fee = fee
        self.returned = returned
        self.steps = steps
    }
}

/// One step of a trade.
package struct StepRecord: Hashable, Sendable {
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

    package init(
        name: String, blockNumber: UInt64, time: Timestamp, marketTime: MarketTime,
        transactionHash: Hash32
    ) {
        self.name = name
        self.blockNumber = blockNumber
        self.time = time
        self.marketTime = marketTime
        self.transactionHash = transactionHash
    }
}

/// A movement of tokens.
package struct TransferRecord: Hashable, Sendable {
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

    package init(
        blockNumber: UInt64, logIndex: Int, time: Timestamp, sender: Address, recipient: Address,
        amount: TokenAmount
    ) {
        self.blockNumber = blockNumber
        self.logIndex = logIndex
        self.time = time
        self.sender = sender
        self.recipient = recipient
        self.amount = amount
    }
}

/// The market in figures.
package struct MarketRecord: Hashable, Sendable {
    /// How many offers and trades stand in each state, by its name.
    package let countByState: [String: Int]
    /// The energy of all settled trades, as delivered.
    package let settledEnergy: WattHours

    package init(
        countByState: [String: Int], settledEnergy: WattHours
    ) {
        self.countByState = countByState
        self.settledEnergy = settledEnergy
    }
}
