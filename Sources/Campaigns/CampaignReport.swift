public import Simulation

/// What a campaign tells at its end.
public struct CampaignReport: Sendable {
    /// What came of the runs.
    public let campaign: SimulationCampaign
    /// How long they took.
    public let elapsed: Duration
    /// What they used of processors, in seconds.
    public let processorSeconds: Double

    /// How many failures are told with their story.
    private static let storiesTold = 3

    /// Puts a report together.
    public init(campaign: SimulationCampaign, elapsed: Duration, processorSeconds: Double) {
        self.campaign = campaign
        self.elapsed = elapsed
        self.processorSeconds = max(processorSeconds, 0.001)
    }

    /// For people: how often what happened, the failures with their stories, and the figures.
    ///
    /// - Parameter sources: the commit or version of the sources, without which a seed says little.
    public func lines(of sources: String) -> [String] {
        counters + failures(of: sources) + figures + ["sources: \(sources)"]
    }

    /// Why the runs do not count as passed: they failed, or did not test what they are for; nil if
    /// all promises were kept.
    public var refusal: String? {
        guard campaign.failures.isEmpty else {
            return "\(campaign.failures.count) of \(campaign.runs) runs failed"
        }
        guard campaign.missing.isEmpty else {
            return "no promise was broken, but what never happened was not tested: "
                + campaign.missing.joined(separator: ", ")
        }
        return nil
    }

    /// How much simulated time went by in a second of the processor, in seconds.
    public var speed: Double {
        Double(campaign.simulatedMilliseconds) / 1_000 / processorSeconds
    }

    /// How many transactions were submitted in a simulated second.
    public var load: Double {
        let seconds = max(1, Double(campaign.simulatedMilliseconds) / 1_000)
        return Double(campaign.counters["transaction submitted"]) / seconds
    }

    private var counters: [String] {
        let rows = campaign.counters.sorted
        let width = rows.map(\.name.count).max() ?? 0
        return rows.map { name, count in
            name + String(repeating: " ", count: width - name.count + 2) + Rate.grouped(count)
        }
    }

    private func failures(of sources: String) -> [String] {
        campaign.failures.enumerated().map { index, failure in
            index < Self.storiesTold ? failure.summary(of: sources) : failure.headline
        }
    }

    private var figures: [String] {
        let simulated = campaign.simulatedMilliseconds / 1_000
        let seconds = max(elapsed / .seconds(1), 0.001)
        let (recovery, convergence) = (campaign.slowestRecovery, campaign.slowestConvergence)
        return [
            "\(Rate.grouped(simulated)) simulated seconds in \(Self.tenths(seconds)) s; "
                + "\(Rate.grouped(UInt64(speed))) in a second of the processor; "
                + "\(Self.tenths(load)) transactions in each; "
                + "\(Rate.grouped(campaign.blocks)) blocks; "
                + "\(Rate.grouped(campaign.counters.faults)) faults",
            "after the faults: a block within \(Rate.grouped(recovery.milliseconds)) ms "
                + "(seed \(recovery.seed)), everyone at one head within "
                + "\(Rate.grouped(convergence.milliseconds)) ms (seed \(convergence.seed))",
            "trace \(String(campaign.traceHash, radix: 16))",
        ]
    }

    private static func tenths(_ number: Double) -> String {
        let tenths = UInt64((number * 10).rounded())
        return "\(Rate.grouped(tenths / 10)).\(tenths % 10)"
    }
}
