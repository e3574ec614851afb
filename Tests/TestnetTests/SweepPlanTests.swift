import Console
import Simulation
import Sweep
import Testing

@Suite struct SweepPlanTests {
    private func plan(
        seeds: String = "1-2", profile: String = "calm", nodes: Int = 4, minutes: UInt64? = nil
    ) throws(CommandFailure) -> SweepPlan {
        try SweepPlan(
            seeds: seeds, profile: profile, nodes: nodes, households: 0, minutes: minutes,
            milliseconds: 3_000, pace: 1_000)
    }

    @Test func `a seed or a range of them is read`() throws {
        #expect(try plan(seeds: "7").runs.map(\.seed) == [7])
        #expect(try plan(seeds: "7-9").runs.map(\.seed) == [7, 8, 9])
        #expect(try plan(minutes: 10).runs[0].milliseconds == 600_000)
    }

    @Test(arguments: ["", "x", "3-1", "1-2-3", "-4", "1-99999999999"])
    func `what is no range of seeds is refused`(seeds: String) {
        #expect(throws: CommandFailure.self) { try plan(seeds: seeds) }
    }

    @Test func `unknown profiles, too few nodes and too many minutes are refused`() {
        #expect(throws: CommandFailure.self) { try plan(profile: "stormy") }
        #expect(throws: CommandFailure.self) { try plan(nodes: 0) }
        #expect(throws: CommandFailure.self) { try plan(profile: "byzantine", nodes: 3) }
        #expect(throws: CommandFailure.self) { try plan(minutes: .max) }
    }

    @Test func `the report does not depend on how many jobs share the runs`() throws {
        let plan = try plan(seeds: "1-5")
        let one = plan.run(jobs: 1) { _, _ in }
        let three = plan.run(jobs: 3) { _, _ in }
        #expect(one.sweep.runs == 5)
        #expect(one.refusal == nil)
        #expect(one.sweep.runHash == three.sweep.runHash)
        #expect(one.lines(of: "here").last == "sources: here")
        #expect(one.lines(of: "").count == three.lines(of: "").count)
        #expect(one.speed > 0)
        #expect(one.load > 0)
    }
}
