package import Console
import Dispatch
package import Simulation
import Synchronization

/// Runs of the simulation of one profile, as a person asks for them.
package struct SweepPlan: Sendable {
    /// Which faults there are.
    package let profile: FaultProfile
    /// The runs, one a seed.
    package let runs: [SimulationRun]

    /// Reads what was asked for; throws, with the option's name, what makes no sense.
    ///
    /// - Parameters:
    ///   - seeds: `A-B`, or one.
    ///   - profile: the profile's name.
    ///   - minutes: how long the faults last; nil if `milliseconds` says so.
    ///   - pace: the average pause between two actions of one member, in milliseconds.
    package init(
        seeds: String, profile: String, nodes: Int, households: Int, minutes: UInt64?,
        milliseconds: UInt64, pace: UInt64
    ) throws(CommandFailure) {
        let bounds = seeds.split(separator: "-", omittingEmptySubsequences: false)
            .map { UInt64($0) }
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
            throw CommandFailure(.failed, "--nodes: below 4 no faulty validator is tolerated")
        }
        let (fromMinutes, overflow) = (minutes ?? 0).multipliedReportingOverflow(by: 60_000)
        let duration = minutes == nil ? milliseconds : fromMinutes
        guard !overflow, duration <= 1_000_000_000 else {
            throw CommandFailure(.failed, "--minutes: too many")
        }
        self.profile = profile
        runs = (first...last).map {
            SimulationRun(
                seed: $0, profile: profile, validators: nodes, others: households,
                milliseconds: duration, pace: pace)
        }
    }

    /// Does the runs, `jobs` at a time. `progress` is told, by one thread at a time, how far they
    /// are, and with the last line that it is the last.
    package func run(
        jobs: Int, progress: @Sendable (_ text: String, _ isLast: Bool) -> Void
    ) -> SweepReport {
        let start = ContinuousClock.now
        let processor = SystemClock.processorSeconds
        let sweep = Mutex(SeedSweep(profile: profile))
        let jobs = max(1, jobs)
        DispatchQueue.concurrentPerform(iterations: jobs) { job in
            for index in stride(from: job, to: runs.count, by: jobs) {
                let report = runs[index].run()
                // Shown under the lock: the last line says that all are done.
                sweep.withLock { sweep in
                    sweep.add(report)
                    let rate = Rate(done: sweep.runs, total: UInt64(runs.count), since: start)
                    let failed =
                        sweep.failures.isEmpty ? "" : ", \(sweep.failures.count) FAILED"
                    progress(
                        "simulating \(rate.text)\(failed)", sweep.runs == UInt64(runs.count))
                }
            }
        }
        return SweepReport(
            sweep: sweep.withLock { $0 }, elapsed: ContinuousClock.now - start,
            processorSeconds: max(SystemClock.processorSeconds - processor, 0.001))
    }
}
