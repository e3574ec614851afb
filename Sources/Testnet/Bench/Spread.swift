import API
import Client

struct Spread {
    private let sorted: [Double]

    init(_ values: [Double]) {
        sorted = values.sorted()
    }

    /// The smallest value that `percent` of all do not exceed (nearest rank); nil if there are
    /// none.
    func percentile(_ percent: Int) -> Double? {
        guard !sorted.isEmpty else { return nil }
        return sorted[max(0, (sorted.count * percent + 99) / 100 - 1)]
    }

    /// The value in the middle, or the mean of the two there; nil if there are none.
    var median: Double? {
        guard !sorted.isEmpty else { return nil }
        return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
    }

    /// What is said of the steps of trades: all of it from many values, something from few.
    var range: [(name: String, value: Double?)] {
        [
            ("min", percentile(0)), ("median", median), ("p90", percentile(90)),
            ("max", percentile(100)),
        ]
    }

    /// What is said of how long it takes until all is well again, which matters where it is rare.
    var tail: [(name: String, value: Double?)] {
        [("p50", percentile(50)), ("p99", percentile(99)), ("max", percentile(100))]
    }

    var count: Int { sorted.count }
}

/// Measured figures as they are shown.
enum Figures {
    /// `value` with one decimal.
    static func text(_ value: Double) -> String { "\(rounded(value))" }

    /// `value` rounded to `decimals` decimals.
    static func rounded(_ value: Double, decimals: Int = 1) -> Double {
        let unit = (0..<decimals).reduce(1.0) { product, _ in product * 10 }
        return (value * unit).rounded() / unit
    }

    /// `value` rounded to `decimals` decimals, or null.
    static func json(_ value: Double?, decimals: Int = 1) -> JSON {
        value.map { .number(rounded($0, decimals: decimals)) } ?? .null
    }
}

extension [(name: String, value: Double?)] {
    /// The values for a table, rounded to `decimals` decimals.
    func cells(decimals: Int = 1) -> [String] {
        map { $0.value.map { "\(Figures.rounded($0, decimals: decimals))" } ?? "-" }
    }

    /// The values by their names, rounded to `decimals` decimals.
    func members(decimals: Int = 1) -> [JSON.Member] {
        map { JSON.Member($0.name, Figures.json($0.value, decimals: decimals)) }
    }
}
