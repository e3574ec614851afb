import Faults
import Ledger
import Logging
import NIOCore
import Peering
import Protocol
import Replica
import Storage

/// The one task that owns the replica: it takes an event, performs its effects in their order,
/// and takes the next.
struct ReplicaLoop {
    /// What effects are performed with.
    struct Surroundings: Sendable {
        var store: ChainStore
        var network: PeerNetwork
        var voice: Voice
        var blockServer: BlockServer
        var timers: any EventLoop
        var queue: EventQueue
        var desk: SubmissionDesk
        var latest: LatestState
        var feed: CommitFeed
        var journal: ObservationJournal
        var clock: NodeClock
    }

    private var replica: ReplicaState
    private var voice: Voice
    private var clockWatch = ClockWatch()
    private let surroundings: Surroundings

    init(replica: ReplicaState, surroundings: Surroundings) {
        self.replica = replica
        self.surroundings = surroundings
        voice = surroundings.voice
    }

    /// Runs until the queue is finished; throws if the store fails, since nothing may be said
    /// that is not stored, and if the replica cannot go on.
    mutating func run() async throws {
        try await perform(replica.start(at: surroundings.clock.now()))
        while let events = await surroundings.queue.next() {
            for event in events where voice.lets(event) {
                surroundings.journal.note(event)
                try await perform(replica.handle(event, at: surroundings.clock.now()))
            }
            await voice.speakUnasked(by: replica, at: surroundings.clock.now())
            surroundings.journal.note(replica, at: surroundings.clock.now())
        }
    }

    private mutating func perform(_ effects: [Effect]) async throws {
        for effect in effects { try await perform(effect) }
    }

    private mutating func perform(_ effect: Effect) async throws {
        switch effect {
        case .persist(let record):
            try await surroundings.store.append(record)
        case .persistVotingRight(let votingRight):
            try await surroundings.store.append(votingRight)
        case .commit(let block):
            try await commit(block)
        case .send(let message, let peers):
            await voice.say(message, to: peers, by: replica)
        case .serveBlocks(let peer, let from, let count):
            surroundings.blockServer.request(by: peer, from: from, count: count)
        case .setTimer(let timer, let time):
            set(timer, at: time)
        case .answer(let request, let result):
            surroundings.desk.answer(request, result)
        case .report(let observation):
            surroundings.journal.report(observation)
        case .stop(let reason):
            throw NodeError(reason)
        }
    }

    private mutating func commit(_ block: CommittedBlock) async throws {
        let clock = ContinuousClock()
        let validators = surroundings.latest.current.state.validators().count
        let duration = try await clock.measure { try await surroundings.store.commit(block) }
        let now = surroundings.clock.now()
        surroundings.journal.committed(block, by: validators, storedIn: duration, at: now)
        surroundings.latest.update(
            LatestState.Snapshot(head: block.final, state: block.state, finalSince: now))
        let header = block.final.block.header
        let isNewest = replica.highestKnownHeight <= header.number
        if let doubt = clockWatch.note(header, isNewest: isNewest, at: now) {
            surroundings.journal.doubtClock(doubt)
        }
        surroundings.feed.publish(block)
        try Failpoint.blockAfterFeed.pass()
        await dropStrangers(after: block)
    }

    /// Ends the links of those whose membership the block ended.
    private func dropStrangers(after block: CommittedBlock) async {
        guard block.receipts.contains(where: \.touchesCommunity) else { return }
        await surroundings.network.dropStrangers { block.state.admitsNode(of: $0) }
    }

    private func set(_ timer: ReplicaTimer, at time: Timestamp) {
        let delay = time.millisecondsSince(surroundings.clock.now())
        let queue = surroundings.queue
        surroundings.timers.scheduleTask(in: .milliseconds(Int64(min(delay, 86_400_000)))) {
            queue.put(.timer(timer))
        }
    }
}

extension TransactionReceipt {
    fileprivate var touchesCommunity: Bool {
        logs.contains { $0.address == NativeContract.community }
    }
}
