import Console
package import Simulation

/// What a sweep tells at its end.
package struct SweepReport: Sendable {
    /// What came of the runs.
    package let sweep: SeedSweep
    /// How long they took.
    package let elapsed: Duration
    /// What they used of processors, in seconds.
    package let processorSeconds: Double

    /// How many failures are told with their trace.
    private static let storiesTold = 3

    /// For people: how often what happened, the failures with their stories, and the figures.
    ///
    /// - Parameter sources: the commit or version of the sources, without which a seed says little.
    package func lines(of sources: String) -> [String] {
        counters + failures(of: sources) + figures + ["sources: \(sources)"]
    }

    /// Why the runs do not count as passed: they failed, or did not test what they are for; nil if
    /// all promises were kept.
    package var refusal: String? {
        guard sweep.failures.isEmpty else {
            return "\(sweep.failures.count) of \(sweep.runs) runs failed"
        }
        guard sweep.missing.isEmpty else {
            return "no promise was broken, but what never happened was not tested: "
                + sweep.missing.joined(separator: ", ")
        }
        return nil
    }

    /// How much simulated time went by in a second of the processor, in seconds.
    package var speed: Double {
        Double(sweep.simulatedMilliseconds) / 1_000 / processorSeconds
    }

    /// How many transactions were submitted in a simulated second.
    package var load: Double {
        let seconds = max(1, Double(sweep.simulatedMilliseconds) / 1_000)
        return Double(sweep.counters["transaction submitted"]) / seconds
    }

    private var counters: [String] {
        let rows = sweep.counters.sorted
        let width = rows.map(\.name.count).max() ?? 0
        return rows.map { name, count in
            name + String(repeating: " ", count: width - name.count + 2) + Rate.grouped(count)
        }
    }

    private func failures(of sources: String) -> [String] {
        sweep.failures.enumerated().map { index, failure in
            index < Self.storiesTold ? failure.summary(of: sources) : failure.headline
        }
    }

    private var figures: [String] {
        let simulated = sweep.simulatedMilliseconds / 1_000
        let seconds = max(elapsed / .seconds(1), 0.001)
        let (recovery, convergence) = (sweep.slowestRecovery, sweep.slowestConvergence)
        return [
            "\(Rate.grouped(simulated)) simulated seconds in \(Self.tenths(seconds)) s; "
                + "\(Rate.grouped(UInt64(speed))) in a second of the processor; "
                + "\(Self.tenths(load)) transactions in each; "
                + "\(Rate.grouped(sweep.blocks)) blocks; "
                + "\(Rate.grouped(sweep.counters.faults)) faults",
            "after the faults: a block within \(Rate.grouped(recovery.milliseconds)) ms "
                + "(seed \(recovery.seed)), everyone at one head within "
                + "\(Rate.grouped(convergence.milliseconds)) ms (seed \(convergence.seed))",
            "acknowledged transactions: final after "
                + ([500, 990, 1_000] as [UInt64]).map { permille in
                    sweep.finality(permille: permille).map(Rate.grouped) ?? "-"
                }.joined(separator: ", ") + " ms (median, 99th percentile, at most)",
            "trace \(String(sweep.runHash, radix: 16))",
        ]
    }

    private static func tenths(_ number: Double) -> String {
        let tenths = UInt64((number * 10).rounded())
        return "\(Rate.grouped(tenths / 10)).\(tenths % 10)"
    }
}
