import Protocol
import Replica

struct World {
    let plan: SimulationRun
    let community: SimulatedCommunity
    var generator: SeededGenerator
    var scheduler = EventScheduler<Occurrence>()
    /// Simulated milliseconds since 1970.
    var time: UInt64
    var nodes: [SimulatedNode] = []
    var network: SimulatedNetwork
    var workload: Workload
    var checker: SafetyChecker
    var market: MarketChecker
    var acknowledgements = AcknowledgementChecker()
    var counters = SimulationCounters()
    var runHash = RunHash()
    var trace = Trace()
    var incidents: [Int: Incident] = [:]
    var incidentsBegun = 0
    let incidentKinds: [IncidentKind]
    var phase = Phase.faults
    let places: [Address: Int]
    let faulty: [Int]
    /// For each node what makes it faulty; nil for the honest ones.
    var byzantineNodes: [ByzantineNode?] = []
    /// The second machine of each faulty validator whose key may be cloned.
    let twins: [Int: Int]
    /// Nodes that came while the run lasts and have not all blocks yet, and when they came.
    var newcomers: [Int: UInt64] = [:]
    /// The member that means harm, if there is one.
    var hostile: HostileMember?
    /// How long it took from the end of the faults to the next block, in milliseconds.
    var recovery: UInt64?

    enum Occurrence {
        case delivery(Letter, from: Int, to: Int, life: Int)
        case timer(ReplicaTimer, node: Int, life: Int)
        case roleTick(Int, life: Int)
        case restart(Int)
        case closeMarket
        case connect(Int, Int)
        case disconnect(node: Int, from: Int, life: Int)
        case drip(from: Int, to: Address, height: UInt64)
        case harm
        case start(Int)
        case action(client: Int)
        case goForGood(Int)
        case misbehave(Int, incident: Int)
        case beginIncident
        case endIncident(Int)
        case flap(Int)
        case heal
        case deadline(Deadline)
    }

    /// A message on its way, one object for all its copies.
    final class Letter {
        let message: WireMessage

        init(_ message: WireMessage) {
            self.message = message
        }
    }

    enum Phase {
        case faults
        /// Nothing goes wrong any more; the time and height at which that began.
        case healed(since: UInt64, height: UInt64)
    }

    /// By when the network must have come back.
    enum Deadline {
        case newBlock
        case everyone
    }

    init(_ plan: SimulationRun) {
        self.plan = plan
        generator = SeededGenerator(seed: plan.seed)
        let others = plan.others + plan.profile.newcomers
        let hasHostile = plan.profile.hasHostileMember(&generator) && plan.others > 0
        var community = SimulatedCommunity(
            validators: plan.validators, others: others, crowd: plan.crowd, market: plan.market,
            hasHostile: hasHostile, generator: &generator)
        if plan.profile == .hostile, generator.chance(permille: 500) {
            community.spendHourOfBlocks()
            counters.add("hour of blocks spent")
        }
        self.community = community
        time = community.genesis.timestamp.milliseconds
        let count = plan.profile.faultyValidators(tolerated: plan.tolerated, &generator)
        faulty = generator.sample(count, below: plan.validators).sorted()
        let strangers = plan.profile.strangers(among: plan.validators, &generator)
        if !strangers.isEmpty { counters.add("link that is never there") }
        network = SimulatedNetwork(
            validators: plan.validators, strangers: strangers, others: others, twins: faulty,
            generator: &generator)
        network.usual = plan.profile.quality(&generator)
        hostile = Self.hostileMember(of: plan, community, generator: &generator)
        incidentKinds = plan.profile.incidents(&generator)
        nodes = community.nodes()
        places = Dictionary(
            nodes.enumerated().map { ($1.address, $0) }, uniquingKeysWith: { first, _ in first })
        let originals = faulty
        twins = Dictionary(
            uniqueKeysWithValues: zip(originals, nodes.count..<(nodes.count + originals.count)))
        workload = Workload(community: community, nodes: plan.validators + plan.others)
        checker = SafetyChecker(community: community)
        market = MarketChecker(
            community: community, nodes: nodes, nothingGoesWrong: plan.profile == .calm)
        if let hostile { checker.suspect(nodes[hostile.node].address) }
        corrupt()
    }

    mutating func run() -> SimulationReport {
        let began = time
        prepare()
        while checker.failure == nil, !isOver, let (moment, occurrence) = scheduler.next() {
            time = max(time, moment)
            handle(occurrence)
        }
        audit()
        measureMatching(from: began)
        counters.add("message overtaking others", network.overtaking)
        counters.add("message a second late", network.late)
        return SimulationReport(
            run: plan, runHash: runHash.value, simulatedMilliseconds: time - began,
            height: checker.height, recovery: recovery, convergence: convergence,
            finalAfter: acknowledgements.finalAfter.sorted(), counters: counters,
            failure: checker.failure,
            trace: checker.failure == nil ? [] : trace.lines)
    }

    /// Looks at everyone's disk once more: everything that ever was final is there.
    private mutating func audit() {
        for node in nodes.indices where mustCatchUp(node) {
            checker.audit(nodes[node].store, of: nodes[node].address)
        }
        let fault = acknowledgements.fault(at: checker.state) { nodes[$0].replica?.pool }
        if let fault = fault ?? lateness { checker.fail(fault) }
    }

    private mutating func prepare() {
        for node in presentNodes {
            backUp(node)
            loseMark(of: node)
            let isLate = plan.profile.hasLateFirstStarts && generator.chance(permille: 150)
            let delay = isLate ? generator.next(in: 1_000...20_000) : generator.next(below: 200)
            scheduler.add(.start(node), at: time + delay)
        }
        for client in workload.clients.indices {
            scheduler.add(
                .action(client: client), at: time + 500 + generator.next(below: plan.pace))
        }
        if !incidentKinds.isEmpty { scheduler.add(.beginIncident, at: time + 1_500) }
        if hostile != nil { scheduler.add(.harm, at: time + 1_000) }
        for node in faulty where mayLoseValidators && generator.chance(permille: 300) {
            scheduler.add(.goForGood(node), at: time + generator.next(below: plan.milliseconds))
        }
        scheduler.add(.heal, at: time + plan.milliseconds)
    }

    /// Now and then nobody made a mark beside a validator's key, or it got lost.
    private mutating func loseMark(of node: Int) {
        guard incidentKinds.contains(.emptied), nodes[node].isValidator,
            byzantineNodes[node] == nil, mayForget(node), generator.chance(permille: 60)
        else { return }
        counters.add("first start without its mark")
        nodes[node].hasNeverVotedMark = false
        noteLoss(of: node)
    }

    /// Whether without the faulty validators each of the others still reaches so many that it may
    /// vote again after a crash.
    private var mayLoseValidators: Bool {
        let validators = 0..<plan.validators
        let links = validators.map { network.neighbours[$0].count(where: validators.contains) }
        let least = (links.min() ?? 0) - faulty.count
        return least >= community.genesis.validators.headsToHear
    }

    /// How long it took from the end of the faults until everyone had all blocks.
    private var convergence: UInt64? {
        guard case .healed(let since, _) = phase, checker.failure == nil else { return nil }
        return time - since
    }

    /// Whether the network has come back in full: everyone is at one head, with nothing to do.
    var isOver: Bool {
        guard case .healed(let since, let height) = phase, workload.hasStopped,
            checker.height > height, time > since, isMarketAtRest
        else { return false }
        return nodes.indices.filter(mustCatchUp).allSatisfy { node in
            nodes[node].store.height == checker.height
                && nodes[node].replica?.pool.hasReady == false
        }
    }

    private mutating func handle(_ occurrence: Occurrence) {
        if let postponed = postponement(of: occurrence) {
            scheduler.add(occurrence, at: postponed)
            return
        }
        switch occurrence {
        case .delivery(let letter, let sender, let receiver, let life):
            guard nodes[receiver].life == life, network.isUp(sender, receiver) else { return }
            deliver(letter.message, from: nodes[sender].address, to: receiver)
        case .timer(let timer, let node, let life):
            guard nodes[node].life == life else { return }
            hand(.timer(timer), to: node)
        case .roleTick(let node, let life):
            guard nodes[node].life == life else { return }
            tickRole(of: node)
        case .restart(let node): crash(node, downtime: 200)
        case .closeMarket: stopTrading()
        case .connect(let first, let second): connect(first, second)
        case .disconnect(let node, let peer, let life):
            // Whoever has dialled again meanwhile has noticed that the old link is gone.
            guard nodes[node].life == life, !isLinked(node, toOwnerOf: peer) else { return }
            hand(.disconnected(nodes[peer].address), to: node)
        case .start(let node): start(node)
        case .drip(let node, let peer, let height): drip(height, from: node, to: peer)
        case .harm: harm()
        case .action(let client): act(client)
        case .goForGood(let node): goForGood(node)
        case .misbehave(let node, let incident): misbehave(node, incident: incident)
        case .beginIncident: beginIncident()
        case .endIncident(let number): endIncident(number)
        case .flap(let number): flap(number)
        case .heal: heal()
        case .deadline(let deadline): meet(deadline)
        }
    }

    /// When an occurrence at a node that stands still happens; nil if it happens now.
    private func postponement(of occurrence: Occurrence) -> UInt64? {
        switch occurrence {
        case .delivery(_, _, let node, _), .timer(_, let node, _), .roleTick(let node, _),
            .disconnect(let node, _, _):
            nodes[node].pausedUntil > time ? nodes[node].pausedUntil : nil
        default: nil
        }
    }
}
