package import Protocol

/// Within what limits a household's automatic trader may act: its owner sets them.
package struct TraderLimits: Hashable, Sendable {
    /// Whether it trades at all.
    package var isEnabled = true
    /// The least that it sells a kilowatt-hour for.
    package var lowestSalePrice = TokenAmount(80_000)
    /// What it asks for a kilowatt-hour when there is little to sell.
    package var highestSalePrice = TokenAmount(200_000)
    /// The most that it buys a kilowatt-hour for.
    package var highestPurchasePrice = TokenAmount(250_000)
    /// The energy of one offer.
    package var lot = WattHours(50)
    /// How many of its offers may stand open at once.
    package var mostOpenOffers = 6
    /// How many of its sales may be under way at once.
    package var mostOpenSales = 16
    /// How many of its purchases may be under way at once.
    package var mostOpenPurchases = 8
    /// The most that it spends in a day of the market.
    package var mostTokensPerDay = TokenAmount(5_000_000)
    /// What it leaves in the account: it buys nothing with these tokens.
    package var reserve = TokenAmount.zero
    /// Whose offers it takes before others' that are acceptable too.
    package var favourites: Set<Address> = []
    /// What part of what it feeds into the grid it gives away, per mille, and to whom.
    package var gifts: [Address: UInt32] = [:]
    /// How long an offer stands, in seconds of the market; a day at most.
    package var offerSeconds: UInt64 = 3_600

    package init() {}
}
