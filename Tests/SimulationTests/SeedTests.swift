import Testing

@testable import Simulation

@Suite struct `Two hundred seeds` {
    /// Runs seeds on all cores and gives back what happened in all of them together.
    private func counters(
        of seeds: ClosedRange<UInt64>, _ profile: FaultProfile, validators: Int = 4,
        milliseconds: UInt64 = 7_000
    ) async -> SimulationCounters {
        await withTaskGroup(of: SimulationReport.self) { group in
            for seed in seeds {
                group.addTask {
                    SimulationRun(
                        seed: seed, profile: profile, validators: validators, others: 1,
                        milliseconds: milliseconds, pace: 3_000
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

    @Test func `twenty without faults: every block in the first round`() async {
        let counters = await counters(of: 1...20, .calm)
        #expect(counters["agreed in round 0"] > 0)
        #expect(counters["agreed in a later round"] == 0)
        #expect(counters["round change"] == 0)
        #expect(counters["misbehaviour"] == 0)
    }

    @Test func `sixty with partitions`() async {
        let counters = await counters(of: 1_001...1_060, .partitions)
        for name in [
            "fault: halves", "fault: cutOffProposer", "fault: oneWay", "fault: flapping",
            "fault: storm", "round change", "proposal after a round change", "rebroadcast",
            "request for blocks", "agreed in a later round",
        ] {
            #expect(counters[name] > 0, "\(name) never happened")
        }
    }

    @Test func `fifty with crashes, and nodes that come and leave`() async {
        let counters = await counters(of: 2_001...2_050, .crashes)
        for name in [
            "crash", "effects lost", "fault: crashAll", "directory emptied", "recovering",
            "fault: pause", "round change", "newcomer", "newcomer caught up", "left for good",
        ] {
            #expect(counters[name] > 0, "\(name) never happened")
        }
    }

    @Test func `forty with faulty validators`() async {
        let counters = await counters(of: 5_001...5_040, .byzantine)
        let misbehaviours = Misbehaviour.allCases.map { "misbehaviour: \($0.rawValue)" }
        for name in misbehaviours + [
            "evidence", "misbehaviour", "key cloned", "key used elsewhere",
        ] {
            #expect(counters[name] > 0, "\(name) never happened")
        }
    }

    @Test func `ten with up to two faulty validators of seven`() async {
        let counters = await counters(of: 6_001...6_010, .byzantine, validators: 7)
        #expect(counters["evidence"] > 0)
    }

    @Test func `twenty with a member that means harm`() async {
        let counters = await counters(of: 7_001...7_020, .hostile, milliseconds: 30_000)
        let harms = Harm.allCases.map { "harm: \($0.rawValue)" }
        let circumstances = [
            "newcomer", "newcomer caught up", "malformed message", "hour of blocks spent",
        ]
        for name in circumstances + harms {
            #expect(counters[name] > 0, "\(name) never happened")
        }
    }

    @Test func `thirty with everything`() async {
        let counters = await counters(of: 3_001...3_030, .swarm)
        #expect(counters["faults"] > 0)
    }

    @Test func `ten with everything and seven validators`() async {
        let counters = await counters(of: 4_001...4_010, .swarm, validators: 7)
        #expect(counters["faults"] > 0)
    }
}
