package import Protocol

/// What a household must not forget: its meter's registers, and what the meter has said of
/// deliveries.
package enum HouseholdRecord: Hashable, Sendable {
    /// The registers of a meter, which are written every second: they survive the end of the
    /// process.
    case registers(MeterRegisters, of: Address)
    /// A delivery, before the meter says so to anyone: it survives the loss of power too.
    case delivery(MeterDelivery)
    /// What the registers held when a quarter of an hour began; it survives the end of the process.
    case quarter(QuarterMark)
    /// What an aggregator told of the community's quarters of an hour; it survives the end of the process.
    case told(QuarterReport, by: Address)
    /// The delivery of the trade is over without a receipt.
    case abandoned(OfferID)
}

/// What a household's store held when it started.
package struct HouseholdMemory: Hashable, Sendable {
    /// How many deliveries it needs: an aggregator asks for no older ones.
    package static let deliveries = 1_000

    /// The registers of its meter; nil if nothing is kept of them.
    package var registers: MeterRegisters?
    /// The latest deliveries, in order of their trades, and all that go on.
    package var deliveries: [MeterDelivery] = []
    /// Up to when it was told of the community's quarters of an hour; nil if nothing is kept of that.
    package var told: ToldQuarters?

    package init() {}
}
