package import Protocol

/// A household's smart meter: its key, and where its readings come from.
package struct MeterConfiguration: Hashable, Sendable {
    /// The meter's own key, which signs receipts.
    package var keys: KeyFiles
    /// Where its readings come from.
    package var source: Source

    /// Where a meter's readings come from.
    package enum Source: Hashable, Sendable {
        /// A file of whole watt-hours in slots of 15 minutes (CSV), and whose columns in it:
        /// `h01` for `h01_consumed_wh` and `h01_generated_wh`.
        case profile(file: String, household: String)
        /// Set by hand through the household's API, in watts.
        case manual
    }

    package init(keys: KeyFiles, source: Source) {
        self.keys = keys
        self.source = source
    }
}

/// What a household wants.
package struct HouseholdConfiguration: Hashable, Sendable {
    /// The account of its aggregator.
    package var aggregator: Address
    /// What it lets its automatic trader do.
    package var trader: TraderConfiguration

    package init(aggregator: Address, trader: TraderConfiguration = TraderConfiguration()) {
        self.aggregator = aggregator
        self.trader = trader
    }
}

/// The limits that a household's owner sets its automatic trader. Prices are tokens a kWh.
package struct TraderConfiguration: Hashable, Sendable {
    /// Whether it trades at all.
    package var isEnabled = true
    /// The least that it sells for.
    package var lowestSalePrice = TokenAmount(80_000)
    /// What it asks for when there is little to sell.
    package var highestSalePrice = TokenAmount(200_000)
    /// The most that it buys for.
    package var highestPurchasePrice = TokenAmount(250_000)
    /// The energy of one offer.
    package var lot = WattHours(50)
    /// How many of its offers may stand open at once.
    package var mostOpenOffers = 3
    /// How many of its sales may be under way at once.
    package var mostOpenSales = 3
    /// The most that it spends in a day of the market.
    package var mostTokensPerDay = TokenAmount(5_000_000)
    /// How long its offers stand, in seconds of the market.
    package var offerSeconds: UInt64 = 3_600

    /// The usual limits.
    package init() {}
}

/// How an aggregator works.
package struct AggregatorConfiguration: Hashable, Sendable {
    /// Its own database of users, meters and readings (SQLite).
    package var database: String
    /// How long a delivery lasts at most before it is settled, in seconds of the market.
    package var deliverySeconds: UInt64 = 600
    /// How long readings are kept, in hours of real time.
    package var readingsKeptHours: UInt64 = 48
    /// How many tokens a household with few gets without asking; zero for never.
    package var topUpTokens = TokenAmount.zero
    /// Below which balance it gets them.
    package var topUpBelow = TokenAmount.zero
    /// How many tokens it sells a household in 24 hours for purchases without its operator's word.
    package var purchaseLimit = TokenAmount.zero

    /// The usual configuration.
    package init(database: String) {
        self.database = database
    }
}

/// How an exchange works.
package struct ExchangeConfiguration: Hashable, Sendable {
    /// The aggregator that gets the initial tokens; nil for the first one that the ledger knows.
    package var aggregator: Address?
    /// How many tokens it gets when the exchange first starts; zero for none.
    package var initialTokens = TokenAmount.zero
    /// The payment's reference, which makes it happen once in the life of the chain.
    package var paymentReference = "initial"

    /// An exchange without an initial payment.
    package init() {}
}
