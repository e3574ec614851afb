import Protocol
import Replica

extension World {
    /// Makes the faulty validators what they are, and lays out a second machine for each.
    mutating func corrupt() {
        byzantineNodes = Array(repeating: nil, count: nodes.count)
        for node in faulty {
            let key = nodes[node].key
            checker.condemn(key.address)
            byzantineNodes[node] = ByzantineNode(
                key: key, domain: community.domain, isStubborn: generator.chance(permille: 700))
        }
        for original in faulty {
            let twin = SimulatedNode(
                key: nodes[original].key, isValidator: nodes[original].isValidator,
                store: nodes[original].store)
            twin.presence = .awaited
            nodes.append(twin)
            byzantineNodes.append(byzantineNodes[original])
        }
        for node in (plan.validators + plan.others)..<(nodes.count - faulty.count) {
            nodes[node].presence = .awaited
        }
    }

    /// A faulty validator begins to play one to three misbehaviours.
    mutating func byzantine(_ incident: inout Incident, number: Int) {
        let present = presentNodes.filter { byzantineNodes[$0] != nil }
        guard !present.isEmpty else { return }
        let node = generator.pick(present)
        beginMisbehaviour(of: node, incident: number)
        incident.byzantineNode = node
    }

    private mutating func beginMisbehaviour(of node: Int, incident: Int) {
        tell(.incident(.byzantine, nodes: [node]))
        let chosen = generator.sample(
            1 + generator.index(below: 3), below: Misbehaviour.allCases.count)
        let peers = network.neighbours[node].map { nodes[$0].address }
        byzantineNodes[node]?.begin(
            chosen.map { Misbehaviour.allCases[$0] }, incident: incident, peers: peers,
            generator: &generator)
        if nodes[node].store.votingRight != .established, checker.height > 3 {
            // It does not wait until it may vote again. A crash may have left a torn end, after
            // which nothing can be written.
            crash(node, downtime: 50)
            guard recover(node) != nil else { return }
            nodes[node].store.persist(.votingRight(.established))
        }
        scheduler.add(.misbehave(node, incident: incident), at: time + generator.next(below: 500))
    }

    mutating func endMisbehaviour(of node: Int, incident: Int) {
        if byzantineNodes[node]?.incident == incident { byzantineNodes[node]?.reform() }
    }

    mutating func goForGood(_ node: Int) {
        counters.add("validator gone for good")
        tell(.incident(.leave, nodes: [node]))
        crash(node, downtime: 0)
        nodes[node].presence = .gone
    }

    /// Lets a faulty validator say something unasked, and plans when it does so next.
    mutating func misbehave(_ node: Int, incident: Int) {
        guard let byzantineNode = byzantineNodes[node], byzantineNode.incident == incident,
            !byzantineNode.misbehaviours.isEmpty
        else {
            return
        }
        scheduler.add(
            .misbehave(node, incident: incident), at: time + generator.next(in: 20...1_500))
        guard let replica = nodes[node].replica, nodes[node].pausedUntil <= time else { return }
        let sendings =
            byzantineNodes[node]?.misbehave(by: replica, generator: &generator) ?? []
        send(sendings, from: node)
    }

    /// Now and then an honest validator crashes that has just heard one of two proposals, so that
    /// it hears the other when it is back.
    mutating func crashAfterDoubleProposal() {
        guard incidentKinds.contains(.crash), case .faults = phase,
            generator.chance(permille: 300)
        else { return }
        let honest = presentNodes.filter { nodes[$0].isValidator && byzantineNodes[$0] == nil }
        guard !honest.isEmpty else { return }
        let node = generator.pick(honest)
        counters.add("crash after a double proposal")
        nodes[node].armedCrash = armedCrash(downtime: generator.next(in: 10...300))
    }

    /// When all else is well, faulty validators are honest from then on or go on as ever: with no
    /// more of them than are tolerated, the others must come back either way.
    mutating func reformOrPersist() {
        let persists = generator.chance(permille: 500)
        for node in faulty where persists && nodes[node].presence == .present {
            beginMisbehaviour(of: node, incident: incidentsBegun)
        }
        for node in faulty where !persists {
            guard let twin = twins[node], nodes[twin].presence == .present else { continue }
            nodes[twin].presence = .gone
            crash(twin, downtime: 0)
        }
    }
}

extension World {
    /// Copies a faulty validator's disk to a second machine and starts that; or, if that is there
    /// already, has some of the peers change over.
    mutating func clone() {
        guard !faulty.isEmpty else { return }
        let original = generator.pick(faulty)
        guard let twin = twins[original] else { return }
        tell(.incident(.clone, nodes: [original, twin]))
        if nodes[twin].presence == .awaited {
            counters.add("key cloned")
            nodes[twin].store = nodes[original].store
            nodes[twin].hasNeverVotedMark = nodes[original].hasNeverVotedMark
            nodes[twin].presence = .present
            start(twin)
        }
        for peer in network.neighbours[original] where generator.chance(permille: 500) {
            counters.add("moved to a clone")
            disconnect(peer, original)
            disconnect(peer, twin)
        }
    }

    /// Whether `node` is linked to a machine of whoever owns `peer`.
    func isLinked(_ node: Int, toOwnerOf peer: Int) -> Bool {
        guard !twins.isEmpty else { return network.isUp(node, peer) }
        let address = nodes[peer].address
        return place(of: address, for: node).map { network.isUp(node, $0) } ?? false
    }

    /// The machine of `owner` that `node` is linked to, or the first if it is linked to none.
    func place(of owner: Address, for node: Int) -> Int? {
        guard let place = places[owner] else { return nil }
        if let twin = twins[place], network.isUp(node, twin) { return twin }
        return place
    }
}
