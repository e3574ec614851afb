import Simulation

/// What `busbar simulate` tells at its end.
struct SimulationSummary {
    let campaign: SimulationCampaign
    /// How long it took.
    let elapsed: Duration

    /// How many failures are told with their story.
    private static let storiesTold = 3

    /// Prints the figures; throws if the runs failed or did not test what they are for.
    func tell() throws {
        tellCounters()
        for (index, failure) in campaign.failures.enumerated() {
            Terminal.say(
                index < Self.storiesTold
                    ? failure.summary(of: SourceVersion.current) : failure.headline)
        }
        tellFigures()
        guard campaign.failures.isEmpty else {
            throw CommandFailure(
                .unsound, "\(campaign.failures.count) of \(campaign.runs) runs failed")
        }
        guard campaign.missing.isEmpty else {
            throw CommandFailure(
                .unsound,
                "no promise was broken, but what never happened was not tested: "
                    + campaign.missing.joined(separator: ", "))
        }
        Terminal.say("\(Rate.grouped(campaign.runs)) runs, all promises kept")
    }

    private func tellCounters() {
        let rows = campaign.counters.sorted
        let width = rows.map(\.name.count).max() ?? 0
        for (name, count) in rows {
            let gap = String(repeating: " ", count: width - name.count)
            Terminal.say("\(name)\(gap)  \(Rate.grouped(count))")
        }
    }

    private func tellFigures() {
        let simulated = campaign.simulatedMilliseconds / 1_000
        let seconds = max(elapsed / .seconds(1), 0.001)
        let factor = UInt64(Double(simulated) / seconds)
        Terminal.say(
            "\(Rate.grouped(simulated)) simulated seconds, \(Rate.grouped(factor)) a second; "
                + "\(Rate.grouped(campaign.blocks)) blocks; "
                + "\(Rate.grouped(campaign.counters.faults)) faults")
        let (recovery, convergence) = (campaign.slowestRecovery, campaign.slowestConvergence)
        Terminal.say(
            "after the faults: a block within \(Rate.grouped(recovery.milliseconds)) ms "
                + "(seed \(recovery.seed)), everyone at one head within "
                + "\(Rate.grouped(convergence.milliseconds)) ms (seed \(convergence.seed))")
        Terminal.say("sources: \(SourceVersion.current)")
        Terminal.say("trace \(String(campaign.traceHash, radix: 16))")
    }
}
