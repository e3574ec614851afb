import Protocol

/// What flowed through a household's connection in some time, each way.
package struct EnergyFlow: Hashable, Sendable {
    /// From the grid into the house.
    package var imported: MilliwattSeconds
    /// From the house into the grid.
    package var exported: MilliwattSeconds

    /// Nothing either way.
    static let none = EnergyFlow(imported: .zero, exported: .zero)

    /// So much of it as a connection of `power` carries in `seconds`.
    func limited(to power: Watts, _ seconds: UInt64) -> EnergyFlow {
        let most = MilliwattSeconds(watts: power.value, seconds: seconds)
        return EnergyFlow(imported: min(imported, most), exported: min(exported, most))
    }
}

/// Where a meter's figures come from.
package enum MeterSource: Sendable {
    /// A power in W that somebody sets by hand, as with the knob of a demonstration board: drawn
    /// from the grid, or fed in if negative.
    case manual(Int32)
    /// A profile.
    case profile(ProfileSource)

    /// Whether it knows what flowed while the meter's program was not running.
    var remembersAbsence: Bool {
        switch self {
        case .manual: false
        case .profile: true
        }
    }

    /// What flows from `start` to `end`. Adjoining spans add up to the whole exactly.
    func flow(from start: MarketTime, to end: MarketTime) -> EnergyFlow {
        guard end > start else { return .none }
        switch self {
        case .profile(let profile): return profile.flow(from: start, to: end)
        case .manual(let power):
            let energy = MilliwattSeconds(
                watts: UInt64(power.magnitude), seconds: end.seconds - start.seconds)
            return power < 0
                ? EnergyFlow(imported: .zero, exported: energy)
                : EnergyFlow(imported: energy, exported: .zero)
        }
    }

    /// The power at `time` in W: drawn from the grid, or fed in if negative.
    func power(at time: MarketTime) -> Int32 {
        switch self {
        case .manual(let power): power
        case .profile(let profile): profile.power(at: time)
        }
    }
}
