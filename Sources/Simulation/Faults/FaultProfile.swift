/// Which faults a run draws from.
package enum FaultProfile: String, Hashable, Sendable, CaseIterable {
    /// None: delays of a local network.
    case calm
    /// Lost, repeated, overtaken and late messages; halves, cut-off proposers, one-way links,
    /// flapping.
    case partitions
    /// Crashes at any effect, of one or of all; pauses; emptied, restored and truncated directories;
    /// first starts that come late, without the mark or only half; nodes that come new or leave for
    /// good.
    case crashes
    /// Faulty validators, as many as are tolerated at most, among partitions and crashes.
    case byzantine
    /// An ordinary member that means harm, with a program of its own, while new nodes come.
    case hostile
    /// Everything, each fault switched on or off by the seed.
    case swarm

    /// The kinds of incidents that the profile draws from.
    func incidents(_ generator: inout SeededGenerator) -> [IncidentKind] {
        switch self {
        case .calm: return []
        case .partitions: return IncidentKind.ofNetwork + [.cutOffHousehold]
        case .hostile: return IncidentKind.ofMembership.filter { $0 == .join }
        case .crashes:
            return IncidentKind.ofNodes + IncidentKind.ofMembership + IncidentKind.ofMarket
        case .byzantine:
            return IncidentKind.ofFaultyValidators + IncidentKind.ofNetwork
                + [.crash, .crash, .pause]
        case .swarm:
            let all =
                IncidentKind.ofNetwork + IncidentKind.ofNodes + IncidentKind.ofFaultyValidators
                + IncidentKind.ofMembership + IncidentKind.ofMarket
            let chosen = all.filter { _ in generator.chance(permille: 600) }
            return chosen.isEmpty ? all : chosen
        }
    }

    /// How many of the validators are faulty, where no more than `tolerated` may be.
    func faultyValidators(tolerated: Int, _ generator: inout SeededGenerator) -> Int {
        switch self {
        case .calm, .partitions, .crashes, .hostile: 0
        case .byzantine: tolerated == 0 ? 0 : 1 + generator.index(below: tolerated)
        case .swarm:
            tolerated == 0 || generator.chance(permille: 250)
                ? 0 : 1 + generator.index(below: tolerated)
        }
    }

    /// How many nodes may come while the run lasts.
    var newcomers: Int { [.crashes, .swarm, .hostile].contains(self) ? 2 : 0 }

    /// Whether a member among the others means harm.
    func hasHostileMember(_ generator: inout SeededGenerator) -> Bool {
        switch self {
        case .hostile: true
        case .swarm: generator.chance(permille: 300)
        case .calm, .partitions, .crashes, .byzantine: false
        }
    }

    /// How long a node that is new may take to have all blocks, in milliseconds, from its first link
    /// on; nil where faults hold it up.
    var catchUpLimit: UInt64? { self == .hostile ? 2_000 : nil }

    /// How long one in a hundred transactions may take at most to become final, in milliseconds; nil
    /// where faults hold them up.
    var finalityLimit: UInt64? { self == .hostile ? 2_000 : nil }

    /// How long every other transaction may take at most to become final, in milliseconds; nil where
    /// faults hold them up.
    var medianFinalityLimit: UInt64? { self == .hostile ? 250 : nil }

    /// Whether a node may come for the first time when the others are at work already.
    var hasLateFirstStarts: Bool { self == .crashes || self == .swarm }

    /// Two of `validators` that never reach each other; none, or nobody, in most runs.
    func strangers(among validators: Int, _ generator: inout SeededGenerator) -> Set<Int> {
        guard self == .partitions || self == .byzantine || self == .swarm, validators > 2,
            generator.chance(permille: 250)
        else { return [] }
        return Set(generator.sample(2, below: validators))
    }

    func quality(_ generator: inout SeededGenerator) -> SimulatedNetwork.Quality {
        var quality = SimulatedNetwork.Quality()
        guard self == .partitions || self == .byzantine || self == .swarm else { return quality }
        quality.delay = generator.next(in: 1...40)
        quality.jitter = generator.next(in: 1...60)
        quality.loss = generator.pick([0, 0, 5, 20, 50])
        quality.duplication = generator.pick([0, 0, 10, 100])
        quality.reordering = generator.pick([0, 0, 50, 200])
        return quality
    }
}
