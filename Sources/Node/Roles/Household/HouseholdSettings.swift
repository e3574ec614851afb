import Protocol

/// How a household's node works.
struct HouseholdSettings: Sendable {
    /// Whom the readings go to and whose commands the meter follows; nil for the first aggregator
    /// that the ledger knows.
    var aggregator: Address?
    /// The owner's limits for the automatic trader.
    var limits = TraderLimits()
}
