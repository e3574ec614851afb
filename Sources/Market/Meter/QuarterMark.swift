package import Protocol

/// What a meter's registers held when a quarter of an hour began: two marks in a row tell what flowed
/// in between.
package struct QuarterMark: Hashable, Sendable {
    /// How long a quarter is, in seconds of the market.
    package static let seconds = QuarterSums.seconds
    /// The longest time between two counts in which a mark is set at all, in seconds of the market:
    /// over a longer one nobody knows when the energy flowed.
    static let longestGap: UInt64 = 3_600
    /// Up to so long a gap counts as measured.
    static let measuredGap: UInt64 = 300

    /// When the quarter began, a multiple of ``seconds``.
    package let start: MarketTime
    /// The register of energy drawn from the grid.
    package let imported: WattHours
    /// The register of energy fed into the grid.
    package let exported: WattHours
    /// Whether the meter counted close to it: if not, it lies on the line between two counts.
    package let isMeasured: Bool

    package init(
        start: MarketTime, imported: WattHours, exported: WattHours, isMeasured: Bool
    ) {
        self.start = start
        self.imported = imported
        self.exported = exported
        self.isMeasured = isMeasured
    }

    /// The marks of the quarters that began after the count `before` and up to the count `after`.
    static func between(_ before: MeterRegisters, _ after: MeterRegisters) -> [QuarterMark] {
        let gap = after.time.seconds - min(before.time.seconds, after.time.seconds)
        guard gap > 0, gap <= longestGap else { return [] }
        var marks: [QuarterMark] = []
        var start = (before.time.seconds / seconds + 1) * seconds
        while start <= after.time.seconds {
            let share = start - before.time.seconds
            func register(_ from: MilliwattSeconds, _ to: MilliwattSeconds) -> WattHours {
                let flow = to.value - min(from.value, to.value)
                let product = flow.multipliedFullWidth(by: share)
                let part = gap.dividingFullWidth((product.high, product.low)).quotient
                return (from + MilliwattSeconds(part)).wattHours
            }
            marks.append(
                QuarterMark(
                    start: MarketTime(seconds: start),
                    imported: register(before.imported, after.imported),
                    exported: register(before.exported, after.exported),
                    isMeasured: gap <= measuredGap))
            start += seconds
        }
        return marks
    }
}
