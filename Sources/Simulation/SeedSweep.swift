/// What came of many runs of one profile together.
package struct SeedSweep: Sendable {
    /// The profile of all of them.
    package let profile: FaultProfile
    /// How many runs there were.
    package private(set) var runs: UInt64 = 0
    /// How much time went by in them, in milliseconds.
    package private(set) var simulatedMilliseconds: UInt64 = 0
    /// How many blocks became final in them.
    package private(set) var blocks: UInt64 = 0
    /// What happened how often.
    package private(set) var counters = SimulationCounters()
    /// The runs that broke a promise, by seed.
    package private(set) var failures: [SimulationReport] = []
    /// The longest that a network took from the end of the faults to its next block, and with
    /// which seed.
    package private(set) var slowestRecovery: (milliseconds: UInt64, seed: UInt64) = (0, 0)
    /// The longest that a network took until everyone had all blocks, and with which seed.
    package private(set) var slowestConvergence: (milliseconds: UInt64, seed: UInt64) = (0, 0)
    /// How many acknowledged transactions were final after so many milliseconds.
    private var finality: [UInt64: UInt64] = [:]
    private var isTolerant = true
    /// Equal for equal runs, in any process and order.
    package private(set) var runHash: UInt64 = 0

    /// From how many runs and how much simulated time on everything that the profile is for must
    /// have happened.
    private static let manyRuns: UInt64 = 150
    private static let muchTime: UInt64 = 9_000_000

    /// No runs yet.
    package init(profile: FaultProfile) {
        self.profile = profile
    }

    /// Adds what came of a run.
    package mutating func add(_ report: SimulationReport) {
        runs += 1
        isTolerant = isTolerant && report.run.tolerated > 0
        simulatedMilliseconds += report.simulatedMilliseconds
        blocks += report.height
        counters.merge(report.counters)
        for milliseconds in report.finalAfter { finality[milliseconds, default: 0] += 1 }
        runHash &+= SeededGenerator.mix(report.runHash ^ SeededGenerator.mix(report.run.seed))
        if let recovery = report.recovery, recovery > slowestRecovery.milliseconds {
            slowestRecovery = (recovery, report.run.seed)
        }
        if let convergence = report.convergence, convergence > slowestConvergence.milliseconds {
            slowestConvergence = (convergence, report.run.seed)
        }
        guard report.failure != nil else { return }
        let place = failures.firstIndex { $0.run.seed > report.run.seed } ?? failures.endIndex
        failures.insert(report, at: place)
    }

    /// After how many milliseconds so many in a thousand of the acknowledged transactions that became
    /// final were so; nil if none did.
    package func finality(permille: UInt64) -> UInt64? {
        let count = finality.values.reduce(0, +)
        guard count > 0 else { return nil }
        let wanted = max(1, (count * permille + 999) / 1_000)
        var seen: UInt64 = 0
        for (milliseconds, number) in finality.sorted(by: { $0.key < $1.key }) {
            seen += number
            if seen >= wanted { return milliseconds }
        }
        return nil
    }

    /// What the profile is for and has never happened: those runs have not tested it. Few runs are
    /// not asked for everything, and neither are too few validators to tolerate a faulty one.
    package var missing: [String] {
        guard runs >= Self.manyRuns, simulatedMilliseconds >= Self.muchTime, isTolerant else {
            return []
        }
        return profile.expectations.filter { counters[$0] == 0 }
    }
}

extension FaultProfile {
    /// What must have happened at least once in many runs of four validators or more.
    package var expectations: [String] {
        let network = [
            "fault: halves", "fault: cutOffProposer", "fault: oneWay", "fault: flapping",
            "fault: storm", "link lost", "flap", "message overtaking others",
            "message a second late", "link that is never there",
        ]
        let recovery = [
            "round change", "f+1 jump", "proposal after a round change", "re-proposal",
            "fetch by commits", "rebroadcast", "request for blocks", "agreed in a later round",
        ]
        let crashes = [
            "crash", "effects lost", "crash while writing", "write torn", "torn entry cut off",
            "fault: pause", "stepped aside",
        ]
        let memory = [
            "fault: crashAll", "directory emptied", "directory restored", "directory truncated",
            "began knowing of its loss", "first start without its mark",
            "mark gone, right not stored", "recovering",
            "recovered its vote", "fault: skew", "clock an hour ahead", "clock an hour behind",
            "late first start",
        ]
        let membership = ["newcomer", "newcomer caught up", "left for good"]
        let market = [
            "trade of a role begun", "trade of a role settled", "trade of a role refunded",
            "forged meter message", "change of rules",
            "trade that left the state", "gift of a role settled",
        ]
        let roles =
            market + [
                "fault: awayAggregator", "fault: cutOffHousehold", "effects of a role lost",
                "record of a role lost", "fault: silentHousehold", "fault: silentAggregator",
                "pick of a role released",
            ]
        let byzantine =
            Misbehaviour.allCases.map { "misbehaviour: \($0.rawValue)" } + [
                "evidence", "misbehaviour", "key cloned", "moved to a clone", "key used elsewhere",
                "refused to sign twice", "validator gone for good",
            ]
        let harms = Harm.allCases.map { "harm: \($0.rawValue)" }
        return switch self {
        case .calm: ["agreed in round 0", "block from a peer", "transaction accepted"]
        case .partitions: network + recovery + market
        case .crashes:
            crashes + memory + membership + roles + ["round change", "request for blocks"]
        case .hostile: ["newcomer", "newcomer caught up", "malformed message"] + harms
        case .byzantine: network + recovery + crashes + byzantine
        case .swarm: network + recovery + crashes + memory + membership + roles + byzantine + harms
        }
    }
}
