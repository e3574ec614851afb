import API

/// How the values of a measurement are spread.
struct Spread {
    let least: Double
    let median: Double
    /// Nine of ten values are not above it.
    let ninetieth: Double
    let greatest: Double

    /// The spread of `values`; nil if there are none.
    init?(_ values: [Double]) {
        let sorted = values.sorted()
        guard let first = sorted.first, let last = sorted.last else { return nil }
        least = first
        greatest = last
        let middle = sorted.count / 2
        median =
            sorted.count.isMultiple(of: 2)
            ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
        // The nearest rank: the smallest value that nine tenths do not exceed.
        ninetieth = sorted[(sorted.count * 9 + 9) / 10 - 1]
    }

    /// The four figures with one decimal, as a table shows them.
    var cells: [String] { [least, median, ninetieth, greatest].map { Figures.text($0) } }

    var json: JSON {
        [
            "min": .number(Figures.rounded(least)), "median": .number(Figures.rounded(median)),
            "p90": .number(Figures.rounded(ninetieth)), "max": .number(Figures.rounded(greatest)),
        ]
    }
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
}
