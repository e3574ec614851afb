package import Protocol

/// Energy as a meter counts it inside: fine enough that whole watts over whole seconds, and whole
/// watt-hours over a quarter of an hour, leave no remainder.
package struct MilliwattSeconds: Hashable, Comparable, Sendable {
    /// The number of milliwatt-seconds.
    package let value: UInt64

    /// How many of them make a watt-hour.
    package static let perWattHour: UInt64 = 3_600_000
    /// No energy.
    package static let zero = MilliwattSeconds(0)

    package init(_ value: UInt64) { self.value = value }

    /// The same energy; the most that can be counted if it is more.
    package init(_ energy: WattHours) {
        value = energy.value.multipliedSaturating(by: Self.perWattHour)
    }

    /// What `watts` amount to in `seconds`; the most that can be counted if it is more.
    init(watts: UInt64, seconds: UInt64) {
        value = watts.multipliedSaturating(by: seconds).multipliedSaturating(by: 1_000)
    }

    /// The whole watt-hours in it, as a register shows them.
    package var wattHours: WattHours { WattHours(value / Self.perWattHour) }

    /// The sum; a register that is full stays full.
    package static func + (left: Self, right: Self) -> Self {
        Self(left.value.addingSaturating(right.value))
    }

    package static func < (left: Self, right: Self) -> Bool { left.value < right.value }
}
