import Ledger
import Market
import Protocol
import Replica

/// The roles that run beside the replicas: the production's code, as the node's loop drives it.
extension World {
    /// Begins a node's role from what its database holds, if it has one.
    mutating func startRole(of node: Int) {
        guard let part = nodes[node].part, let replica = nodes[node].replica else { return }
        let clock = nodes[node].clock(at: time)
        nodes[node].role = part.role(
            of: nodes[node].key, restoring: nodes[node].roleStore,
            head: replica.head.block.header, state: replica.state, trades: !workload.hasStopped,
            at: clock)
        nodes[node].news = []
        market.begins(nodes[node])
        tellRole(of: node, .started)
        guard nodes[node].role != nil else { return }
        market.started(nodes[node], at: replica.state, &checker)
    }

    /// Begins a node's role with the node, and its ticks.
    mutating func startRoleAndTicks(of node: Int) {
        guard nodes[node].part != nil else { return }
        startRole(of: node)
        scheduler.add(
            .roleTick(node, life: nodes[node].life), at: time + generator.next(below: 1_000))
    }

    /// A second has gone by for a node's role.
    mutating func tickRole(of node: Int) {
        scheduler.add(.roleTick(node, life: nodes[node].life), at: time + 1_000)
        tellRole(of: node, .tick)
    }

    /// Tells a node's role of `event`, and everything else that is new.
    mutating func tellRole(of node: Int, _ event: RoleEvent? = nil) {
        guard nodes[node].part != nil else { return }
        if let event { nodes[node].news.append(event) }
        guard !nodes[node].isTellingRole else { return }
        nodes[node].isTellingRole = true
        while !nodes[node].news.isEmpty, nodes[node].role != nil {
            let event = nodes[node].news.removeFirst()
            let clock = nodes[node].clock(at: time)
            let effects = nodes[node].role?.handle(event, at: clock) ?? []
            perform(effects, ofRoleAt: node)
        }
        nodes[node].isTellingRole = false
    }

    /// Performs effects in their order; a crash that was armed comes in between.
    private mutating func perform(_ effects: [RoleEffect], ofRoleAt node: Int) {
        for (index, effect) in effects.enumerated() {
            guard nodes[node].role != nil else { return }
            if let crash = nodes[node].armedCrash,
                crash.comes(at: index, isWritten: effect.isWritten)
            {
                counters.add("effects of a role lost", UInt64(effects.count - index))
                if effect.isWritten, generator.chance(permille: 500) {
                    perform(effect, ofRoleAt: node)
                }
                self.crash(node, downtime: crash.downtime)
                return
            }
            perform(effect, ofRoleAt: node)
        }
    }

    private mutating func perform(_ effect: RoleEffect, ofRoleAt node: Int) {
        switch effect {
        case .store(let record):
            if case .household(.told(let report, let aggregator)) = record {
                market.wrote(report, by: aggregator, at: nodes[node], &checker)
            }
            nodes[node].roleStore.store(record)
        case .send(let message, let peer):
            market.said(message, by: nodes[node], &checker)
            guard let silence = silence(of: node) else {
                return send(.meter(message), from: node, to: [peer])
            }
            let passed = silence.passed(message, in: community.domain, &generator)
            if passed != message { counters.add("meter message kept or altered") }
            if let passed { send(.meter(passed), from: node, to: [peer]) }
        case .submit(let transaction):
            if silence(of: node)?.keeps(transaction.transaction.data) == true {
                let answer = PoolAnswer.refused("kept to itself")
                return nodes[node].news.append(.answered(transaction.hash, answer))
            }
            counters.add("transaction submitted")
            nodes[node].ownAnswer = nil
            hand(.submitted(transaction, .ofRole), to: node)
            let answer = nodes[node].ownAnswer ?? .refused("this node stands still")
            if answer == .accepted { market.handedIn(transaction, by: nodes[node], &checker) }
            nodes[node].news.append(.answered(transaction.hash, answer))
        case .tell(let news, let household): tell(news, to: household, from: node)
        case .reply, .granted, .log: break
        }
    }

    /// What the pool said to a role's own transaction.
    mutating func answered(_ result: Result<Hash32, PoolRejection>, toRoleAt node: Int) {
        nodes[node].ownAnswer =
            switch result {
            case .success, .failure(.known): .accepted
            case .failure(.nonceTaken): .nonceTaken
            case .failure(.inadmissible(.nonceTooLow)): .nonceTooLow
            case .failure(let rejection): .refused(rejection.description)
            }
    }

    /// A block is stored at a node: its role is told, once the effects that came with it are done.
    mutating func committed(_ block: CommittedBlock, tellingRoleAt node: Int) {
        if block.header.number == market.height + 1 {
            market.check(block, &checker, &counters)
        }
        guard nodes[node].role != nil else { return }
        nodes[node].toldHeight = max(nodes[node].toldHeight, block.header.number)
        nodes[node].news.append(.blockFinal(block))
    }

    /// A node's role ends with its process, and sometimes the power with it.
    mutating func endRole(of node: Int) {
        guard nodes[node].part != nil else { return }
        nodes[node].role = nil
        nodes[node].news = []
        guard generator.chance(permille: 300) else { return }
        var drawn = generator
        let lost = nodes[node].roleStore.losePower { drawn.index(below: $0) }
        generator = drawn
        if lost > 0 { counters.add("record of a role lost", UInt64(lost)) }
    }

    /// A node's directory was emptied or restored, with its role's database in it.
    mutating func replaceRoleStore(of node: Int, with copy: SimulatedRoleStore?) {
        guard nodes[node].part != nil else { return }
        nodes[node].roleStore = copy ?? SimulatedRoleStore()
        market.excuse(nodes[node], isEmptied: copy == nil)
    }

    /// The owners switch trading off: what was picked comes to its end, and nothing new begins.
    mutating func stopTrading() {
        for node in nodes.indices where nodes[node].role != nil {
            if case .household? = nodes[node].part { startRole(of: node) }
        }
    }

    /// Whether nothing is left to do for the roles that are there.
    var isMarketAtRest: Bool {
        let aggregator = nodes.first { if case .aggregator? = $0.part { true } else { false } }
        return aggregator?.presence != .present || market.underWay.isEmpty
    }
}

extension RoleEffect {
    fileprivate var isWritten: Bool {
        if case .store = self { true } else { false }
    }
}
