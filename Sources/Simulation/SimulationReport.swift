/// How often the things happened that a simulation is for. A kind that stays at 0 over many runs
/// was not tested by them.
package struct SimulationCounters: Hashable, Sendable {
    /// How often each named thing happened.
    package private(set) var counts: [String: UInt64] = [:]
    /// How many messages were sent.
    package internal(set) var sent: UInt64 = 0
    /// How many of them got lost.
    package internal(set) var lost: UInt64 = 0
    /// How many of them arrived twice.
    package internal(set) var repeated: UInt64 = 0

    /// How often `name` happened.
    package subscript(_ name: String) -> UInt64 { counts[name] ?? 0 }

    mutating func add(_ name: String, _ amount: UInt64 = 1) {
        counts[name, default: 0] += amount
    }

    /// Adds those of another run.
    package mutating func merge(_ other: SimulationCounters) {
        counts.merge(other.counts) { $0 + $1 }
        sent += other.sent
        lost += other.lost
        repeated += other.repeated
    }

    /// How many faults there were: incidents, crashes, links and messages lost, messages repeated,
    /// and misbehaviours of faulty validators.
    package var faults: UInt64 {
        let misbehaviours = Misbehaviour.allCases.reduce(0) {
            $0 + self["misbehaviour: \($1.rawValue)"]
        }
        return self["faults"] + self["crash"] + self["link lost"] + lost + repeated + misbehaviours
    }

    /// The names with their counts, by name, and the messages.
    package var sorted: [(name: String, count: UInt64)] {
        counts.sorted { $0.key < $1.key }.map { (name: $0.key, count: $0.value) }
            + [
                (name: "messages sent", count: sent), (name: "messages lost", count: lost),
                (name: "messages repeated", count: repeated),
            ]
    }
}

/// What came of a run.
package struct SimulationReport: Sendable {
    /// The run.
    package let run: SimulationRun
    /// Equal for equal runs, in any process.
    package let runHash: UInt64
    /// How much time went by in it, in milliseconds.
    package let simulatedMilliseconds: UInt64
    /// The height of the chain at the end.
    package let height: UInt64
    /// How long it took from the end of the faults to the next block, in milliseconds; nil if none
    /// came.
    package let recovery: UInt64?
    /// How long it took from then until everyone had all blocks, in milliseconds; nil if that did
    /// not come to pass.
    package let convergence: UInt64?
    /// How long each transaction took from its user's answer until it was final somewhere, in
    /// milliseconds and ascending.
    package let finalAfter: [UInt64]
    /// What happened how often.
    package let counters: SimulationCounters
    /// Which promise was broken, or nil.
    package let failure: String?
    /// The last things that happened, oldest first, where a promise was broken.
    package let trace: [String]

    /// How many lines of the trace a summary tells: the last ones.
    private static let linesTold = 60

    /// For people, in a line: what came of it.
    package var headline: String {
        let result = failure.map { "FAILED: \($0)" } ?? "ok"
        return "seed \(run.seed), \(run.profile.rawValue): \(result)"
    }

    /// For people: what failed, in which sources, how to see it again, and what went before; one
    /// line where nothing did.
    ///
    /// - Parameter sources: the commit or version of the sources, without which a seed says little.
    package func summary(of sources: String) -> String {
        guard failure != nil else { return headline }
        let lines =
            [headline, "sources: \(sources)", "replay: \(run.command)"]
            + trace.suffix(Self.linesTold)
        return lines.joined(separator: "\n")
    }
}
