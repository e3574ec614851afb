import Simulation

/// A plan drawn from a seed. At no time are more validators disturbed than may fail, so that the
/// ledger must go on; unless quorums are to be cut on purpose, which then happens alone.
struct RandomPlan {
    /// What a plan is drawn for.
    struct Scope {
        /// The validators' and the other nodes' names.
        var validators: [String]
        var others: [String]
        /// Whether links can be disturbed.
        var hasProxies: Bool
        /// Whether now and then halves are parted, and all nodes killed at once.
        var cutsQuorums = false
        /// How long from one fault to the next, in seconds.
        var pause: ClosedRange<Double> = 2...6
    }

    /// How long a node has to come back before another one is disturbed, in seconds.
    private static let settling = 2.0

    private(set) var faults: [PlannedFault] = []

    private let seconds: Double
    private let scope: Scope
    private var generator: SeededGenerator
    /// Until when each node is disturbed, and the validators as a whole.
    private var disturbed: [(name: String, until: Double)] = []
    private var faultyValidators: [Double] = []
    /// From when on the next deliberate cut of a quorum may come.
    private var nextHalves: Double
    private var nextKillOfAll: Double

    init(seed: UInt64, seconds: Double, scope: Scope) {
        self.seconds = seconds
        self.scope = scope
        generator = SeededGenerator(seed: seed)
        nextHalves = Double.random(in: 20...60, using: &generator)
        // Once, or twice in a long run.
        nextKillOfAll = min(seconds, 600) * Double.random(in: 0.4...0.7, using: &generator)
        var time = Double.random(in: scope.pause, using: &generator)
        while time < seconds {
            disturbed.removeAll { $0.until <= time }
            faultyValidators.removeAll { $0 <= time }
            if scope.cutsQuorums, time >= min(nextHalves, nextKillOfAll) {
                time = cutQuorum(after: time)
            } else {
                disturbOne(at: time)
            }
            time += Double.random(in: scope.pause, using: &generator)
        }
    }
}

extension RandomPlan {
    private mutating func add(
        _ action: PlannedStep.Action, _ target: PlannedFault.Target, at time: Double,
        for span: Double
    ) {
        // Nothing lasts beyond the plan's end. Tenths are enough, and the plan reads well.
        faults.append(
            PlannedFault(
                number: faults.count + 1, action: action, target: target,
                begin: Figures.rounded(time),
                duration: Figures.rounded(min(span, max(0, seconds - time)))))
    }

    /// Waits for every fault to end, then takes a quorum away. Returns when that is over.
    private mutating func cutQuorum(after time: Double) -> Double {
        let free = (disturbed.map(\.until) + faultyValidators).reduce(time, max)
        guard free + 1 < seconds else { return free }
        let span: Double
        if nextKillOfAll <= nextHalves || !scope.hasProxies {
            span = Double.random(in: 0.5...2, using: &generator)
            add(.kill, .all, at: free, for: span)
            nextKillOfAll += Double.random(in: 600...900, using: &generator)
            if !scope.hasProxies { nextHalves = .infinity }
        } else {
            span = Double.random(in: 3...10, using: &generator)
            add(.split, .groups(halves()), at: free, for: span)
            nextHalves = free + Double.random(in: 60...120, using: &generator)
        }
        disturbed = []
        faultyValidators = []
        return free + span + 5
    }

    private mutating func halves() -> [[String]] {
        let validators = scope.validators.shuffled(using: &generator)
        let others = scope.others.shuffled(using: &generator)
        let groups = [
            validators.prefix(validators.count / 2) + others.prefix(others.count / 2),
            validators.dropFirst(validators.count / 2) + others.dropFirst(others.count / 2),
        ]
        return groups.map { $0.sorted() }
    }

    private mutating func disturbOne(at time: Double) {
        let tolerated = max(0, (scope.validators.count - 1) / 3)
        let isValidatorFree = faultyValidators.count < tolerated
        let wantsValidator = Double.random(in: 0..<1, using: &generator) < 0.7
        let action = drawAction()
        let span = drawDuration(of: action)
        let until = time + span + Self.settling
        if isValidatorFree, wantsValidator {
            let isProposer = Double.random(in: 0..<1, using: &generator) < 0.5
            // Which validator proposes is not known yet; that at most so many are disturbed holds
            // whichever it is.
            let free = isProposer ? nil : freeNode(of: scope.validators)
            add(action, free.map { .node($0) } ?? .proposer, at: time, for: span)
            faultyValidators.append(until)
            if let free { disturbed.append((free, until)) }
        } else if let name = freeNode(of: scope.others) {
            add(action, .node(name), at: time, for: span)
            disturbed.append((name, until))
        }
    }

    private mutating func freeNode(of names: [String]) -> String? {
        names.filter { name in !disturbed.contains { $0.name == name } }
            .randomElement(using: &generator)
    }

    private mutating func drawAction() -> PlannedStep.Action {
        let processes: [PlannedStep.Action] = [.kill, .kill, .kill, .stop, .pause, .pause]
        let links: [PlannedStep.Action] = [.cut, .mute, .deafen, .flap, .slow, .lose, .reset]
        let all = scope.hasProxies ? processes + links : processes
        return all.randomElement(using: &generator) ?? .kill
    }

    /// Most faults are short; one in ten of those that a node sits out is long: longer than a link
    /// lives without a sign of life, up to a minute.
    private mutating func drawDuration(of action: PlannedStep.Action) -> Double {
        let isLong = Double.random(in: 0..<1, using: &generator) < 0.1
        let range: ClosedRange<Double> =
            switch action {
            case .kill, .stop: isLong ? 10...20 : 0.3...5
            case .pause: isLong ? 20...60 : 0.5...6
            case .cut, .mute, .deafen: isLong ? 20...30 : 1...8
            case .flap: 4...10
            case .slow, .lose: 3...10
            default: 0...0
            }
        return Double.random(in: range, using: &generator)
    }
}
