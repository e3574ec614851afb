import API
import Faults
import Ledger
import Market
import NIOCore
import Peering
import Protocol
import Replica
import Storage
import Transport

/// The one task that owns the replica and the role: it takes an event, performs its effects in
/// their order, and takes the next; of what waits, the replica's part first.
struct NodeLoop {
    /// What effects are performed with.
    struct Dependencies: Sendable {
        var store: ChainStore
        var network: PeerNetwork
        var outbound: Outbound
        var blockServer: BlockServer
        var teller: HouseholdTeller?
        var timers: any EventLoop
        var queue: EventQueue
        var meterGate: MeterGate
        var submissions: PendingSubmissions
        var requests: OwnerRequests
        var places: ConnectionPlaces
        var latest: LatestSnapshot
        var feed: BlockFeed
        var monitor: NodeMonitor
        var times: TransactionTimes
        var clock: NodeClock
        var log: LimitedLog
        /// This node's own account.
        var account: Address
    }

    let dependencies: Dependencies
    private var replica: ReplicaState
    var hosted: HostedRole?
    /// What the role has not been told yet, in order.
    var news: [RoleEvent] = []
    private var outbound: Outbound
    private var clockWatch = ClockWatch()
    private var hearing = Hearing()
    private var agreementCost = AgreementCost()
    /// When the replica had decided what is being done now.
    private var decided = SteadyTime.now
    /// When the blocks that are shown now were stored.
    private var stored = SteadyTime.now

    init(replica: ReplicaState, role: HostedRole?, dependencies: Dependencies) {
        self.replica = replica
        hosted = role
        self.dependencies = dependencies
        outbound = dependencies.outbound
    }

    /// Runs until the queue is finished; throws if the store fails, since nothing may be said
    /// that is not stored, and if the replica cannot go on.
    mutating func run() async throws {
        try await perform(replica.start(at: dependencies.clock.now()))
        try dependencies.store.keepOnly(replica.ownSubmissions)
        note(replica, at: dependencies.clock.now())
        try await startRole()
        while let events = await dependencies.queue.next() {
            for event in events { try await take(event) }
            try await tellRole()
            await outbound.speakUnasked(by: replica, at: dependencies.clock.now())
            if dependencies.store.submissions.isLarge {
                try dependencies.store.keepOnly(replica.ownSubmissions)
            }
            note(replica, at: dependencies.clock.now())
        }
    }

    /// Shows everyone how the replica stands after a batch of events.
    private func note(_ replica: ReplicaState, at now: Timestamp) {
        dependencies.latest.update { [heard = hearing.times] in
            $0.note(replica, heard: heard, at: now)
        }
        dependencies.monitor.note(replica, at: now)
    }

    private mutating func take(_ event: NodeEvent) async throws {
        switch event {
        case .role(let event): news.append(event)
        case .submitted(let transaction, let request, let arrival):
            dependencies.times.submitting(request, arrival)
            try await handle(.submitted(transaction, request))
        case .replica(let event):
            dependencies.monitor.note(event)
            hearing.note(event, validators: replica.validators, at: dependencies.clock.now())
            let work = try await handle(event)
            if case .connected(let peer) = event {
                dependencies.network.shares.charge(work.time, to: peer)
            }
        case .heard(let message, let peer, let ticket):
            let event = Event.received(message, from: peer)
            guard outbound.lets(event) else { return }
            dependencies.monitor.note(event)
            hearing.note(event, validators: replica.validators, at: dependencies.clock.now())
            let arrival = Arrival(
                source: .peer, came: ticket.admitted, verified: ticket.decoded)
            let work = try await handle(event, arrival)
            ticket.settle(
                handling: work.time, answers: work.messages(to: peer),
                wasOfUse: replica.wasOfUse)
        }
    }

    /// What an event has made.
    private struct Work {
        /// Of a core, that the replica took.
        let time: Duration
        let effects: [Effect]

        /// How many messages it made for `peer` alone.
        func messages(to peer: Address) -> Int {
            effects.count {
                if case .send(_, let recipients) = $0 { recipients == [peer] } else { false }
            }
        }
    }

    /// Tells the replica, and does what it says.
    @discardableResult
    private mutating func handle(
        _ event: Event, _ arrival: Arrival? = nil
    ) async throws -> Work {
        let start = ContinuousClock.now
        let (effects, time) = ThreadTime.measure {
            replica.handle(event, at: dependencies.clock.now())
        }
        dependencies.monitor.stepped(in: start.duration(to: .now))
        decided = .now
        dependencies.times.handled(event, arrival, effects, pool: replica.pool, at: decided)
        try await perform(effects)
        return Work(time: time, effects: effects)
    }

    /// Performs what the replica wants, in its order; but the blocks and records of one step are stored
    /// together, with the first of them: the disk is waited for once.
    private mutating func perform(_ effects: [Effect]) async throws {
        var (storedBlocks, storedRecords) = (0, 0)
        for (index, effect) in effects.enumerated() {
            switch effect {
            case .persist where storedRecords > 0: storedRecords -= 1
            case .persist:
                let records = effects[index...].nextRecords
                try await dependencies.store.append(records)
                storedRecords = records.count - 1
            case .commit(let block):
                if storedBlocks == 0 {
                    let (blocks, records) = effects[index...].nextBlocks
                    try await store(blocks, followedBy: records)
                    (storedBlocks, storedRecords) = (blocks.count, records.count)
                }
                storedBlocks -= 1
                try await show(block)
            default: try await perform(effect)
            }
        }
        dependencies.times.told(at: .now)
    }

    private mutating func perform(_ effect: Effect) async throws {
        switch effect {
        // Performed with what is stored beside it.
        case .persist, .commit: break
        case .persistVotingRight(let votingRight):
            try await dependencies.store.append(votingRight)
        case .keep(let submission):
            try dependencies.store.keep(submission)
        case .send(let message, let peers):
            await outbound.say(message, to: peers, by: replica)
        case .serveBlocks(let peer, let from, let count):
            dependencies.blockServer.request(by: peer, from: from, count: count)
        case .setTimer(let timer, let time):
            set(timer, at: time)
        case .answer(.ofRole, let result):
            ownAnswer = PoolAnswer(result)
        case .answer(let request, let result):
            dependencies.submissions.answer(request, result)
        case .report(let observation):
            dependencies.monitor.report(observation)
        case .stop(let reason):
            throw NodeError(reason)
        }
    }

    private mutating func store(
        _ blocks: [CommittedBlock], followedBy records: [VoteRecord]
    ) async throws {
        let duration = try await ContinuousClock().measure {
            try await dependencies.store.commit(blocks, followedBy: records)
        }
        stored = .now
        let now = dependencies.clock.now()
        for block in blocks {
            dependencies.monitor.committed(
                block, by: block.decidedBy.count, storedIn: duration / blocks.count, at: now)
        }
    }

    /// Shows everyone a block that is stored.
    private mutating func show(_ block: CommittedBlock) async throws {
        dependencies.times.told(at: .now)
        dependencies.times.final(block.final, at: decided)
        dependencies.times.stored(at: stored)
        let now = dependencies.clock.now()
        dependencies.latest.update { $0.advance(to: block) }
        let header = block.header
        agreementCost.note(
            at: header.timestamp, transactions: block.final.block.transactions.count,
            processor: AgreementCost.processorTime)
        replica.leastPause = agreementCost.pause
        let isNewest = replica.highestKnownHeight <= header.number
        if let doubt = clockWatch.note(header, isNewest: isNewest, at: now) {
            dependencies.monitor.doubtClock(doubt)
        }
        dependencies.feed.publish(block)
        try Failpoint.blockAfterFeed.pass()
        news.append(.blockFinal(block))
        await reviewLinks(after: block)
    }

    /// Ends the links of those whose membership the block ended, and makes room for those whose
    /// membership it began.
    private func reviewLinks(after block: CommittedBlock) async {
        guard block.receipts.contains(where: \.touchesCommunity) else { return }
        dependencies.network.allow(
            connections: dependencies.places.count(members: block.state.memberCount))
        await dependencies.network.dropStrangers { block.state.admitsNode(of: $0) }
        tellOfSuspension(in: block)
    }

    /// Tells this node's own people what happened to its member, which nobody else may tell them.
    private func tellOfSuspension(in block: CommittedBlock) {
        let events = block.receipts.flatMap(\.logs).compactMap { CommunityEvent($0) }
        if events.contains(.memberSuspended(account: dependencies.account)) {
            dependencies.log.logger.warning(
                """
                this node's own member, \(dependencies.account), is suspended since block \
                \(block.header.number): it sends no transactions, and other nodes let it in for a few \
                seconds now and then. The aggregator knows the reason
                """)
        }
    }

    private func set(_ timer: ReplicaTimer, at time: Timestamp) {
        let delay = time.millisecondsSince(dependencies.clock.now())
        let queue = dependencies.queue
        dependencies.timers.scheduleTask(in: .milliseconds(Int64(min(delay, 86_400_000)))) {
            queue.put(.replica(.timer(timer)))
        }
    }

    /// What the pool said to the role's own transaction that was handed in last.
    private var ownAnswer: PoolAnswer?

    /// Hands the role's own transaction in, and tells what the pool said.
    mutating func submit(_ transaction: VerifiedTransaction) async throws {
        Failpoint.submitterAfterSigning.passUnfailingly()
        ownAnswer = nil
        dependencies.times.submitting(.ofRole, Arrival(source: .role, came: .now, verified: .now))
        try await handle(.submitted(transaction, .ofRole))
        Failpoint.submitterAfterHandIn.passUnfailingly()
        let answer = ownAnswer ?? .refused("this node stands still")
        news.append(.answered(transaction.hash, answer))
    }
}

extension ArraySlice<Effect> {
    /// The records before anything else that is stored.
    fileprivate var nextRecords: [VoteRecord] {
        var records: [VoteRecord] = []
        for effect in self {
            switch effect {
            case .persist(let record): records.append(VoteRecord(record))
            case .commit, .persistVotingRight, .stop: return records
            default: break
            }
        }
        return records
    }

    /// The blocks before anything else that is stored, and the records after them.
    fileprivate var nextBlocks: (blocks: [CommittedBlock], records: [VoteRecord]) {
        var blocks: [CommittedBlock] = []
        for index in indices {
            switch self[index] {
            case .commit(let block): blocks.append(block)
            case .persist: return (blocks, self[index...].nextRecords)
            case .persistVotingRight, .stop: return (blocks, [])
            default: break
            }
        }
        return (blocks, [])
    }
}

extension TransactionReceipt {
    fileprivate var touchesCommunity: Bool {
        logs.contains { $0.address == NativeContract.community }
    }
}

extension PoolAnswer {
    fileprivate init(_ result: Result<Hash32, PoolRejection>) {
        self =
            switch result {
            case .success, .failure(.known): .accepted
            case .failure(.nonceTaken): .nonceTaken
            case .failure(.inadmissible(.nonceTooLow)): .nonceTooLow
            case .failure(let rejection): .refused(rejection.description)
            }
    }
}
