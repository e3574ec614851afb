/// Carries out a random plan in its time: begins faults and ends them.
struct FaultConductor {
    /// A fault that has begun and not ended.
    struct Active {
        let fault: PlannedFault
        /// The nodes that it disturbs.
        let names: [String]
        let endsAt: Double
    }

    struct Happening {
        let fault: PlannedFault
        let names: [String]
        let what: String
        /// Whether the fault is over; else it began.
        var isEnd = false
    }

    private var perturbation: Perturbation
    private var waiting: ArraySlice<PlannedFault>
    private(set) var active: [Active] = []
    /// How much later than planned faults begin, since some had to wait, in seconds.
    private(set) var lag = 0.0

    init(_ testnet: Testnet, _ plan: [PlannedFault]) {
        perturbation = Perturbation(testnet)
        waiting = plan[...]
    }

    var isOver: Bool { waiting.isEmpty && active.isEmpty }

    var disturbed: Set<String> { Set(active.flatMap(\.names)) }

    /// Does what is due `elapsed` seconds after the plan began. A fault that `mayBegin` holds back
    /// waits, and those behind it with it.
    mutating func step(
        at elapsed: Double, mayBegin: (PlannedFault) -> Bool = { _ in true }
    ) throws -> [Happening] {
        var happenings: [Happening] = []
        for over in active where over.endsAt <= elapsed { happenings.append(try end(over)) }
        while let fault = waiting.first, fault.begin + lag <= elapsed {
            guard mayBegin(fault) else {
                lag = max(lag, elapsed - fault.begin)
                break
            }
            waiting.removeFirst()
            happenings.append(try begin(fault, at: elapsed))
            // What has nothing to undo is over at once.
            if let over = active.last, over.fault.undoing == nil {
                happenings.append(try end(over))
            }
        }
        return happenings
    }

    /// Ends whatever has begun, and lets nothing more begin.
    mutating func endAll() throws -> [Happening] {
        waiting = []
        return try active.map { try end($0) }
    }

    private mutating func begin(_ fault: PlannedFault, at elapsed: Double) throws -> Happening {
        let names: [String]
        var arguments: [String]
        switch fault.target {
        case .node(let name):
            names = [name]
            arguments = names
        case .proposer:
            names = [
                try ProposerTurn.find(in: perturbation.testnet, besides: disturbed)
            ]
            arguments = names
        case .all:
            names = perturbation.testnet.nodes.map(\.name)
            arguments = ["*"]
        case .groups(let groups):
            names = groups.flatMap { $0 }
            arguments = groups.map { $0.joined(separator: ",") }
        }
        let what = try perturbation.perform(fault.action, on: arguments)
        active.append(Active(fault: fault, names: names, endsAt: elapsed + fault.duration))
        return Happening(fault: fault, names: names, what: what)
    }

    private mutating func end(_ over: Active) throws -> Happening {
        active.removeAll { $0.fault == over.fault }
        var what = "is over"
        if let undoing = over.fault.undoing {
            let isAll = over.names.count == perturbation.testnet.nodes.count
            what = try perturbation.perform(undoing, on: isAll ? ["*"] : over.names)
        }
        return Happening(fault: over.fault, names: over.names, what: what, isEnd: true)
    }
}

extension FaultConductor.Happening {
    func line(at elapsed: Double) -> String {
        "\(Figures.text(elapsed)) s: \(fault.number). \(what)"
    }
}
