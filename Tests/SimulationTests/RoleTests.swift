import Testing

@testable import Simulation

/// Whole nodes with their roles: the production's code of households, aggregator and exchange under
/// faults. Each known bug of roles breaks a promise in some of these runs.
@Suite struct `Roles under faults` {
    private static let profiles: [FaultProfile] = [.crashes, .swarm, .partitions, .calm]

    /// Runs in which the market is at work, the same for every test that looks at them.
    private static let reports = Task {
        await withTaskGroup(of: SimulationReport.self) { group in
            for run in 0..<32 {
                group.addTask {
                    SimulationRun(
                        seed: 7_000 + UInt64(run), profile: profiles[run % profiles.count],
                        others: 6, milliseconds: 50_000, pace: 20_000
                    ).run()
                }
            }
            return await group.reduce(into: []) { $0.append($1) }.sorted {
                $0.run.seed < $1.run.seed
            }
        }
    }

    @Test func `thirty-two seeds keep all promises, and trades come to either end`() async {
        var total = SimulationCounters()
        for report in await Self.reports.value {
            #expect(report.failure == nil, "\(report.summary(of: "these"))")
            total.merge(report.counters)
        }
        for name in [
            "trade of a role begun", "trade of a role delivered", "trade of a role settled",
            "trade of a role refunded", "effects of a role lost", "record of a role lost",
            "fault: awayAggregator", "fault: cutOffHousehold", "forged meter message",
            "fault: silentHousehold", "fault: silentAggregator", "pick of a role released",
            "receipt of a role by itself", "trade of a role paid in part for a silent buyer",
            "silence: never", "silence: afterStart", "silence: ofSeller", "silence: badReceipts",
        ] {
            #expect(total[name] > 0, "\(name) never happened")
        }
    }

    private func expectKept(_ run: Int) async {
        let report = await Self.reports.value[run]
        #expect(report.failure == nil, "\(report.summary(of: "these"))")
    }

    @Test(arguments: 0..<32)
    func `M30: no receipt is sent before it is stored`(run: Int) async { await expectKept(run) }

    @Test(arguments: 0..<32)
    func `M31: what is proved is paid for`(run: Int) async { await expectKept(run) }

    @Test(arguments: 0..<32)
    func `M32: a trader waits for what it has called`(run: Int) async { await expectKept(run) }

    @Test(arguments: 0..<32)
    func `M33: nothing is signed anew that may still become final`(run: Int) async {
        await expectKept(run)
    }

    @Test(arguments: 0..<32)
    func `M34: a register delivers for one trade at a time`(run: Int) async {
        await expectKept(run)
    }

    @Test(arguments: 0..<32)
    func `M35: a meter remembers what it said of deliveries`(run: Int) async {
        await expectKept(run)
    }

    @Test(arguments: 0..<32)
    func `M36: a meter remembers its registers`(run: Int) async { await expectKept(run) }

    @Test(arguments: 0..<32)
    func `M37: registers are stored before anyone is told`(run: Int) async { await expectKept(run) }

    @Test(arguments: 0..<32)
    func `M38: the books follow a trade that ended as they were written`(run: Int) async {
        await expectKept(run)
    }

    @Test(arguments: 0..<32)
    func `M39: an aggregator that starts looks at the ledger's trades`(run: Int) async {
        await expectKept(run)
    }

    @Test(arguments: 0..<32)
    func `M40: a balance is topped up once`(run: Int) async { await expectKept(run) }

    @Test(arguments: 0..<32)
    func `M72: nobody saves anything by its silence`(run: Int) async { await expectKept(run) }

    @Test(arguments: 0..<32)
    func `M41: a receipt that is asked for again is the same`(run: Int) async {
        await expectKept(run)
    }
}
