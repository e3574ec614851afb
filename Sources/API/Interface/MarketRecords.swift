public import Protocol

/// An offer and the trade that came of it.
public struct TradeRecord: Hashable, Sendable {
    /// The number.
    public let id: OfferID
    /// Where it stands, by ``TradeStatus/name``.
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
    /// From when on it cannot be picked, if there is an end.
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
    public let steps: [StepRecord]

    /// Puts the parts together.
    public init(
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
public struct StepRecord: Hashable, Sendable {
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

    /// Puts the parts together.
    public init(
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
public struct TransferRecord: Hashable, Sendable {
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

    /// Puts the parts together.
    public init(
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
public struct MarketRecord: Hashable, Sendable {
    /// How many offers and trades stand in each state, by its name.
    public let countByState: [String: Int]
    /// The energy of all settled trades, as delivered.
    public let settledEnergy: WattHours

    /// Puts the parts together.
    public init(
        countByState: [String: Int], settledEnergy: WattHours
    ) {
        self.countByState = countByState
        self.settledEnergy = settledEnergy
    }
}
