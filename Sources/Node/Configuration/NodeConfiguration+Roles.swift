import Protocol

extension NodeConfiguration {
    /// Reads the tables of the roles; one of another role than the node's own is refused.
    mutating func readRole(
        _ settings: SettingsTable, _ paths: RelativePaths
    ) throws(ConfigurationError) {
        let tables: [(name: String, role: NodeRole)] = [
            ("meter", .household), ("household", .household), ("aggregator", .aggregator),
            ("exchange", .exchange),
        ]
        for (name, owner) in tables {
            let table = try settings.table(name)
            guard table.isPresent == (role == owner) else {
                let problem =
                    table.isPresent
                    ? "belongs to a node of role \(owner.rawValue), not \(role.rawValue)"
                    : "is missing: a node of role \(owner.rawValue) needs this table"
                throw settings.error(name, problem)
            }
            guard table.isPresent else { continue }
            switch name {
            case "meter": meter = try Self.meter(table, paths)
            case "household": household = try Self.household(table)
            case "aggregator": aggregator = try Self.aggregator(table, paths)
            default: exchange = try Self.exchange(table)
            }
            try table.end()
        }
    }

    private static func meter(
        _ settings: SettingsTable, _ paths: RelativePaths
    ) throws(ConfigurationError) -> MeterSettings {
        let keys = try keyFiles(settings, paths)
        switch try settings.requiredText("source") {
        case "manual":
            return MeterSettings(keys: keys, source: .manual)
        case "profile":
            return MeterSettings(
                keys: keys,
                source: .profile(
                    file: paths.resolve(try settings.requiredText("file")),
                    consumed: try settings.requiredText("consumed"),
                    generated: try settings.text("generated")))
        case let other:
            throw settings.error("source", "is \"\(other)\", but must be profile or manual")
        }
    }

    private static func household(
        _ settings: SettingsTable
    ) throws(ConfigurationError) -> HouseholdSettings {
        let trader = try settings.table("trader")
        let household = HouseholdSettings(
            aggregator: try settings.address("aggregator"),
            trader: try TraderSettings(trader, over: TraderSettings()))
        try trader.end()
        return household
    }

    private static func aggregator(
        _ settings: SettingsTable, _ paths: RelativePaths
    ) throws(ConfigurationError) -> AggregatorSettings {
        let database = paths.resolve(try settings.requiredText("database"))
        let aggregator = AggregatorSettings(
            database: database, exchange: try settings.address("exchange"))
        return try aggregator.reading(settings)
    }

    private static func exchange(
        _ settings: SettingsTable
    ) throws(ConfigurationError) -> ExchangeSettings {
        var exchange = ExchangeSettings(aggregators: try settings.addresses("aggregators"))
        exchange.orderTokens = try settings.tokens("order_tokens", default: exchange.orderTokens)
        exchange.orderBelow = try settings.tokens("order_below", default: exchange.orderBelow)
        return exchange
    }
}

extension TraderSettings {
    /// Reads the limits; what the table does not say stays as in `standard`.
    init(_ settings: SettingsTable, over standard: TraderSettings) throws(ConfigurationError) {
        self = standard
        isEnabled = try settings.flag("enabled", default: isEnabled)
        minimumPrice = try settings.tokens("minimum_price", default: minimumPrice)
        maximumPrice = try settings.tokens("maximum_price", default: maximumPrice)
        let lots: ClosedRange<UInt64> = 1...1_000_000
        smallestLot = WattHours(
            try settings.number("smallest_lot_wh", in: lots, default: smallestLot.value))
        largestLot = WattHours(
            try settings.number("largest_lot_wh", in: lots, default: largestLot.value))
        offerSeconds = try settings.number("offer_seconds", in: 1...604_800, default: offerSeconds)
        openTrades = try settings.number("open_trades", in: 1...64, default: openTrades)
        keepTokens = try settings.tokens("keep_tokens", default: keepTokens)
        buyTokens = try settings.tokens("buy_tokens", default: buyTokens)
        guard smallestLot <= largestLot else {
            throw settings.error("smallest_lot_wh", "is more than largest_lot_wh")
        }
    }
}

extension AggregatorSettings {
    /// The settings with what the table says in place of its own.
    func reading(_ settings: SettingsTable) throws(ConfigurationError) -> AggregatorSettings {
        var result = self
        result.tokenPrice = try settings.tokens("token_price", default: tokenPrice)
        result.startingTokens = try settings.tokens("starting_tokens", default: startingTokens)
        result.deliverySeconds = try settings.number(
            "delivery_seconds", in: 1...86_400, default: deliverySeconds)
        return result
    }
}
