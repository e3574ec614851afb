import Protocol
import Replica

/// Something that has gone wrong and has not been put right yet.
struct Incident {
    let kind: IncidentKind
    /// The ways that it blocks.
    var blocked: [(from: Int, to: Int)] = []
    /// Whose clock it has put wrong.
    var skewed: Int?
    /// Whose links come and go because of it.
    var flapping: Int?
    /// The faulty validator that plays misbehaviours because of it.
    var byzantineNode: Int?
}

extension World {
    mutating func beginIncident() {
        guard case .faults = phase else { return }
        let number = incidentsBegun
        incidentsBegun += 1
        backUp(anyNode)
        let kind = generator.pick(incidentKinds)
        let duration = generator.next(in: 200...12_000)
        counters.add("fault: \(kind.rawValue)")
        counters.add("faults")
        runHash.add(3, UInt64(number), duration)
        incidents[number] = begin(kind, number: number, duration: duration)
        scheduler.add(.endIncident(number), at: time + duration)
        scheduler.add(.beginIncident, at: time + generator.next(in: 300...6_000))
    }

    mutating func endIncident(_ number: Int) {
        guard let incident = incidents.removeValue(forKey: number) else { return }
        for way in incident.blocked { network.unblock(from: way.from, to: way.to) }
        network.storms[number] = nil
        if let node = incident.skewed { nodes[node].clockOffset = 0 }
        if let node = incident.byzantineNode { endMisbehaviour(of: node, incident: number) }
        tell(.over(incident.kind))
    }

    private mutating func begin(_ kind: IncidentKind, number: Int, duration: UInt64) -> Incident {
        var incident = Incident(kind: kind)
        switch kind {
        case .halves: halves(&incident)
        case .cutOffProposer: cutOff(nextProposer, &incident)
        case .oneWay: oneWay(&incident)
        case .flapping: flapping(&incident, number: number)
        case .storm: storm(number: number)
        case .crash, .crashSeveral, .crashAll: crashes(kind, downtime: duration)
        case .pause: pause(duration: duration)
        case .emptied, .restored, .truncated: damage(kind, downtime: duration)
        case .skew: skew(&incident)
        case .byzantine: byzantine(&incident, number: number)
        case .clone: clone()
        case .join: join()
        case .leave: leave()
        case .awayAggregator: sendAggregatorAway()
        case .cutOffHousehold: cutOffHousehold(&incident)
        case .silentHousehold: silenceHousehold()
        case .silentAggregator: silenceAggregator()
        }
        return incident
    }
}

extension World {
    /// Who is to propose the next block.
    private var nextProposer: Int {
        let replica = nodes.first { $0.isRunning && $0.store.height == checker.height }?.replica
        let proposer = replica.flatMap { replica in
            replica.validators.proposer(
                round: replica.round ?? 0, previousProposer: replica.head.block.header.proposer,
                previous: replica.validators)
        }
        return proposer.flatMap { places[$0] } ?? 0
    }

    private mutating func block(_ ways: [(from: Int, to: Int)], _ incident: inout Incident) {
        let breaksLinks = generator.chance(permille: 500)
        for way in ways {
            network.block(from: way.from, to: way.to)
            if breaksLinks { disconnect(way.from, way.to) }
        }
        incident.blocked = ways
    }

    private mutating func halves(_ incident: inout Incident) {
        let side = nodes.indices.map { _ in generator.chance(permille: 500) }
        tell(.incident(.halves, nodes: nodes.indices.filter { side[$0] }))
        var ways: [(from: Int, to: Int)] = []
        for sender in nodes.indices {
            for receiver in nodes.indices where side[sender] != side[receiver] {
                ways.append((sender, receiver))
            }
        }
        block(ways, &incident)
    }

    private mutating func cutOff(_ node: Int, _ incident: inout Incident) {
        tell(.incident(incident.kind, nodes: [node]))
        let ways = network.neighbours[node].flatMap {
            [(from: node, to: $0), (from: $0, to: node)]
        }
        block(ways, &incident)
    }

    private mutating func oneWay(_ incident: inout Incident) {
        let node = generator.index(below: plan.validators)
        tell(.incident(.oneWay, nodes: [node]))
        let isDeaf = generator.chance(permille: 500)
        var ways: [(from: Int, to: Int)] = []
        for peer in network.neighbours[node] where generator.chance(permille: 700) {
            ways.append(isDeaf ? (from: peer, to: node) : (from: node, to: peer))
        }
        for way in ways { network.block(from: way.from, to: way.to) }
        incident.blocked = ways
    }

    private mutating func flapping(_ incident: inout Incident, number: Int) {
        let node = anyNode
        tell(.incident(.flapping, nodes: [node]))
        scheduler.add(.flap(number), at: time)
        incident.flapping = node
    }

    /// Takes down links of a node that flaps, and plans the next time, until it is over.
    mutating func flap(_ number: Int) {
        guard let node = incidents[number]?.flapping else { return }
        counters.add("flap")
        for peer in network.neighbours[node] where generator.chance(permille: 700) {
            disconnect(node, peer)
        }
        scheduler.add(.flap(number), at: time + generator.next(in: 300...3_000))
    }

    private mutating func storm(number: Int) {
        tell(.incident(.storm, nodes: []))
        network.storms[number] = SimulatedNetwork.Quality(
            delay: generator.next(in: 1...200), jitter: generator.next(in: 10...2_000),
            loss: generator.next(in: 0...300), duplication: generator.next(in: 0...500),
            reordering: generator.next(in: 0...500))
    }
}

extension World {
    private mutating func crashes(_ kind: IncidentKind, downtime: UInt64) {
        let count =
            switch kind {
            case .crashAll: presentNodes.count
            case .crashSeveral: 1 + generator.index(below: presentNodes.count)
            default: 1
            }
        let present = presentNodes
        let chosen = generator.sample(count, below: present.count).map { present[$0] }
        tell(.incident(kind, nodes: chosen))
        for node in chosen {
            if count == 1, generator.chance(permille: 700) {
                nodes[node].armedCrash = armedCrash(downtime: downtime)
            } else {
                crash(node, downtime: downtime + generator.next(below: 500))
            }
        }
    }

    /// A crash in the middle of what a node does, as often as not in the middle of a write.
    mutating func armedCrash(downtime: UInt64) -> SimulatedNode.ArmedCrash {
        let effects = generator.index(below: 6)
        return SimulatedNode.ArmedCrash(
            point: generator.chance(permille: 500) ? .write : .after(effects: effects),
            downtime: downtime)
    }

    private mutating func pause(duration: UInt64) {
        let node = anyNode
        tell(.incident(.pause, nodes: [node]))
        nodes[node].pausedUntil = time + duration
    }

    /// Loses a node's memory, if no more than the tolerated number of validators are faulty or
    /// have lost theirs.
    private mutating func damage(_ kind: IncidentKind, downtime: UInt64) {
        let node = anyNode
        guard mayForget(node) else { return }
        tell(.incident(kind, nodes: [node]))
        counters.add("directory \(kind.rawValue)")
        crash(node, downtime: downtime)
        replaceDisk(of: node, kind)
        acknowledgements.forgive(node)
        if byzantineNodes[node] == nil {
            checker.replaced(nodes[node].address, at: nodes[node].store.height)
        }
        if kind != .truncated || nodes[node].store.hasForgotten { noteLoss(of: node) }
    }

    private mutating func replaceDisk(of node: Int, _ kind: IncidentKind) {
        let copy = nodes[node].oldCopy
        switch kind {
        case .emptied:
            nodes[node].store = SimulatedStore(genesis: community.chain)
            replaceRoleStore(of: node, with: nil)
        case .truncated:
            let older = generator.pick([nodes[node].startCopy, copy?.store, nil])
            nodes[node].store.truncate(to: older, genesis: community.chain)
        default:
            guard let copy else { return }
            nodes[node].store = copy.store
            replaceRoleStore(of: node, with: nodes[node].oldRoleStore)
            // A copy of everything, with what stands beside the key, or of the directory alone.
            if copy.hasMark, generator.chance(permille: 500) {
                nodes[node].hasNeverVotedMark = true
            }
        }
    }

    /// Whether a node may lose what it has said: no more than the tolerated number of validators
    /// are faulty or have lost theirs.
    func mayForget(_ node: Int) -> Bool {
        let failing = nodes.indices.filter {
            $0 != node && nodes[$0].isForgetful && byzantineNodes[$0] == nil
        }
        return !nodes[node].isValidator || byzantineNodes[node] != nil
            || failing.count + faulty.count < plan.tolerated
    }

    /// Notes that an honest validator may have lost something that it said. One whose start can tell
    /// says nothing until it has earned its vote.
    mutating func noteLoss(of node: Int) {
        guard nodes[node].isValidator, byzantineNodes[node] == nil else { return }
        guard nodes[node].mayHaveSpoken else {
            // It has never started, and the mark that was lost beside its key is back.
            return checker.hasLostNothing(nodes[node].address)
        }
        nodes[node].isForgetful = true
        if nodes[node].showsLoss { counters.add("began knowing of its loss") }
        checker.excuse(nodes[node].address, mustBeSilent: nodes[node].showsLoss)
    }

    /// Keeps a copy of a node's disk, for it to be restored from one day.
    mutating func backUp(_ node: Int) {
        guard incidentKinds.contains(.restored) else { return }
        nodes[node].oldCopy = (nodes[node].store, nodes[node].hasNeverVotedMark)
        nodes[node].oldRoleStore = nodes[node].roleStore
    }

    private mutating func skew(_ incident: inout Incident) {
        let node = anyNode
        guard !incidents.values.contains(where: { $0.skewed != nil }) else { return }
        tell(.incident(.skew, nodes: [node]))
        checker.mayClocksLie = true
        let size = Int64(generator.pick([50, 1_000, 4_000, 60_000, 3_600_000]))
        let isAhead = generator.chance(permille: 500)
        nodes[node].clockOffset = isAhead ? size : -size
        counters.add("clock \(isAhead ? "ahead" : "behind")")
        if size == 3_600_000 { counters.add("clock an hour \(isAhead ? "ahead" : "behind")") }
        incident.skewed = node
    }
}

extension World {
    /// How long the network may take to make a block once everything works, in milliseconds.
    private static let newBlockLimit: UInt64 = 10_000
    /// How long the last node may take to have all blocks, in milliseconds.
    private static let everyoneLimit: UInt64 = 60_000

    /// Puts everything right; from now on the network must come back by itself.
    mutating func heal() {
        for number in incidents.keys.sorted() { endIncident(number) }
        network.usual = SimulatedNetwork.Quality()
        market.isMeasuring = false
        for node in presentNodes {
            nodes[node].pausedUntil = 0
            nodes[node].armedCrash = nil
            start(node)
            for peer in network.neighbours[node] where peer < node {
                scheduler.add(.connect(node, peer), at: time + generator.next(below: 300))
            }
        }
        tell(.healed)
        reformOrPersist()
        phase = .healed(since: time, height: checker.height)
        for client in workload.clients.indices {
            scheduler.add(.action(client: client), at: time + generator.next(below: 2_000))
        }
        let allowance = allowanceForSilentProposers
        scheduler.add(.deadline(.newBlock), at: time + Self.newBlockLimit + allowance)
        scheduler.add(.deadline(.everyone), at: time + Self.everyoneLimit + allowance)
    }

    /// How much longer it may take because validators that are faulty, or have no vote at present,
    /// may be the proposers of the running round and those after it: there is no hurrying the end
    /// of a round in which a quorum is there. None where all can propose; else for each of them a
    /// round twice as long as what is left of the longest that runs, as the rounds' lengths double.
    private var allowanceForSilentProposers: UInt64 {
        var silent: UInt64 = 0
        var longest: UInt64 = 0
        for node in 0..<plan.validators {
            let canPropose =
                byzantineNodes[node] == nil && nodes[node].store.votingRight == .established
            guard canPropose else {
                silent += 1
                continue
            }
            guard let deadline = nodes[node].replica?.roundDeadline else { continue }
            let end = nodes[node].time(of: deadline)
            longest = max(longest, end - min(time, end))
        }
        return silent * min(2 * longest, Limits.roundMilliseconds)
    }

    /// Once the network makes blocks again, there is no need for more work.
    mutating func goHomeIfHealed() {
        guard case .healed(let since, let height) = phase, checker.height > height else { return }
        guard !workload.hasStopped else { return }
        workload.hasStopped = true
        scheduler.add(.closeMarket, at: time)
        recovery = time - since
    }

    /// Finds whether what was due has come.
    mutating func meet(_ deadline: Deadline) {
        guard case .healed(_, let height) = phase else { return }
        switch deadline {
        case .newBlock:
            guard checker.height > height else {
                checker.fail(
                    "no new block in time after everything works again: " + whereEveryoneStands)
                return
            }
        case .everyone:
            let heads = nodes.indices.filter(mustCatchUp).map { nodes[$0].store.height }
            guard !isOver else { return }
            if let late = market.late {
                checker.fail("a window after everything works again, \(late)")
                return
            }
            checker.fail(
                "not everyone is at one head with nothing to do in time after everything works: "
                    + "\(heads); " + whereEveryoneStands)
        }
    }

    /// Where each node stands, for people.
    private var whereEveryoneStands: String {
        presentNodes.map { node in
            guard let replica = nodes[node].replica else { return "\(node) is down" }
            let vote = replica.isParticipating ? "votes" : "\(replica.votingRight)"
            let work = replica.pool.hasReady ? "has work" : "has none"
            return "\(node) at \(replica.head.block.number), round \(replica.round ?? 0), "
                + "\(nodes[node].isValidator ? vote : "no vote"), \(work)"
        }.joined(separator: "; ")
    }
}
