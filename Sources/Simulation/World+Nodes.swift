import Consensus
import Protocol
import Replica

extension World {
    /// Hands an event to a node that runs, and does what it asks for.
    mutating func hand(_ event: Event, to node: Int) {
        let clock = nodes[node].clock(at: time)
        guard let effects = nodes[node].replica?.handle(event, at: clock) else { return }
        if case .received(.consensus(.roundChange), _) = event { countJumps(in: effects, of: node) }
        perform(effects, of: node)
        tellRole(of: node)
    }

    /// A message arrives: at the replica, or at the role.
    mutating func deliver(_ message: WireMessage, from peer: Address, to node: Int) {
        switch message {
        case .replica(let message): receive(message, from: peer, at: node)
        case .meter(let message): tellRole(of: node, .received(message, from: peer))
        case .link: break
        }
    }

    /// A node hears a message, unless it is one that a faulty validator keeps from itself.
    mutating func receive(_ message: ReplicaMessage, from peer: Address, at node: Int) {
        byzantineNodes[node]?.hear(message)
        guard byzantineNodes[node]?.overlooks(message) != true else { return }
        hand(.received(message, from: peer), to: node)
    }

    mutating func start(_ node: Int) {
        guard !nodes[node].isRunning, nodes[node].presence == .present else { return }
        let clock = nodes[node].clock(at: time)
        var configuration = ReplicaConfiguration(
            address: nodes[node].address, signer: nodes[node].isValidator ? nodes[node].key : nil,
            scheme: SimulatedScheme())
        configuration.poolLimits.perSecond = 1_000
        if let most = plan.poolTransactions { configuration.poolLimits.transactions = most }
        guard let resumption = resume(node) else { return }
        var replica = ReplicaState(configuration, from: resumption, at: clock)
        if nodes[node].life == 0, node < plan.validators, checker.height > 0 {
            counters.add("late first start")
        }
        nodes[node].life += 1
        if incidentKinds.contains(.truncated) { nodes[node].startCopy = nodes[node].store }
        let effects = replica.start(at: clock)
        nodes[node].replica = replica
        nodes[node].store.keepOnly(replica.ownSubmissions)
        tell(.started(node))
        perform(effects, of: node)
        startRoleAndTicks(of: node)
        for peer in network.neighbours[node] where nodes[peer].isRunning {
            scheduler.add(.connect(node, peer), at: time + 5 + generator.next(below: 300))
        }
    }

    /// Draws the consequences of what a node's disk holds, as the product does; nil if the node does
    /// not get that far.
    private mutating func resume(_ node: Int) -> Resumption? {
        guard let stored = recover(node) else { return nil }
        let hasNeverVoted = nodes[node].takeMark()
        let resumption = Resumption(
            of: stored, hasNeverVoted: hasNeverVoted,
            hasForgotten: nodes[node].store.hasForgotten)
        checker.began(nodes[node].address, with: resumption.votingRight)
        guard let votingRight = resumption.toPersist else { return resumption }
        if hasNeverVoted, crashesAtStart(node) {
            breakOff(.persistVotingRight(votingRight), of: node)
            if nodes[node].store.votingRight == nil { counters.add("mark gone, right not stored") }
            noteLoss(of: node)
            scheduler.add(.start(node), at: time + 500)
            return nil
        }
        perform(.persistVotingRight(votingRight), of: node)
        return resumption
    }

    /// Whether a node crashes after it took the mark of its key away and before it has its right.
    private mutating func crashesAtStart(_ node: Int) -> Bool {
        guard incidentKinds.contains(.emptied), case .faults = phase, byzantineNodes[node] == nil,
            mayForget(node)
        else { return false }
        return generator.chance(permille: 60)
    }

    /// Reads a node's disk, and makes sure that nothing synced is missing.
    mutating func recover(_ node: Int) -> StoredChain? {
        guard let (stored, torn) = nodes[node].store.recover() else {
            checker.fail("node \(node) does not find what it has synced of its votes")
            return nil
        }
        if torn > 0 { counters.add("torn entry cut off") }
        if byzantineNodes[node] == nil {
            checker.started(
                nodes[node].address, at: nodes[node].store.height, head: stored.head.block.hash)
        }
        return stored
    }

    /// Ends a node at once. It starts again after `downtime` milliseconds.
    mutating func crash(_ node: Int, downtime: UInt64) {
        guard nodes[node].isRunning else { return }
        nodes[node].replica = nil
        nodes[node].life += 1
        endRole(of: node)
        nodes[node].armedCrash = nil
        nodes[node].pausedUntil = 0
        counters.add("crash")
        tell(.crashed(node))
        for peer in network.neighbours[node] where network.isUp(node, peer) {
            network.setUp(node, peer, false)
            scheduler.add(
                .disconnect(node: peer, from: node, life: nodes[peer].life),
                at: time + generator.next(below: 500))
        }
        scheduler.add(.start(node), at: time + downtime)
    }

    /// Brings a link up, if both ends run and messages get through.
    mutating func connect(_ first: Int, _ second: Int) {
        guard nodes[first].isRunning, nodes[second].isRunning, !network.isUp(first, second) else {
            return
        }
        guard !isLinked(first, toOwnerOf: second), !isLinked(second, toOwnerOf: first),
            nodes[first].pausedUntil <= time, nodes[second].pausedUntil <= time,
            !network.isBlocked(from: first, to: second),
            !network.isBlocked(from: second, to: first)
        else {
            scheduler.add(.connect(first, second), at: time + 500 + generator.next(below: 1_000))
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
            scheduler.add(
                .disconnect(node: node, from: peer, life: nodes[node].life),
                at: time + generator.next(below: 100))
        }
        scheduler.add(.connect(first, second), at: time + 500 + generator.next(below: 1_000))
    }
}

extension World {
    /// Performs effects in their order; a crash that was armed comes in between.
    private mutating func perform(_ effects: [Effect], of node: Int) {
        for (index, effect) in effects.enumerated() {
            if let crash = nodes[node].armedCrash,
                crash.comes(at: index, isWritten: effect.isWritten)
            {
                counters.add("effects lost", UInt64(effects.count - index))
                breakOff(effect, of: node)
                self.crash(node, downtime: crash.downtime)
                return
            }
            perform(effect, of: node)
        }
    }

    /// Gets as far with an effect as chance has it: any number of a vote's bytes are written; a
    /// block is there or not.
    private mutating func breakOff(_ effect: Effect, of node: Int) {
        var drawn = generator
        var written = (count: 0, of: 0)
        func part(of size: Int) -> Int {
            written = (drawn.index(below: size + 1), size)
            return written.count
        }
        switch effect {
        case .persist(let record):
            let isWhole = nodes[node].store.tear(.record(record), part)
            if isWhole { checker.stored(record, by: nodes[node].address) }
        case .persistVotingRight(let votingRight):
            let before = nodes[node].store.votingRight
            let isWhole = nodes[node].store.tear(.votingRight(votingRight), part)
            if isWhole { noteVotingRight(votingRight, after: before, of: node) }
        case .commit where drawn.chance(permille: 500): perform(effect, of: node)
        case .keep where drawn.chance(permille: 500): perform(effect, of: node)
        default: break
        }
        generator = drawn
        guard effect.isWritten else { return }
        counters.add("crash while writing")
        if written.count > 0, written.count < written.of { counters.add("write torn") }
    }

    private mutating func perform(_ effect: Effect, of node: Int) {
        switch effect {
        case .persist(let record):
            nodes[node].store.persist(.record(record))
            runHash.add(1, UInt64(node), record.height)
            if case .vote(.proposal(let proposal)) = record, !proposal.prepares.isEmpty {
                counters.add("re-proposal")
            }
            checker.stored(record, by: nodes[node].address)
        case .persistVotingRight(let votingRight):
            let before = nodes[node].store.votingRight
            nodes[node].store.persist(.votingRight(votingRight))
            noteVotingRight(votingRight, after: before, of: node)
        case .commit(let committed):
            nodes[node].store.commit(committed)
            runHash.add(2, UInt64(node), committed.final.block.hash.prefix)
            checker.time = time
            let before = checker.height
            checker.committed(committed, by: nodes[node].address)
            if checker.height > before {
                acknowledgements.decided(committed.final.block.transactions, at: time)
            }
            self.committed(committed, tellingRoleAt: node)
            welcome(node)
            goHomeIfHealed()
        case .keep(let submission): nodes[node].store.keep(submission)
        case .send(let message, let recipients): say(message, from: node, to: recipients)
        case .serveBlocks(let peer, let from, _) where drips(node):
            dripLater(from, from: node, to: peer)
        case .serveBlocks(let peer, let from, let count):
            let blocks = nodes[node].store.read(from: from, count: count)
            say(.blocks(blocks), from: node, to: [peer])
        case .setTimer(let timer, let moment):
            scheduler.add(
                .timer(timer, node: node, life: nodes[node].life),
                at: max(time, nodes[node].time(of: moment)))
        case .answer(let request, let result):
            count(result, by: node)
            if request == .ofRole { answered(result, toRoleAt: node) }
        case .report(let observation): note(observation, by: node)
        case .stop: crash(node, downtime: 60_000)
        }
    }

    /// Sends what a node's replica says, or what a faulty validator makes of it.
    private mutating func say(_ message: ReplicaMessage, from node: Int, to recipients: [Address]) {
        guard !withholds(message, at: node) else { return }
        guard byzantineNodes[node] != nil else {
            checker.said(message, by: nodes[node].key)
            send(message, from: node, to: recipients)
            return
        }
        let replica = nodes[node].replica
        let rival = byzantineNodes[node]?.rival?.signature
        let sendings =
            byzantineNodes[node]?.twist(
                message, to: recipients, by: replica, generator: &generator) ?? []
        send(sendings, from: node)
        if byzantineNodes[node]?.rival?.signature != rival { crashAfterDoubleProposal() }
    }

    mutating func send(_ sendings: [Sending], from node: Int) {
        for sending in sendings where !sending.recipients.isEmpty {
            guard let misbehaviour = sending.misbehaviour else {
                send(sending.message, from: node, to: sending.recipients)
                continue
            }
            counters.add("misbehaviour: \(misbehaviour.rawValue)")
            // What an honest node could not have made reaches others only as bytes can say it.
            let bytes = WireMessage.replica(sending.message).encoded
            guard
                case .replica(let message)? = try? WireMessage(
                    decoding: bytes, scheme: SimulatedScheme())
            else {
                counters.add("malformed message")
                continue
            }
            send(message, from: node, to: sending.recipients)
        }
    }

    mutating func send(_ message: ReplicaMessage, from node: Int, to recipients: [Address]) {
        checker.sent(message, at: time)
        send(.replica(message), from: node, to: recipients)
    }

    mutating func send(_ message: WireMessage, from node: Int, to recipients: [Address]) {
        counters.sent += UInt64(recipients.count)
        let letter = Letter(message)
        for recipient in recipients {
            guard let place = place(of: recipient, for: node) else { continue }
            runHash.add(UInt64(node), UInt64(place), time)
            let (arrival, repetition) = network.arrivals(
                from: node, to: place, at: time, generator: &generator)
            let delivery = Occurrence.delivery(
                letter, from: node, to: place, life: nodes[place].life)
            if let arrival { scheduler.add(delivery, at: arrival) } else { counters.lost += 1 }
            guard let repetition else { continue }
            counters.repeated += 1
            scheduler.add(delivery, at: repetition)
        }
    }

    private mutating func count(_ result: Result<Hash32, PoolRejection>, by node: Int) {
        switch result {
        case .success(let hash):
            counters.add("transaction accepted")
            guard byzantineNodes[node] == nil,
                let transaction = nodes[node].replica?.pool.transaction(hash)
            else { return }
            acknowledgements.acknowledged(transaction, by: node, at: time)
        case .failure: counters.add("transaction refused")
        }
    }

    /// A round change that answers others' is a jump.
    private mutating func countJumps(in effects: [Effect], of node: Int) {
        for case .persist(.vote(.roundChange)) in effects { counters.add("f+1 jump") }
    }

    private mutating func note(_ observation: Observation, by node: Int) {
        count(observation, by: node)
        checker.observed(observation, by: nodes[node].address)
        tell(.observed(node, observation))
    }

    /// Counts what honest nodes observe; of a faulty one's view, that its key is used elsewhere.
    private mutating func count(_ observation: Observation, by node: Int) {
        switch observation {
        case .keyUsedElsewhere: counters.add(observation.counterName)
        case _ where byzantineNodes[node] != nil: return
        default: counters.add(observation.counterName)
        }
    }

    /// From when on a validator that lost its memory has its vote back.
    private mutating func noteVotingRight(
        _ votingRight: VotingRight, after before: VotingRight?, of node: Int
    ) {
        guard votingRight == .established, case .recovering? = before, nodes[node].isForgetful
        else { return }
        nodes[node].isForgetful = false
        counters.add("recovered its vote")
        checker.endExcuse(of: nodes[node].address, at: nodes[node].store.height)
    }

    mutating func tell(_ entry: Trace.Entry) {
        trace.add(entry, at: time)
    }
}

extension Hash32 {
    var prefix: UInt64 { UInt64(bigEndian: bytes.prefix(8)) ?? 0 }
}
