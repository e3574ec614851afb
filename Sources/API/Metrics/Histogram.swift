/// A histogram of durations, for whoever counts many of one length at once.
package struct Histogram: Sendable {
    private let series: Series

    init(_ series: Series) {
        self.series = series
    }

    /// Counts a duration of so many nanoseconds in, as often as it was found.
    package func count(nanoseconds: UInt64, times: Int = 1) {
        series.count(Double(nanoseconds) / 1e9, times: times)
    }
}
