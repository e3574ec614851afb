import Ledger
package import Protocol

/// What an aggregator writes down: users, meters and their readings, trades with each step's time,
/// and the tokens it sold. The ledger has the last word on trades and tokens; nothing here is needed
/// to go on after a loss but what households say again.
package enum AggregatorRecord: Hashable, Sendable {
    /// Members as the ledger has them, and names of some, which never stand in the ledger. A known
    /// name stays where there is no other.
    case members([Member], names: [Address: String])
    /// Readings; one that is known already stays as it is.
    case readings([ReceivedReading])
    /// Readings that arrived before this are of no more use.
    case oldReadings(before: Timestamp)
    /// How far a trade is.
    case trade(KeptTrade)
    /// When a step of a trade was taken.
    case step(TakenStep, of: OfferID)
    /// Tokens were sold.
    case sale(TokenSale)
    /// A household is given tokens that it did not ask for: written down before it is done, as it
    /// happens once in the household's life.
    case topUp(TopUp)
    /// What was to be given will never be.
    case noTopUp(of: Address)
    /// A household's owner has signed in, and its node has proved who it is.
    case signedIn(Address, at: Timestamp)
}

/// A reading and when it arrived.
package struct ReceivedReading: Hashable, Sendable {
    /// What the meter showed.
    package let reading: MeterReading
    /// When it arrived.
    package let receivedAt: Timestamp

    package init(reading: MeterReading, receivedAt: Timestamp) {
        self.reading = reading
        self.receivedAt = receivedAt
    }
}

/// A sale of tokens that is final.
package struct TokenSale: Hashable, Sendable {
    /// Who got them.
    package let account: Address
    /// How many.
    package let amount: TokenAmount
    /// The purchase that it filled; nil if it was not asked for.
    package let purchase: UInt32?
    /// The transaction and the height of its block.
    package let transaction: Hash32
    package let block: UInt64
    /// When the aggregator knew of it.
    package let soldAt: Timestamp

    package init(
        account: Address, amount: TokenAmount, purchase: UInt32?, transaction: Hash32,
        block: UInt64, soldAt: Timestamp
    ) {
        self.account = account
        self.amount = amount
        self.purchase = purchase
        self.transaction = transaction
        self.block = block
        self.soldAt = soldAt
    }
}

/// Tokens that a household is given without asking.
package struct TopUp: Hashable, Sendable {
    /// Who gets them.
    package let account: Address
    /// How many.
    package let amount: TokenAmount
    /// When it was decided.
    package let decidedAt: Timestamp

    package init(account: Address, amount: TokenAmount, decidedAt: Timestamp) {
        self.account = account
        self.amount = amount
        self.decidedAt = decidedAt
    }
}

/// What an aggregator's store held when it started.
package struct AggregatorMemory: Hashable, Sendable {
    /// The trades that were not over, in order of their ids.
    package var trades: [KeptTrade] = []
    /// What was sold for purchases within a day.
    package var sales: [TokenSale] = []
    /// Every household that was given tokens without asking, ever.
    package var topUps: [TopUp] = []
    /// The last reading of each meter.
    package var readings: [MeterReading] = []

    package init() {}
}
