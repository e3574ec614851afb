import Node

/// A plan drawn from a seed. At no time are more validators disturbed than may fail, so that the
/// ledger must go on; at the end everything is undone.
struct RandomPlan {
    let steps: [PlannedStep]

    init(seed: UInt64, seconds: Double, nodes: [EndpointsFile.Node], hasRelays: Bool) {
        var generator = SeededGenerator(seed: seed)
        let validators = nodes.filter { $0.role == NodeKind.validator.rawValue }.map(\.name)
        let tolerated = max(0, (validators.count - 1) / 3)
        let actions: [PlannedStep.Action] =
            hasRelays ? [.kill, .pause, .cut, .slow] : [.kill, .pause]
        var disturbed: [(name: String, until: Double)] = []
        var steps: [PlannedStep] = []
        var time = 0.0
        while true {
            time += Double.random(in: 2...6, using: &generator)
            guard time < seconds else { break }
            disturbed.removeAll { $0.until <= time }
            let faulty = disturbed.filter { validators.contains($0.name) }.count
            let free = nodes.map(\.name).filter { name in
                !disturbed.contains { $0.name == name }
                    && (faulty < tolerated || !validators.contains(name))
            }
            guard let name = free.randomElement(using: &generator),
                let action = actions.randomElement(using: &generator)
            else { continue }
            let end = min(seconds, time + Double.random(in: 3...10, using: &generator))
            steps.append(PlannedStep(afterSeconds: time, action: action, nodes: [name]))
            steps.append(PlannedStep(afterSeconds: end, action: action.undoing, nodes: [name]))
            // A node needs some time to catch up before it counts as sound again.
            disturbed.append((name, end + 5))
        }
        self.steps = steps.sorted { $0.afterSeconds < $1.afterSeconds }
    }
}

extension PlannedStep.Action {
    /// What brings a node back.
    fileprivate var undoing: PlannedStep.Action {
        switch self {
        case .kill, .restart: .restart
        case .pause, .resume: .resume
        case .cut, .slow, .join: .join
        }
    }
}

/// SplitMix64: the same seed gives the same numbers.
private struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
        return mixed ^ mixed >> 31
    }
}
