internal import CoreMetrics
internal import Synchronization

/// One figure with one set of labels.
final class Series: CounterHandler, RecorderHandler, TimerHandler {
    /// Upper ends of a histogram's buckets in seconds: steps of the replica last fractions of a
    /// millisecond, blocks come up to a minute apart.
    static let bounds = [
        0.000_1, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
        30, 60,
    ]
    /// Those of a figure whose least values are told apart too: one signature takes some 50 µs.
    static let fineBounds = [0.000_01, 0.000_025, 0.000_05, 0.000_1, 0.000_25] + bounds.dropFirst()

    private struct State {
        /// The figure, or the sum of what was recorded.
        var value = 0.0
        var count: UInt64 = 0
        /// How many of what was recorded fall into each bucket; the last takes the rest.
        var buckets: [UInt64]

        init(bounds: [Double]) {
            buckets = [UInt64](repeating: 0, count: bounds.count + 1)
        }
    }

    private let isHistogram: Bool
    private let bounds: [Double]
    private let state: Mutex<State>

    init(isHistogram: Bool, bounds: [Double] = Series.bounds) {
        self.isHistogram = isHistogram
        self.bounds = bounds
        state = Mutex(State(bounds: isHistogram ? bounds : []))
    }

    func increment(by amount: Int64) {
        state.withLock { $0.value += Double(amount) }
    }

    func reset() {
        state.withLock { $0 = State(bounds: isHistogram ? bounds : []) }
    }

    func record(_ value: Int64) {
        record(Double(value))
    }

    func record(_ value: Double) {
        guard isHistogram else { return state.withLock { $0.value = value } }
        count(value, times: 1)
    }

    /// Counts `value` in as often as it was found.
    func count(_ value: Double, times: Int) {
        let bucket = bounds.firstIndex { value <= $0 } ?? bounds.count
        state.withLock { state in
            state.value += value * Double(times)
            state.count += UInt64(times)
            state.buckets[bucket] += UInt64(times)
        }
    }

    func recordNanoseconds(_ duration: Int64) {
        record(Double(duration) / 1e9)
    }

    /// The figure as Prometheus reads it; a bucket counts those below it too.
    func lines(_ name: String, _ labels: String) -> [String] {
        let state = state.withLock { $0 }
        guard isHistogram else { return ["\(name)\(labels) \(Sample.text(of: state.value))"] }
        let start = labels.isEmpty ? "{" : labels.dropLast() + ","
        var total: UInt64 = 0
        let ends = bounds.map(Sample.text(of:)) + ["+Inf"]
        let buckets = zip(ends, state.buckets).map { end, count in
            total += count
            return "\(name)_bucket\(start)le=\"\(end)\"} \(total)"
        }
        return buckets + [
            "\(name)_sum\(labels) \(Sample.text(of: state.value))",
            "\(name)_count\(labels) \(state.count)",
        ]
    }
}
