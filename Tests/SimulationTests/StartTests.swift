import Testing

@testable import Simulation

/// Each run starts validators with and without the mark of a key that never voted, from
/// directories that were emptied, restored, cut short, or are late.
@Suite struct `Starts in the simulation` {
    private func run(
        _ seeds: ClosedRange<UInt64>, milliseconds: UInt64
    ) async -> SimulationCounters {
        await withTaskGroup(of: SimulationReport.self) { group in
            for seed in seeds {
                group.addTask {
                    SimulationRun(
                        seed: seed, profile: .crashes, others: 0, milliseconds: milliseconds,
                        pace: 6_000
                    ).run()
                }
            }
            var total = SimulationCounters()
            for await report in group {
                #expect(report.failure == nil, "\(report.summary(of: "these"))")
                total.merge(report.counters)
            }
            return total
        }
    }

    @Test func `M23: who has nothing but an empty directory stays silent`() async {
        let counters = await run(1...24, milliseconds: 20_000)
        for name in [
            "first start without its mark", "mark gone, right not stored", "directory emptied",
            "directory restored", "late first start", "recovered its vote",
        ] {
            #expect(counters[name] > 0, "\(name) never happened")
        }
    }

    @Test func `M24: who knows that its log was cut short stays silent`() async {
        let counters = await run(25...48, milliseconds: 60_000)
        #expect(counters["directory truncated"] > 0)
        #expect(counters["began knowing of its loss"] > 0)
    }
}
