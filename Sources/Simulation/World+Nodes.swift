import Consensus
import Protocol
import Replica

extension World {
    /// Hands an event to a node that runs, and does what it asks for.
    mutating func hand(_ event: Event, to node: Int) {
        let clock = nodes[node].clock(at: time)
        guard let effects = nodes[node].replica?.handle(event, at: clock) else { return }
        perform(effects, of: node)
    }

    /// Starts a node from its disk.
    mutating func start(_ node: Int) {
        guard !nodes[node].isRunning else { return }
        let clock = nodes[node].clock(at: time)
        var configuration = ReplicaConfiguration(
            address: nodes[node].address, signer: nodes[node].isAuthority ? nodes[node].key : nil,
            scheme: SimulatedScheme())
        configuration.poolLimits.perSecond = 1_000
        var replica = ReplicaState(
            configuration, restoring: nodes[node].store.chain, at: clock)
        nodes[node].life += 1
        let effects = replica.start(at: clock)
        nodes[node].replica = replica
        tell(.started(node))
        perform(effects, of: node)
        for peer in network.neighbours[node] where nodes[peer].isRunning {
            agenda.add(.connect(node, peer), at: time + 5 + generator.next(below: 300))
        }
    }

    /// Ends a node at once. It starts again after `downtime` milliseconds.
    mutating func crash(_ node: Int, downtime: UInt64) {
        guard nodes[node].isRunning else { return }
        nodes[node].replica = nil
        nodes[node].life += 1
        nodes[node].armedCrash = nil
        nodes[node].pausedUntil = 0
        counters.add("crash")
        tell(.crashed(node))
        for peer in network.neighbours[node] where network.isUp(node, peer) {
            network.setUp(node, peer, false)
            agenda.add(
                .disconnect(node: peer, from: node, life: nodes[peer].life),
                at: time + generator.next(below: 500))
        }
        agenda.add(.start(node), at: time + downtime)
    }

    /// Brings a link up, if both ends run and messages get through.
    mutating func connect(_ first: Int, _ second: Int) {
        guard nodes[first].isRunning, nodes[second].isRunning, !network.isUp(first, second) else {
            return
        }
        guard nodes[first].pausedUntil <= time, nodes[second].pausedUntil <= time,
            !network.isBlocked(from: first, to: second),
            !network.isBlocked(from: second, to: first)
        else {
            agenda.add(.connect(first, second), at: time + 500 + generator.next(below: 1_000))
            return
        }
        network.setUp(first, second, true)
        hand(.connected(nodes[second].address), to: first)
        hand(.connected(nodes[first].address), to: second)
    }

    /// Takes a link down; both ends notice at some time, and dial again.
    mutating func disconnect(_ first: Int, _ second: Int) {
        guard network.isUp(first, second) else { return }
        network.setUp(first, second, false)
        counters.add("link lost")
        for (node, peer) in [(first, second), (second, first)] {
            agenda.add(
                .disconnect(node: node, from: peer, life: nodes[node].life),
                at: time + generator.next(below: 100))
        }
        agenda.add(.connect(first, second), at: time + 500 + generator.next(below: 1_000))
    }
}

// MARK: Effects

extension World {
    /// Performs effects in their order; a crash that was armed comes in between.
    private mutating func perform(_ effects: [Effect], of node: Int) {
        for (index, effect) in effects.enumerated() {
            if let crash = nodes[node].armedCrash, crash.effects <= index {
                counters.add("effects lost", UInt64(effects.count - index))
                self.crash(node, downtime: crash.downtime)
                return
            }
            perform(effect, of: node)
        }
    }

    private mutating func perform(_ effect: Effect, of node: Int) {
        switch effect {
        case .persist(let record):
            nodes[node].store.persist(record)
            trace.add(1, UInt64(node), record.height)
            checker.stored(record, by: nodes[node].address)
        case .persistStanding(let standing): nodes[node].store.persist(standing)
        case .commit(let committed):
            nodes[node].store.commit(committed)
            trace.add(2, UInt64(node), committed.final.block.hash.prefix)
            checker.committed(committed, by: nodes[node].address)
            goHomeIfHealed()
        case .send(let message, let recipients): send(message, from: node, to: recipients)
        case .serveBlocks(let peer, let from, let count):
            let blocks = nodes[node].store.read(from: from, count: count)
            send(.blocks(blocks), from: node, to: [peer])
        case .setTimer(let timer, let moment):
            agenda.add(
                .timer(timer, node: node, life: nodes[node].life),
                at: max(time, nodes[node].time(of: moment)))
        case .answer(_, let result): count(result)
        case .report(let observation): note(observation, by: node)
        }
    }

    private mutating func send(_ message: WireMessage, from node: Int, to recipients: [Address]) {
        counters.sent += UInt64(recipients.count)
        checker.said(message, by: nodes[node].key)
        let letter = Letter(message)
        for recipient in recipients {
            guard let place = places[recipient] else { continue }
            trace.add(UInt64(node), UInt64(place), time)
            let (arrival, repetition) = network.arrivals(
                from: node, to: place, at: time, generator: &generator)
            let delivery = Occurrence.delivery(
                letter, from: node, to: place, life: nodes[place].life)
            if let arrival { agenda.add(delivery, at: arrival) } else { counters.lost += 1 }
            if let repetition { agenda.add(delivery, at: repetition) }
        }
    }

    private mutating func count(_ result: Result<Hash32, SubmissionError>) {
        switch result {
        case .success: counters.add("transaction accepted")
        case .failure: counters.add("transaction refused")
        }
    }

    private mutating func note(_ observation: Observation, by node: Int) {
        counters.add(observation.counterName)
        checker.observed(observation, by: nodes[node].address)
        if case .standing(.established) = observation { nodes[node].isForgetful = false }
        tell(.observed(node, observation))
    }

    mutating func tell(_ entry: Story.Entry) {
        story.add(entry, at: time)
    }
}

extension Hash32 {
    /// The first 64 bits.
    var prefix: UInt64 { UInt64(bigEndian: bytes.prefix(8)) ?? 0 }
}
