import Protocol

/// What flowed through a household's connection in some time, each way.
struct EnergyFlow: Hashable, Sendable {
    /// From the grid into the house.
    var imported: MilliwattSeconds
    /// From the house into the grid.
    var exported: MilliwattSeconds

    /// Nothing either way.
    static let none = EnergyFlow(imported: .zero, exported: .zero)
}

/// Where a meter's figures come from.
protocol MeterSource: Sendable {
    /// Whether it knows what flowed while the meter's program was not running.
    var remembersAbsence: Bool { get }
    /// What flows from `start` to `end`. Adjoining spans add up to the whole exactly.
    func flow(from start: MarketTime, to end: MarketTime) -> EnergyFlow
    /// The power at `time` in W: drawn from the grid, or fed in if negative.
    func power(at time: MarketTime) -> Int32
}
