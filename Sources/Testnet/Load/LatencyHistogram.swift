import API
import Console

/// How many of some times lie in each range, each range ending at the next of 1, 2, 5, 10, 20, 50 …
/// milliseconds. Percentiles are of the times themselves: no range blurs them.
struct LatencyHistogram {
    struct Range: Equatable {
        /// The most milliseconds that count here.
        let upTo: Double
        let count: Int
    }

    /// From the first range that holds something to the last.
    let ranges: [Range]

    init(_ milliseconds: [Double]) {
        let bounds = Self.bounds(from: milliseconds.min(), to: milliseconds.max())
        var counts = [Int](repeating: 0, count: bounds.count)
        for time in milliseconds {
            if let place = bounds.firstIndex(where: { time <= $0 }) { counts[place] += 1 }
        }
        ranges = zip(bounds, counts).map(Range.init)
    }

    /// The ends of the ranges that hold everything from `least` to `most`.
    private static func bounds(from least: Double?, to most: Double?) -> [Double] {
        guard let least, let most else { return [] }
        var bounds: [Double] = []
        var unit = 0.1
        while true {
            for bound in [unit, 2 * unit, 5 * unit] where bound >= least {
                bounds.append(bound)
                if bound >= most { return bounds }
            }
            unit *= 10
        }
    }

    /// A table with a bar for each range.
    var markdown: String {
        let all = max(1, ranges.reduce(0) { $0 + $1.count })
        var table = Table(["up to ms", "transactions", "share", ""], rightAligned: [0, 1, 2])
        for range in ranges {
            let share = Double(range.count) / Double(all)
            table.add([
                "\(Figures.rounded(range.upTo))", "\(range.count)",
                "\(Figures.rounded(share * 100)) %",
                String(repeating: "#", count: Int((share * 40).rounded())),
            ])
        }
        return table.markdown
    }

    var json: JSON {
        .array(
            ranges.map {
                ["upToMilliseconds": Figures.json($0.upTo), "count": .number($0.count)]
            })
    }
}
