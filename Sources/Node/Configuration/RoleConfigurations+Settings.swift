package import Market
import Protocol

extension HouseholdSettings {
    static var settings: [Setting<HouseholdSettings>] {
        [
            .value(
                "aggregator", \.aggregator, .optional(.address),
                "The aggregator's account: it gets the readings, once a second.",
                isRequired: true),
            .table(
                "trader", \.limits,
                """
                What the automatic trader may do. Prices are tokens a kWh. enabled = false leaves
                trading to `busbar trade`.
                """, TraderLimits.settings),
        ]
    }
}

extension TraderLimits {
    package static var settings: [Setting<TraderLimits>] {
        [
            .value("enabled", \.isEnabled, .flag),
            .value(
                "lowest_sale_price", \.lowestSalePrice, .tokens, "The least that it sells for."),
            .value(
                "highest_sale_price", \.highestSalePrice, .tokens,
                "What it asks for when there is little to sell."),
            .check("lowest_sale_price") {
                $0.lowestSalePrice <= $0.highestSalePrice
                    ? nil : "is more than highest_sale_price"
            },
            .value(
                "highest_purchase_price", \.highestPurchasePrice, .tokens,
                "The most that it buys for."),
            .value("lot_wh", \.lot, .energy(in: 1...1_000_000), "The energy of one offer."),
            .value(
                "most_open_offers", \.mostOpenOffers, .number(in: 0...64),
                "How many offers may stand open at once."),
            .value(
                "most_open_sales", \.mostOpenSales, .number(in: 0...64),
                "How many sales may be under way at once."),
            .value(
                "most_open_purchases", \.mostOpenPurchases, .number(in: 0...64),
                "How many purchases may be under way at once."),
            .value(
                "most_tokens_per_day", \.mostTokensPerDay, .tokens,
                "The most that it spends in a day of the market."),
            .value(
                "offer_seconds", \.offerSeconds, .number(in: 1...86_400),
                "How long its offers stand, in seconds of the market."),
        ]
    }
}

extension AggregatorConfiguration {
    /// Its settings but for the database, which is each aggregator's own.
    package static var settings: [Setting<AggregatorConfiguration>] {
        [
            .value("delivery_seconds", \.settings.deliverySeconds, .number(in: 1...86_400)),
            .value("readings_kept_hours", \.settings.readingsKeptHours, .number(in: 1...87_600)),
            .value("top_up_tokens", \.settings.topUp.amount, .tokens),
            .value("top_up_below", \.settings.topUp.below, .tokens),
            .value(
                "top_up_daily_tokens", \.settings.topUp.mostPerDay, .tokens,
                "What all new households together get in 24 hours; the others wait, and the log says so."
            ),
            .value("purchase_limit_tokens", \.settings.purchaseLimit, .tokens),
        ]
    }
}

extension Exchange.InitialMint {
    /// Its settings but for its aggregator, which each chain has its own.
    package static var settings: [Setting<Exchange.InitialMint>] {
        [
            .value("initial_tokens", \.amount, .tokens),
            .value("payment_reference", \.reference, .text),
        ]
    }
}
