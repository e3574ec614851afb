import Consensus
import Ledger
import Market
import Protocol
import Replica
import Simulation
import TestKit

/// A node without its I/O, a replica and a role as the node's loop drives them, and a sequence of
/// things that happen to it, drawn from a fuzzer's bytes: what honest members say, what liars make
/// of it, timers, users, restarts.
struct NodeScript {
    /// What happens.
    enum Scope: Sendable {
        case everything
        /// Meter messages, to an aggregator.
        case metersOfAggregator
    }

    /// What the node is.
    enum Part: CaseIterable {
        case validator, household, aggregator, exchange
    }

    private static let mostSteps = 200
    private static let community = FuzzCommunity.shared

    let part: Part
    let account: SimulatedKey
    var draw: Draw
    var forger: Forger
    var watch: NodeWatch
    var replica: ReplicaState
    var role: (any Role)?
    var now: Timestamp
    /// What was said to the node or by it, as templates for lies.
    var heard: [WireMessage] = []
    /// How often something came of what happened.
    var successes = 0

    private var stored: StoredChain
    private var roleStore = SimulatedRoleStore()
    private var blocks: [FinalBlock]
    private var timers: [ReplicaTimer: Timestamp] = [:]
    private var news: [RoleEvent] = []
    private var liar: ByzantineNode
    private var requests: UInt64 = 0
    private var generator: Simulation.SeededGenerator

    static func verdict(on bytes: [UInt8], _ scope: Scope) -> FuzzTarget.Verdict {
        do {
            var script = NodeScript(Draw(bytes), scope)
            try script.run(scope)
            return script.successes > 0 ? .taken : .refused
        } catch let broken as BrokenPromise {
            return .wrong(broken.text)
        } catch {
            return .wrong("\(error)")
        }
    }

    private init(_ drawn: Draw, _ scope: Scope) {
        let community = Self.community
        draw = drawn
        let choice = draw.byte()
        part =
            scope == .metersOfAggregator
            ? .aggregator : Part.allCases[Int(choice) % Part.allCases.count]
        account =
            switch part {
            case .validator: FuzzCommunity.validators[3]
            case .household: FuzzCommunity.households[Int(choice) / 4 % 2]
            case .aggregator: FuzzCommunity.aggregator
            case .exchange: FuzzCommunity.exchange
            }
        let isValidator = part == .validator
        let liars = Array(FuzzCommunity.validators.prefix(isValidator ? 3 : 4))
        forger = Forger(domain: community.domain, liars: liars)
        watch = NodeWatch(community, key: isValidator ? account : nil)
        stored = community.stored
        blocks = community.blocks
        now = stored.head.block.header.timestamp.advanced(byMilliseconds: 1_000)
        generator = Simulation.SeededGenerator(seed: UInt64(choice))
        liar = ByzantineNode(key: liars[0], domain: community.domain, isStubborn: false)
        replica = Self.replica(of: account, isValidator: isValidator, from: stored, at: now)
    }

    private static func replica(
        of account: SimulatedKey, isValidator: Bool, from stored: StoredChain, at now: Timestamp
    ) -> ReplicaState {
        let configuration = ReplicaConfiguration(
            address: account.address, signer: isValidator ? account : nil,
            scheme: SimulatedScheme())
        let resumption = Resumption(of: stored, hasNeverVoted: false, hasForgotten: false)
        return ReplicaState(configuration, from: resumption, at: now)
    }

    private mutating func run(_ scope: Scope) throws {
        liar.begin(
            Misbehaviour.allCases, incident: 0, peers: [account.address], generator: &generator)
        heard =
            blocks.suffix(2).map { .replica(.finalBlock($0)) } + Self.meterMessages(stored.state)
        try start()
        for peer in FuzzCommunity.members where peer.address != account.address {
            try hand(.connected(peer.address))
            let head = CertifiedHead(
                head: ChainHead(height: watch.height, hash: stored.head.block.hash),
                certificate: stored.head.certificate)
            try hear(.replica(.head(head)), from: peer.address)
        }
        var steps = 0
        while !draw.isOver, steps < Self.mostSteps, !watch.isStopped {
            steps += 1
            switch scope {
            case .everything: try step()
            case .metersOfAggregator: try meterStep()
            }
        }
    }

    private mutating func start() throws {
        timers = [:]
        news = []
        try perform(replica.start(at: now))
        role = makeRole()
        try tell(.started)
    }

    /// Ends the process and starts it again from what is stored.
    mutating func restart() throws {
        replica = Self.replica(
            of: account, isValidator: part == .validator, from: stored, at: now)
        try start()
    }

    private func makeRole() -> (any Role)? {
        let identity = RoleIdentity(
            signer: account, head: replica.head.block.header, state: replica.state,
            scheme: SimulatedScheme())
        switch part {
        case .validator: return nil
        case .exchange:
            return Exchange(
                identity,
                initialMint: .init(amount: TokenAmount(1_000_000), reference: "initial"))
        case .aggregator:
            var settings = AggregatorSettings()
            settings.topUp = .init(below: TokenAmount(1_000_000), amount: TokenAmount(500_000))
            settings.purchaseLimit = TokenAmount(2_000_000)
            return Aggregator(
                identity, restoring: roleStore.aggregatorMemory(at: now), settings: settings)
        case .household:
            let isSeller = account.address == FuzzCommunity.households[0].address
            return Household(
                identity, meterKey: FuzzCommunity.meters[isSeller ? 0 : 1],
                source: .manual(isSeller ? -4_000 : 4_000),
                restoring: roleStore.householdMemory, at: now)
        }
    }
}

// What the node's loop does.

extension NodeScript {
    /// Hands `event` to the replica, and performs what it asks for.
    mutating func hand(_ event: Event) throws { try perform(replica.handle(event, at: now)) }

    private mutating func perform(_ effects: [Effect]) throws {
        try watch.look(at: effects, of: replica)
        for effect in effects { perform(effect) }
        try tellNews()
    }

    private mutating func perform(_ effect: Effect) {
        switch effect {
        case .persist(let record): stored.records.append(record)
        case .persistVotingRight(let votingRight): stored.votingRight = votingRight
        case .commit(let committed):
            successes += 1
            blocks.append(committed.final)
            stored.head = committed.final
            stored.headDecidedBy = committed.decidedBy
            stored.state = committed.state
            stored.records.removeAll { $0.height <= committed.obsoleteRecordHeight }
            news.append(.blockFinal(committed))
        case .keep(let submission): stored.submissions.append(submission)
        case .setTimer(let timer, let moment): timers[timer] = moment
        case .send(let message, _):
            liar.hear(message)
            note(.replica(message))
        case .answer(let request, let result):
            guard request == RequestID(0) else { return }
            switch result {
            case .success(let hash): news.append(.answered(hash, .accepted))
            case .failure: break
            }
        case .serveBlocks, .report, .stop: break
        }
    }

    /// Tells the role of `event`, and of what is new.
    mutating func tell(_ event: RoleEvent) throws {
        news.append(event)
        try tellNews()
    }

    private mutating func tellNews() throws {
        while !news.isEmpty, role != nil {
            let effects = role?.handle(news.removeFirst(), at: now) ?? []
            try watch.look(at: effects)
            for effect in effects {
                switch effect {
                case .store(let record): roleStore.store(record)
                case .send(let message, _): note(.meter(message))
                case .submit(let transaction): try submit(transaction)
                case .reply, .granted: successes += 1
                case .tell, .log: break
                }
            }
        }
        news = []
    }

    /// Hands the role's own transaction in; what the pool refuses is told so.
    private mutating func submit(_ transaction: VerifiedTransaction) throws {
        let effects = replica.handle(.submitted(transaction, RequestID(0)), at: now)
        try watch.look(at: effects, of: replica)
        for effect in effects {
            perform(effect)
            guard case .answer(_, .failure(let rejection)) = effect else { continue }
            news.append(.answered(transaction.hash, Self.answer(rejection)))
        }
    }

    private static func answer(_ rejection: PoolRejection) -> PoolAnswer {
        switch rejection {
        case .known: .accepted
        case .nonceTaken: .nonceTaken
        case .inadmissible(.nonceTooLow): .nonceTooLow
        default: .refused(rejection.description)
        }
    }

    /// A message comes over a peer's link, if a node can read it.
    mutating func hear(_ message: WireMessage, from peer: Address) throws {
        guard
            let read = try? WireMessage(decoding: message.encoded, scheme: SimulatedScheme())
        else { return }
        switch read {
        case .replica(let message):
            liar.hear(message)
            try hand(.received(message, from: peer))
        case .meter(let message): try tell(.received(message, from: peer))
        case .link: break
        }
    }

    mutating func submitAsUser(_ transaction: VerifiedTransaction) throws {
        requests += 1
        try hand(.submitted(transaction, RequestID(requests)))
        if replica.pool.contains(transaction.hash) { successes += 1 }
    }

    private static let templates = 24

    private mutating func note(_ message: WireMessage) {
        if heard.count >= Self.templates { heard.removeFirst() }
        heard.append(message)
    }

    /// Lets so many milliseconds go by; what was to come in the meanwhile comes now.
    mutating func wait(_ milliseconds: UInt64) throws {
        now = now.advanced(byMilliseconds: milliseconds)
        for _ in 0..<32 {
            let due = timers.filter { $0.value <= now }.min {
                ($0.value, "\($0.key)") < ($1.value, "\($1.key)")
            }
            guard let timer = due?.key else { return }
            timers[timer] = nil
            try hand(.timer(timer))
        }
    }

    /// What the liar says unasked.
    mutating func misbehave() throws {
        generator = Simulation.SeededGenerator(seed: UInt64(draw.byte()))
        let sendings = liar.misbehave(by: replica, generator: &generator)
        for sending in sendings.prefix(8) {
            try hear(.replica(sending.message), from: forger.liars[0].address)
        }
    }
}
