import Protocol

/// Within what limits a household's automatic trader may act: its owner sets them.
struct TraderLimits: Hashable, Sendable, Codable {
    /// Whether it trades at all.
    var isEnabled = true
    /// The least that it sells a kilowatt-hour for.
    var lowestSalePrice = TokenAmount(80_000)
    /// What it asks for a kilowatt-hour when there is little to sell.
    var highestSalePrice = TokenAmount(200_000)
    /// The most that it buys a kilowatt-hour for.
    var highestPurchasePrice = TokenAmount(250_000)
    /// The energy of one offer.
    var lot = WattHours(50)
    /// How many of its offers may stand open at once.
    var mostOpenOffers = 3
    /// How many of its sales may be under way at once.
    var mostOpenSales = 3
    /// The most that it spends in a day of the market.
    var mostTokensPerDay = TokenAmount(5_000_000)
    /// How long an offer stands, in seconds of the market.
    var offerSeconds: UInt64 = 3_600

    /// The limits that a household begins with.
    init() {}
}
