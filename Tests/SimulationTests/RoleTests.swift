import Testing

@testable import Simulation

/// Whole nodes with their roles: the production's code of households, aggregator and exchange under
/// faults. Each known bug of roles breaks a promise in some of these runs.
@Suite struct `Roles under faults` {
    private static let profiles: [FaultProfile] = [.crashes, .swarm, .partitions, .crashes]

    /// Runs of the market's faults, the same for every test that looks at them.
    private static let reports: [SimulationReport] = (1...24).map { seed in
        SimulationRun(
            seed: 7_000 + UInt64(seed), profile: profiles[seed % profiles.count],
            milliseconds: 40_000
        ).run()
    }

    @Test func `twenty-four seeds keep all promises, and trades come to either end`() {
        var total = SimulationCounters()
        for report in Self.reports {
            #expect(report.failure == nil, "\(report.summary(of: "these"))")
            total.merge(report.counters)
        }
        for name in [
            "trade of a role begun", "trade of a role delivered", "trade of a role settled",
            "trade of a role refunded", "effects of a role lost", "record of a role lost",
            "forged meter message",
        ] {
            #expect(total[name] > 0, "\(name) never happened")
        }
    }
}
