import Market
package import Protocol

extension QuarterSums {
    /// What a simulated community's quarter comes to that begins at `start`: each time the same, so that
    /// it shows who made something else of it.
    package static func simulated(_ start: MarketTime) -> QuarterSums {
        let number = start.seconds / seconds
        return QuarterSums(
            meters: 7, measured: UInt32(number % 8), supply: WattHours(number % 1_009),
            need: WattHours(number % 2_003))
    }
}

extension QuarterReport {
    /// What a simulated aggregator tells of the quarters from `start` on that are over at `end`.
    package static func simulated(from start: MarketTime, to end: MarketTime) -> QuarterReport {
        let length = QuarterSums.seconds
        let first = start.seconds / length * length
        let count = end.seconds < first ? 0 : (end.seconds - first) / length
        let starts = (0..<min(count, UInt64(most))).map {
            MarketTime(seconds: first + $0 * length)
        }
        return QuarterReport(
            first: MarketTime(seconds: first), quarters: starts.map(QuarterSums.simulated))
    }
}

extension World {
    /// An aggregator's node tells `household` what there is of `news`; nobody is suspended here.
    mutating func tell(_ news: HouseholdNews, to household: Address, from node: Int) {
        guard case .quarters(let start) = news else { return }
        let clock = community.chain.state.parameters.marketClock
        let now = clock.time(at: nodes[node].clock(at: time))
        counters.add("quarters told")
        send(
            .meter(.quarters(.simulated(from: start, to: now))), from: node, to: [household])
    }
}

extension MarketChecker {
    /// A household writes down what `aggregator` told it: its own, and nobody else's word.
    func wrote(
        _ report: QuarterReport, by aggregator: Address, at node: SimulatedNode,
        _ checker: inout SafetyChecker
    ) {
        if before.aggregator(of: node.address) != aggregator {
            checker.fail("\(node.address) takes \(aggregator) for its aggregator")
        }
        for (index, sums) in report.quarters.enumerated()
        where sums != .simulated(report.start(of: index)) {
            checker.fail("\(node.address) believes in quarters that its aggregator did not tell")
        }
    }
}
