import ArgumentParser
import Dispatch
import Simulation
import Synchronization

/// `busbar simulate`
struct SimulateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
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

    @Option(help: "How many authorities.")
    var nodes = 4

    @Option(help: "How many other nodes.")
    var households = 2

    @Option(help: "How long the faults last, in simulated minutes; instead of --milliseconds.")
    var minutes: UInt64?

    @Option(help: "How long the faults last, in simulated milliseconds.")
    var milliseconds: UInt64 = 60_000

    @Option(help: "The average pause between two actions of one member, in milliseconds.")
    var pace: UInt64 = 4_000

    @Option(help: "How many runs at the same time.")
    var jobs = 2

    func run() throws {
        try reporting {
            let (profile, runs) = try makeRuns()
            let start = ContinuousClock.now
            let campaign = simulate(runs, of: profile, since: start)
            try SimulationSummary(campaign: campaign, elapsed: ContinuousClock.now - start).tell()
        }
    }

    /// Does the runs and shows how far they are.
    private func simulate(
        _ runs: [SimulationRun], of profile: FaultProfile, since start: ContinuousClock.Instant
    ) -> SimulationCampaign {
        let campaign = Mutex(SimulationCampaign(profile: profile))
        let jobs = max(1, jobs)
        DispatchQueue.concurrentPerform(iterations: jobs) { job in
            for index in stride(from: job, to: runs.count, by: jobs) {
                let report = runs[index].run()
                // Shown under the lock: the last line says that all are done.
                campaign.withLock { campaign in
                    campaign.add(report)
                    let rate = Rate(
                        done: campaign.runs, total: UInt64(runs.count), since: start)
                    let failed =
                        campaign.failures.isEmpty ? "" : ", \(campaign.failures.count) FAILED"
                    Terminal.progress(
                        "simulating \(rate.text)\(failed)", isLast: campaign.runs == runs.count)
                }
            }
        }
        return campaign.withLock { $0 }
    }

    private func makeRuns() throws -> (FaultProfile, [SimulationRun]) {
        let bounds = seeds.split(separator: "-").map { UInt64($0) }
        guard (1...2).contains(bounds.count), let first = bounds.first ?? nil,
            let last = bounds.last ?? nil, first <= last, last - first < 10_000_000
        else { throw CommandFailure(.failed, "--seeds \(seeds): is not A-B") }
        guard let profile = FaultProfile(rawValue: profile) else {
            throw CommandFailure(.failed, "--profile \(profile): there is none of that name")
        }
        guard (1...100).contains(nodes), (0...1_000).contains(households), pace > 0 else {
            throw CommandFailure(
                .failed, "--nodes is 1 to 100, --households 0 to 1000, --pace 1 or more")
        }
        guard profile != .byzantine || nodes >= 4 else {
            throw CommandFailure(.failed, "--nodes: below 4 no faulty authority is tolerated")
        }
        let (fromMinutes, overflow) = (minutes ?? 0).multipliedReportingOverflow(by: 60_000)
        let duration = minutes == nil ? milliseconds : fromMinutes
        guard !overflow, duration <= 1_000_000_000 else {
            throw CommandFailure(.failed, "--minutes: too many")
        }
        let runs = (first...last).map {
            SimulationRun(
                seed: $0, profile: profile, authorities: nodes, others: households,
                milliseconds: duration, pace: pace)
        }
        return (profile, runs)
    }
}
