package import ArgumentParser
import Console
import Simulation

/// `busbar-testnet simulate`
package struct SimulateCommand: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "simulate",
        abstract: "Run whole nodes on one clock and one seed, with faults, and check them.",
        discussion: """
            After each event promises are checked; at the end the faults stop, and everyone must \
            come to one head by themselves. Exit code 5 if a promise was broken, whose seed \
            replays it, or if many runs left something untested that the profile is for.
            """)

    @Option(help: "The seeds: 1-200, or one.")
    var seeds: String

    @Option(help: "Which faults: \(FaultProfile.allCases.map(\.rawValue).joined(separator: ", ")).")
    var profile = FaultProfile.swarm.rawValue

    @Option(help: "How many validators.")
    var nodes = 4

    @Option(help: "How many other nodes.")
    var households = 4

    @Option(help: "How long the faults last, in simulated minutes; instead of --milliseconds.")
    var minutes: UInt64?

    @Option(help: "How long the faults last, in simulated milliseconds.")
    var milliseconds: UInt64 = 60_000

    @Option(help: "The average pause between two actions of one member, in milliseconds.")
    var pace: UInt64 = 8_000

    @Option(help: "How many runs at the same time.")
    var jobs = 2

    @Option(help: "The commit of the sources, without which a seed that failed says little.")
    var sources = "unknown"

    package init() {}

    package func run() throws {
        let plan = try SweepPlan(
            seeds: seeds, profile: profile, nodes: nodes, households: households,
            minutes: minutes, milliseconds: milliseconds, pace: pace)
        let report = plan.run(jobs: jobs) { Terminal.progress($0, isLast: $1) }
        for line in report.lines(of: sources) { Terminal.say(line) }
        if let refusal = report.refusal { throw CommandFailure(.unsound, refusal) }
        Terminal.say("\(Rate.grouped(report.sweep.runs)) runs, all promises kept")
    }
}
