import ArgumentParser
import Console
import Simulation

extension BenchCommand {
    struct Matching: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Measure how much of what neighbours could have traded they settle.",
            discussion: """
                Sellers and buyers with nodes of their own trade by themselves, under the simulation \
                and without faults, on a market clock sixty times as fast as real time. What could \
                have been matched is, in each quarter hour, what all sellers fed in or all buyers \
                drew, whichever is less.
                """)

        @Option(help: "How many runs of each.")
        var runs: UInt64 = 5

        @Option(help: "How many hours of the market a run lasts.")
        var hours: UInt64 = 6

        func validate() throws {
            guard runs >= 1, (1...10).contains(hours) else {
                throw ValidationError("--runs must be 1 at least, --hours 1 to 10.")
            }
        }

        func run() throws {
            var table = Table(
                ["sellers", "buyers", "could be matched", "settled", "share", "least"],
                rightAligned: Set(0...5))
            for (sellers, buyers) in [(1, 3), (3, 3)] {
                let market = SimulationRun.Market(sellers: sellers, buyers: buyers)
                var all: (matchable: UInt64, settled: UInt64) = (0, 0)
                var least: UInt64 = 100
                for seed in 1...runs {
                    let report = SimulationRun(seed: seed, measuring: market, hours: hours).run()
                    guard report.failure == nil, let found = report.matching else {
                        throw CommandFailure(.failed, report.headline)
                    }
                    all = (all.matchable + found.matchable, all.settled + found.settled)
                    least = min(least, found.settled * 100 / max(found.matchable, 1))
                }
                table.add([
                    "\(sellers)", "\(buyers)", "\(all.matchable) Wh", "\(all.settled) Wh",
                    "\(all.settled * 100 / max(all.matchable, 1)) %", "\(least) %",
                ])
            }
            Terminal.say(table.markdown)
        }
    }
}
