/// What was measured on a chain of some length.
struct GrowthSample {
    /// What stands in a row of the table.
    struct Figure {
        /// How a figure may go from the shortest chain to the longest.
        enum Course: Equatable {
            /// It must stay as it was, up to a factor, and so much that it may be more in any case.
            case flat(factor: Double, slack: Double)
            /// It must not fall below a share of what it was.
            case steady(share: Double)
            /// It grows with the chain.
            case growing
        }

        let name: String
        let value: Double
        let course: Course
        /// What it must not exceed at all; nil for no limit.
        var limit: Double?
    }

    let trades: Int
    let transactions: Int
    let blocks: UInt64
    let figures: [Figure]
}

/// What is said of a row.
struct GrowthVerdict {
    let figure: GrowthSample.Figure
    /// From the shortest chain to the longest.
    let values: [Double]

    var ratio: Double { (values.last ?? 0) / max(values.first ?? 0, 0.000_001) }

    var isMet: Bool {
        guard let first = values.first, let last = values.last else { return false }
        if let limit = figure.limit, last > limit { return false }
        switch figure.course {
        case .flat(let factor, let slack): return last <= max(first * factor, first + slack)
        case .steady(let share): return last >= first * share
        case .growing: return true
        }
    }

    var text: String {
        switch figure.course {
        case .growing: "grows, as it must"
        case .flat, .steady: isMet ? "flat" : "GROWS"
        }
    }
}
