public import Protocol

/// A household's smart meter: its key, and where its readings come from.
public struct MeterSettings: Hashable, Sendable {
    /// The meter's own key, which signs receipts.
    public var keys: KeyFiles
    /// Where its readings come from.
    public var source: Source

    /// Where a meter's readings come from.
    public enum Source: Hashable, Sendable {
        /// A file of whole watt-hours a slot (CSV), with the columns of what the house consumed and
        /// of what it generated; nil for a house without generation.
        case profile(file: String, consumed: String, generated: String?)
        /// Set by hand through the household's API, in watts.
        case manual
    }

    /// Puts the settings together.
    public init(keys: KeyFiles, source: Source) {
        self.keys = keys
        self.source = source
    }
}

/// What a household wants.
public struct HouseholdSettings: Hashable, Sendable {
    /// The account of its aggregator.
    public var aggregator: Address
    /// What it lets its automatic trader do.
    public var trader: TraderSettings

    /// Puts the settings together.
    public init(aggregator: Address, trader: TraderSettings = TraderSettings()) {
        self.aggregator = aggregator
        self.trader = trader
    }
}

/// The limits that a household's owner sets its automatic trader. Prices are tokens a kWh.
public struct TraderSettings: Hashable, Sendable {
    /// Whether it trades at all.
    public var isEnabled = true
    /// The least that it sells for.
    public var minimumPrice = TokenAmount(80_000)
    /// The most that it buys for.
    public var maximumPrice = TokenAmount(300_000)
    /// The smallest energy that it offers or picks.
    public var smallestLot = WattHours(10)
    /// The largest energy that it offers at once.
    public var largestLot = WattHours(250)
    /// How long its offers stand, in seconds of the market.
    public var offerSeconds: UInt64 = 1_800
    /// How many of its offers and trades may be open at once.
    public var openTrades = 4
    /// Below this balance it buys tokens.
    public var keepTokens = TokenAmount(2_000_000)
    /// How many tokens it buys then; zero for never.
    public var buyTokens = TokenAmount(10_000_000)

    /// The usual limits.
    public init() {}
}

/// How an aggregator works.
public struct AggregatorSettings: Hashable, Sendable {
    /// Its own database of users, meters and readings (SQLite).
    public var database: String
    /// The account of the exchange that it gets its tokens from.
    public var exchange: Address
    /// What a token costs its members, in the community's currency.
    public var tokenPrice = TokenAmount(1_000_000)
    /// How many tokens each member gets at the start.
    public var startingTokens = TokenAmount(20_000_000)
    /// How long a delivery is metered before it is proved, in seconds of the market.
    public var deliverySeconds: UInt64 = 300

    /// The usual settings.
    public init(database: String, exchange: Address) {
        self.database = database
        self.exchange = exchange
    }
}

/// How an exchange works.
public struct ExchangeSettings: Hashable, Sendable {
    /// The aggregators with a standing order for tokens.
    public var aggregators: [Address]
    /// How many tokens an order is for.
    public var orderTokens = TokenAmount(10_000_000_000)
    /// The aggregator's balance below which the order is carried out.
    public var orderBelow = TokenAmount(1_000_000_000)

    /// The usual orders for `aggregators`.
    public init(aggregators: [Address]) {
        self.aggregators = aggregators
    }
}
