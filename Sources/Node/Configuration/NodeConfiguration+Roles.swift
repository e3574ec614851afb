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
    ) throws(ConfigurationError) -> MeterConfiguration {
        let keys = try keyFiles(settings, paths)
        switch try settings.requiredText("source") {
        case "manual":
            return MeterConfiguration(keys: keys, source: .manual)
        case "profile":
            let file = paths.resolve(try settings.requiredText("file"))
            return MeterConfiguration(
                keys: keys,
                source: .profile(file: file, household: try settings.requiredText("household")))
        case let other:
            throw settings.error("source", "is \"\(other)\", but must be profile or manual")
        }
    }

    private static func household(
        _ settings: SettingsTable
    ) throws(ConfigurationError) -> HouseholdConfiguration {
        let trader = try settings.table("trader")
        let household = HouseholdConfiguration(
            aggregator: try settings.address("aggregator"),
            trader: try TraderConfiguration(trader, over: TraderConfiguration()))
        try trader.end()
        return household
    }

    private static func aggregator(
        _ settings: SettingsTable, _ paths: RelativePaths
    ) throws(ConfigurationError) -> AggregatorConfiguration {
        try AggregatorConfiguration(database: paths.resolve(settings.requiredText("database")))
            .reading(settings)
    }

    private static func exchange(
        _ settings: SettingsTable
    ) throws(ConfigurationError) -> ExchangeConfiguration {
        var exchange = try ExchangeConfiguration().reading(settings)
        if try settings.text("aggregator") != nil {
            exchange.aggregator = try settings.address("aggregator")
        }
        return exchange
    }
}

extension TraderConfiguration {
    /// Reads the limits; what the table does not say stays as in `standard`.
    package init(_ settings: SettingsTable, over standard: TraderConfiguration)
        throws(ConfigurationError)
    {
        self = standard
        isEnabled = try settings.flag("enabled", default: isEnabled)
        lowestSalePrice = try settings.tokens("lowest_sale_price", default: lowestSalePrice)
        highestSalePrice = try settings.tokens("highest_sale_price", default: highestSalePrice)
        highestPurchasePrice = try settings.tokens(
            "highest_purchase_price", default: highestPurchasePrice)
        lot = WattHours(try settings.number("lot_wh", in: 1...1_000_000, default: lot.value))
        mostOpenOffers = try settings.number(
            "most_open_offers", in: 0...64, default: mostOpenOffers)
        mostOpenSales = try settings.number("most_open_sales", in: 0...64, default: mostOpenSales)
        mostTokensPerDay = try settings.tokens("most_tokens_per_day", default: mostTokensPerDay)
        offerSeconds = try settings.number("offer_seconds", in: 1...604_800, default: offerSeconds)
        guard lowestSalePrice <= highestSalePrice else {
            throw settings.error("lowest_sale_price", "is more than highest_sale_price")
        }
    }
}

extension AggregatorConfiguration {
    /// The configuration with what the table says in place of its own.
    package func reading(_ settings: SettingsTable) throws(ConfigurationError)
        -> AggregatorConfiguration
    {
        var result = self
        result.deliverySeconds = try settings.number(
            "delivery_seconds", in: 1...86_400, default: deliverySeconds)
        result.readingsKeptHours = try settings.number(
            "readings_kept_hours", in: 1...87_600, default: readingsKeptHours)
        result.topUpTokens = try settings.tokens("top_up_tokens", default: topUpTokens)
        result.topUpBelow = try settings.tokens("top_up_below", default: topUpBelow)
        result.purchaseLimit = try settings.tokens("purchase_limit_tokens", default: purchaseLimit)
        return result
    }
}

extension ExchangeConfiguration {
    /// The configuration with what the table says in place of its own.
    package func reading(_ settings: SettingsTable) throws(ConfigurationError)
        -> ExchangeConfiguration
    {
        var result = self
        result.initialTokens = try settings.tokens("initial_tokens", default: initialTokens)
        result.paymentReference = try settings.text("payment_reference") ?? paymentReference
        return result
    }
}
