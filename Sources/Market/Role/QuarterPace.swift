/// When a quarter of an hour is told of, on a market's clock that runs so fast.
package struct QuarterPace: Hashable, Sendable {
    /// How long after a quarter's beginning a reading still tells of it, in seconds of the market: five
    /// readings long.
    package let tolerance: UInt64
    /// How long a quarter is over, in seconds of the market, before nothing about it can change: the
    /// readings that tell of its end have come, and stand in the aggregator's books.
    package let settledAfter: UInt64

    /// Of a market of which `rate` seconds go by in one.
    package init(rate: UInt32) {
        let fiveReadings = max(60, 5 * UInt64(rate))
        tolerance = min(fiveReadings, QuarterMark.seconds - 1)
        settledAfter = 2 * fiveReadings
    }
}
