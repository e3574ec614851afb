import Testing

@testable import Simulation

@Suite struct `The simulation` {
    @Test func `the same seed gives the same run`() {
        let run = SimulationRun(seed: 77, profile: .swarm, milliseconds: 8_000)
        let (first, second) = (run.run(), run.run())
        #expect(first.runHash == second.runHash)
        #expect(first.counters == second.counters)
        let other = SimulationRun(seed: 78, profile: .swarm, milliseconds: 8_000).run()
        #expect(first.runHash != other.runHash)
    }

    /// Sets and dictionaries have another order in each process: none may reach a run.
    @Test(arguments: [FaultProfile.swarm, .byzantine])
    func `the same seed gives the same run in another process`(profile: FaultProfile) async throws {
        let run = SimulationRun(seed: 91, profile: profile, milliseconds: 8_000)
        let here = run.run().runHash
        let swarm = try await #require(
            processExitsWith: .success, observing: [\.standardOutputContent]
        ) {
            for profile in [FaultProfile.swarm, .byzantine] {
                let run = SimulationRun(seed: 91, profile: profile, milliseconds: 8_000)
                print("\(profile.rawValue) \(run.run().runHash)")
            }
        }
        let there = String(decoding: swarm.standardOutputContent, as: UTF8.self)
        #expect(there.contains("\(profile.rawValue) \(here)"))
    }

    @Test func `the generator's numbers are the same everywhere`() {
        var generator = SeededGenerator(seed: 1)
        #expect(generator.next() == 0xb3f2_af6d_0fc7_10c5)
    }

    @Test func `a failure names its seed and how to see it again`() {
        let run = SimulationRun(seed: 5, profile: .crashes, milliseconds: 1_234)
        let report = SimulationReport(
            run: run, runHash: 0, simulatedMilliseconds: 0, height: 0, recovery: nil,
            convergence: nil, finalAfter: [], counters: SimulationCounters(), failure: "two blocks",
            trace: ["1 ms: node 0 starts"])
        let summary = report.summary(of: "commit 0123abcd")
        #expect(summary.contains("commit 0123abcd"))
        #expect(summary.contains("seed 5"))
        #expect(summary.contains("two blocks"))
        #expect(summary.contains("--seeds 5-5 --profile crashes"))
        #expect(summary.contains("--milliseconds 1234"))
        #expect(summary.contains("node 0 starts"))
    }
}

@Suite struct `A sweep` {
    private func report(
        seed: UInt64, _ names: [String], milliseconds: UInt64 = 60_000, failure: String? = nil
    ) -> SimulationReport {
        var counters = SimulationCounters()
        for name in names { counters.add(name) }
        return SimulationReport(
            run: SimulationRun(seed: seed, profile: .calm), runHash: seed,
            simulatedMilliseconds: milliseconds, height: 3, recovery: seed * 10, convergence: 7,
            finalAfter: [], counters: counters, failure: failure, trace: [])
    }

    @Test func `many runs in which something never happened say what it is`() {
        var sweep = SeedSweep(profile: .calm)
        for seed in 1...200 {
            sweep.add(report(seed: UInt64(seed), ["agreed in round 0", "block from a peer"]))
        }
        #expect(sweep.missing == ["transaction accepted"])
        sweep.add(report(seed: 201, ["transaction accepted"]))
        #expect(sweep.missing == [])
    }

    @Test func `few runs are not asked for everything`() {
        var sweep = SeedSweep(profile: .calm)
        sweep.add(report(seed: 1, []))
        #expect(sweep.missing == [])
    }

    @Test func `it says how long acknowledged transactions took to be final`() {
        var sweep = SeedSweep(profile: .calm)
        #expect(sweep.finality(permille: 500) == nil)
        for times in [[70, 80, 90], [60], []] as [[UInt64]] {
            sweep.add(
                SimulationReport(
                    run: SimulationRun(seed: 1), runHash: 1, simulatedMilliseconds: 1, height: 1,
                    recovery: nil, convergence: nil, finalAfter: times,
                    counters: SimulationCounters(), failure: nil, trace: []))
        }
        #expect(sweep.finality(permille: 500) == 70)
        #expect(sweep.finality(permille: 750) == 80)
        #expect(sweep.finality(permille: 1_000) == 90)
    }

    @Test func `its figures do not depend on the order of the runs`() {
        var (forwards, backwards) = (
            SeedSweep(profile: .calm), SeedSweep(profile: .calm)
        )
        let reports = (1...9).map { report(seed: $0, ["crash"], failure: $0 > 6 ? "no" : nil) }
        for report in reports { forwards.add(report) }
        for report in reports.reversed() { backwards.add(report) }
        #expect(forwards.runHash == backwards.runHash)
        #expect(forwards.failures.map(\.run.seed) == [7, 8, 9])
        #expect(backwards.failures.map(\.run.seed) == [7, 8, 9])
        #expect(forwards.slowestRecovery == (90, 9))
        #expect(forwards.blocks == 27)
    }
}
