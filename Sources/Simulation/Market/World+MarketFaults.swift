/// What goes wrong between households and their aggregator.
extension World {
    private var aggregator: Int? {
        presentNodes.first { if case .aggregator? = nodes[$0].part { true } else { false } }
    }

    /// The aggregator is away for hours of the market's time.
    mutating func sendAggregatorAway() {
        guard let node = aggregator else { return }
        tell(.incident(.awayAggregator, nodes: [node]))
        crash(node, downtime: generator.next(in: 10_000...40_000))
    }

    /// A household and the aggregator do not hear each other; sometimes the household begins again
    /// meanwhile, and what it has said was never heard.
    mutating func cutOffHousehold(_ incident: inout Incident) {
        let households = presentNodes.filter {
            if case .household? = nodes[$0].part { true } else { false }
        }
        guard let aggregator, !households.isEmpty else { return }
        let node = generator.pick(households)
        tell(.incident(.cutOffHousehold, nodes: [node]))
        let ways = [(from: node, to: aggregator), (from: aggregator, to: node)]
        for way in ways { network.block(from: way.from, to: way.to) }
        if generator.chance(permille: 600) {
            scheduler.add(.restart(node), at: time + generator.next(in: 500...6_000))
        }
        incident.blocked = ways
    }
}
