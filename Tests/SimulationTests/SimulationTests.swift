import Testing

@testable import Simulation

@Suite struct `The simulation` {
    @Test func `the same seed gives the same run`() {
        let run = SimulationRun(seed: 77, profile: .swarm, milliseconds: 8_000)
        let (first, second) = (run.run(), run.run())
        #expect(first.traceHash == second.traceHash)
        #expect(first.counters == second.counters)
        let other = SimulationRun(seed: 78, profile: .swarm, milliseconds: 8_000).run()
        #expect(first.traceHash != other.traceHash)
    }

    @Test func `the trace is the same in every process`() {
        let run = SimulationRun(seed: 1, profile: .calm, others: 1, milliseconds: 3_000)
        var generator = SeededGenerator(seed: 1)
        #expect(run.run().failure == nil)
        #expect(generator.next() == 0xb3f2_af6d_0fc7_10c5)
    }

    @Test func `a failure names its seed and how to see it again`() {
        let run = SimulationRun(seed: 5, profile: .crashes, milliseconds: 1_234)
        let report = SimulationReport(
            run: run, traceHash: 0, simulatedMilliseconds: 0, height: 0,
            counters: SimulationCounters(), failure: "two blocks", story: ["1 ms: node 0 starts"])
        #expect(report.summary.contains("seed 5"))
        #expect(report.summary.contains("two blocks"))
        #expect(report.summary.contains("--seeds 5-5 --profile crashes"))
        #expect(report.summary.contains("--milliseconds 1234"))
    }
}

@Suite struct `Two hundred seeds` {
    /// Runs seeds on all cores and gives back what happened in all of them together.
    private func counters(
        of seeds: ClosedRange<UInt64>, _ profile: FaultProfile, authorities: Int = 4
    ) async -> SimulationCounters {
        await withTaskGroup(of: SimulationReport.self) { group in
            for seed in seeds {
                group.addTask {
                    SimulationRun(
                        seed: seed, profile: profile, authorities: authorities, others: 1,
                        milliseconds: 7_000, pace: 3_000
                    ).run()
                }
            }
            var total = SimulationCounters()
            for await report in group {
                #expect(report.failure == nil, "\(report.summary)")
                total.merge(report.counters)
            }
            return total
        }
    }

    @Test func `twenty without faults: every block in the first round`() async {
        let counters = await counters(of: 1...20, .calm)
        #expect(counters["agreed in round 0"] > 0)
        #expect(counters["agreed in a later round"] == 0)
        #expect(counters["round change"] == 0)
        #expect(counters["misbehaviour"] == 0)
    }

    @Test func `seventy with partitions`() async {
        let counters = await counters(of: 1_001...1_070, .partitions)
        for name in [
            "fault: halves", "fault: cutOffProposer", "fault: oneWay", "fault: flapping",
            "fault: storm", "round change", "proposal after a round change", "relay",
            "request for blocks", "agreed in a later round",
        ] {
            #expect(counters[name] > 0, "\(name) never happened")
        }
    }

    @Test func `seventy with crashes`() async {
        let counters = await counters(of: 2_001...2_070, .crashes)
        for name in [
            "crash", "effects lost", "fault: crashAll", "directory emptied", "recovering",
            "fault: pause", "round change",
        ] {
            #expect(counters[name] > 0, "\(name) never happened")
        }
    }

    @Test func `thirty with everything`() async {
        let counters = await counters(of: 3_001...3_030, .swarm)
        #expect(counters["faults"] > 0)
    }

    @Test func `ten with seven authorities`() async {
        let counters = await counters(of: 4_001...4_010, .swarm, authorities: 7)
        #expect(counters["faults"] > 0)
    }
}
