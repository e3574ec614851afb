import ArgumentParser
import Dispatch
import Simulation
import Synchronization

/// `busbar simulate`
struct SimulateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate",
        abstract: "Run whole nodes on one clock and one seed, with faults, and check them.",
        discussion: "Exit code 5 if a promise was broken; the seed replays it.")

    @Option(help: "The seeds: 1-200, or one.")
    var seeds: String

    @Option(help: "Which faults: \(FaultProfile.allCases.map(\.rawValue).joined(separator: ", ")).")
    var profile = FaultProfile.swarm.rawValue

    @Option(help: "How many authorities.")
    var nodes = 4

    @Option(help: "How many other nodes.")
    var households = 2

    @Option(help: "How long the faults last, in simulated milliseconds.")
    var milliseconds: UInt64 = 60_000

    @Option(help: "The average pause between two actions of one member, in milliseconds.")
    var pace: UInt64 = 4_000

    @Option(help: "How many runs at the same time.")
    var jobs = 2

    func run() throws {
        try reporting {
            let runs = try makeRuns()
            let results = Mutex(
                (failed: [SimulationReport](), counters: SimulationCounters(), done: 0))
            let start = ContinuousClock.now
            DispatchQueue.concurrentPerform(iterations: max(1, jobs)) { job in
                for index in stride(from: job, to: runs.count, by: max(1, jobs)) {
                    let report = runs[index].run()
                    let done = results.withLock { results in
                        results.done += 1
                        results.counters.merge(report.counters)
                        if report.failure != nil { results.failed.append(report) }
                        return results.done
                    }
                    let rate = Rate(done: UInt64(done), total: UInt64(runs.count), since: start)
                    Terminal.progress("simulating \(rate.text)", isLast: done == runs.count)
                }
            }
            try finish(runs: runs.count, results.withLock { ($0.failed, $0.counters) })
        }
    }

    private func finish(
        runs: Int, _ results: (failed: [SimulationReport], counters: SimulationCounters)
    ) throws {
        for (name, count) in results.counters.sorted { Terminal.say("\(name): \(count)") }
        for report in results.failed.sorted(by: { $0.run.seed < $1.run.seed }) {
            Terminal.say(report.summary)
        }
        guard results.failed.isEmpty else {
            throw CommandFailure(.unsound, "\(results.failed.count) of \(runs) runs failed")
        }
        Terminal.say("\(runs) runs, all promises kept")
    }

    private func makeRuns() throws -> [SimulationRun] {
        let bounds = seeds.split(separator: "-").map { UInt64($0) }
        guard (1...2).contains(bounds.count), let first = bounds.first ?? nil,
            let last = bounds.last ?? nil, first <= last, last - first < 10_000_000
        else { throw CommandFailure(.failed, "--seeds \(seeds): is not A-B") }
        guard let profile = FaultProfile(rawValue: profile) else {
            throw CommandFailure(.failed, "--profile \(profile): there is none of that name")
        }
        guard nodes >= 1, households >= 0 else {
            throw CommandFailure(.failed, "--nodes must be 1 at least, --households 0 at least")
        }
        return (first...last).map {
            SimulationRun(
                seed: $0, profile: profile, authorities: nodes, others: households,
                milliseconds: milliseconds, pace: pace)
        }
    }
}
