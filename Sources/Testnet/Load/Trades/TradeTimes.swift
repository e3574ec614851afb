import Ledger
import Replica

/// How long the steps of trades took, and when each trade was over.
struct TradeTimes {
    /// Of each step, from when the one before it was final until it was, in milliseconds; of an offer, from
    /// when it could be made.
    private(set) var steps = [[Double]](repeating: [], count: LoadStep.allCases.count)
    /// All five steps of each trade.
    private(set) var trades: [Double] = []
    /// When each trade was settled, in seconds since the load began.
    private var settled: [Double] = []

    mutating func note(_ step: LoadStep, milliseconds: Double) {
        steps[step.rawValue].append(milliseconds)
    }

    /// Notes that a trade is settled which began `milliseconds` before.
    mutating func noteTrade(milliseconds: Double, at time: Double) {
        trades.append(milliseconds)
        settled.append(time)
    }

    /// Settled trades a second, from the first to the last; nil if all were at one time.
    var perSecond: Double? {
        guard let first = settled.min(), let last = settled.max(), last > first else { return nil }
        return Double(settled.count { $0 > first }) / (last - first)
    }

    var figures: [LoadFigure] {
        var figures: [LoadFigure] = []
        if let perSecond { figures.append(LoadFigure("settled trades", "a second", perSecond)) }
        let rows = LoadStep.allCases.map { ($0.name, steps[$0.rawValue]) } + [("all five", trades)]
        for (name, times) in rows {
            let spread = Spread(times)
            figures += [50, 95, 99].map { percent in
                LoadFigure(
                    "\(name) until final, p\(percent)", "ms", spread.percentile(percent) ?? 0)
            }
        }
        figures.append(
            LoadFigure(
                "limit: what a pool takes of one aggregator", "a second",
                Double(PoolLimits().perSecond), decimals: 0))
        return figures
    }
}
