/// Which faults a run draws from.
public enum FaultProfile: String, Hashable, Sendable, CaseIterable {
    /// None: delays of a local network.
    case calm
    /// Lost, repeated, overtaken and late messages; halves, cut-off proposers, one-way links,
    /// flapping.
    case partitions
    /// Crashes at any effect, of one or of all; pauses; emptied and restored directories.
    case crashes
    /// Everything, each fault switched on or off by the seed.
    case swarm

    /// The kinds of incidents that the profile draws from.
    func incidents(_ generator: inout SeededGenerator) -> [IncidentKind] {
        switch self {
        case .calm: return []
        case .partitions: return IncidentKind.ofNetwork
        case .crashes: return IncidentKind.ofNodes
        case .swarm:
            let all = IncidentKind.ofNetwork + IncidentKind.ofNodes
            var chosen: [IncidentKind] = []
            for kind in all where generator.chance(permille: 600) { chosen.append(kind) }
            return chosen.isEmpty ? all : chosen
        }
    }

    /// How the network usually is.
    func quality(_ generator: inout SeededGenerator) -> SimulatedNetwork.Quality {
        var quality = SimulatedNetwork.Quality()
        guard self == .partitions || self == .swarm else { return quality }
        quality.delay = generator.next(in: 1...40)
        quality.jitter = generator.next(in: 1...60)
        quality.loss = generator.pick([0, 0, 5, 20, 50])
        quality.duplication = generator.pick([0, 0, 10, 100])
        quality.reordering = generator.pick([0, 0, 50, 200])
        return quality
    }
}

/// The kinds of things that go wrong.
enum IncidentKind: String, Hashable, CaseIterable {
    /// The network falls in two.
    case halves
    /// Nothing gets from or to whoever is to propose next.
    case cutOffProposer
    /// Messages get through one way only.
    case oneWay
    /// A node's links come and go.
    case flapping
    /// Messages get lost, repeated, late and out of order.
    case storm
    /// A node crashes in the middle of its effects.
    case crash
    /// Several nodes crash together.
    case crashSeveral
    /// All nodes crash.
    case crashAll
    /// A node stands still for a while.
    case pause
    /// A node's disk is emptied.
    case emptied
    /// A node's disk is replaced by an old copy.
    case restored
    /// A node's clock is wrong.
    case skew

    static let ofNetwork: [IncidentKind] = [
        .halves, .halves, .cutOffProposer, .cutOffProposer, .oneWay, .flapping, .storm,
    ]
    static let ofNodes: [IncidentKind] = [
        .crash, .crash, .crash, .crashSeveral, .crashAll, .pause, .emptied, .restored, .skew,
    ]
}
