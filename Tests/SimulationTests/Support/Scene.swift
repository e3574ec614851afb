import Consensus
import Protocol
import Replica
import Testing

@testable import Simulation

/// Four validators on one clock whose every step is written down, for traces that are read and
/// compared as text. Nothing in it is random: a message takes five milliseconds, unless a scene
/// says otherwise.
final class Scene {
    private let chain: FirstBlock
    private var stores: [SimulatedStore]
    private var replicas: [ReplicaState?]
    private var lives = [0, 0, 0, 0]
    private var scheduler = EventScheduler<(node: Int, life: Int, event: Event)>()
    private var time: UInt64 = 0
    private var blockNames: [Hash32: String] = [:]
    private var mints: UInt64 = 0
    /// How long a message takes, in milliseconds; nil if it is lost.
    var travel: (_ message: ReplicaMessage, _ from: Int, _ to: Int) -> UInt64? = { _, _, _ in 5 }
    /// What happened, a line each.
    private(set) var lines: [String] = []

    private static let names = ["A", "B", "C", "D"]

    init() throws {
        chain = try FirstBlock()
        stores = Array(repeating: SimulatedStore(genesis: chain.community.chain), count: 4)
        replicas = [nil, nil, nil, nil]
    }

    var community: SimulatedCommunity { chain.community }

    func key(_ node: Int) -> SimulatedKey { chain.validators[node] }

    /// A heading of the story.
    func tell(_ text: String) { lines += ["", "# " + text] }

    private var now: Timestamp { chain.start.advanced(byMilliseconds: time) }

    /// Starts a validator from its disk; `hasNeverVoted` as the mark beside its key says.
    func start(_ node: Int, hasNeverVoted: Bool = false) throws {
        let recovered = stores[node].recover()
        let found = try #require(recovered).chain
        let resumption = Resumption(
            of: found, hasNeverVoted: hasNeverVoted, hasForgotten: stores[node].hasForgotten)
        var first: [Effect] = []
        if let right = resumption.toPersist { first.append(.persistVotingRight(right)) }
        var replica = ReplicaState(
            ReplicaConfiguration(
                address: key(node).address, signer: key(node), scheme: SimulatedScheme()),
            from: resumption, at: now)
        let effects = first + replica.start(at: now)
        replicas[node] = replica
        lives[node] += 1
        let right = describe(resumption.votingRight)
        note(node, "starts: its right to vote is \(right)", effects, always: true)
        for peer in replicas.indices where peer != node && replicas[peer] != nil {
            add(.connected(key(peer).address), to: node, after: 1)
            add(.connected(key(node).address), to: peer, after: 1)
        }
    }

    /// Ends a validator; with its disk emptied if `isEmptied`.
    func stop(_ node: Int, isEmptied: Bool) {
        replicas[node] = nil
        lives[node] += 1
        if isEmptied { stores[node] = SimulatedStore(genesis: community.chain) }
        lines.append(line(node, isEmptied ? "ends, and its disk is emptied" : "ends"))
        for peer in replicas.indices where replicas[peer] != nil {
            add(.disconnected(key(node).address), to: peer, after: 1)
        }
    }

    /// A user hands a transaction to a validator.
    func submit(to node: Int) throws {
        let transaction = try chain.mint(nonce: mints)
        mints += 1
        add(.submitted(transaction, RequestID(mints)), to: node, after: 0)
    }

    /// Lets a message arrive in the name of `sender`, which need not run.
    func inject(_ message: ConsensusMessage, from sender: Int, to receivers: [Int]) {
        for receiver in receivers {
            add(.received(.consensus(message), from: key(sender).address), to: receiver, after: 5)
        }
    }

    /// Links a validator that plays no part of its own with the others.
    func link(_ node: Int) {
        for peer in replicas.indices where peer != node {
            add(.connected(key(node).address), to: peer, after: 1)
        }
    }

    func replica(_ node: Int) -> ReplicaState? { replicas[node] }

    /// Runs for so many milliseconds, or until all that run are at `height`.
    func run(for milliseconds: UInt64, untilAllAreAt height: UInt64? = nil) {
        let end = time + milliseconds
        while let (moment, item) = scheduler.next() {
            guard moment <= end else {
                scheduler.add(item, at: moment)
                break
            }
            time = max(time, moment)
            guard item.life == lives[item.node],
                let effects = replicas[item.node]?.handle(item.event, at: now)
            else { continue }
            note(item.node, describe(item.event), effects)
            let heights = replicas.compactMap { $0?.head.block.number }
            if let height, heights.allSatisfy({ $0 >= height }) { return }
        }
        if height == nil { time = end }
    }

    private func add(_ event: Event, to node: Int, after delay: UInt64) {
        scheduler.add((node, lives[node], event), at: time + delay)
    }
}

// Effects.

extension Scene {
    private func note(
        _ node: Int, _ event: String, _ effects: [Effect], always isTold: Bool = false
    ) {
        let told = effects.compactMap { describe($0) }
        if isTold || !told.isEmpty { lines.append(line(node, event)) }
        lines += told.map { String(repeating: " ", count: 14) + $0 }
        for effect in effects { perform(effect, of: node) }
    }

    private func line(_ node: Int, _ text: String) -> String {
        let moment = String(time)
        let padding = String(repeating: " ", count: max(0, 6 - moment.count))
        return "\(padding)\(moment) ms  \(Self.names[node])  \(text)"
    }

    private func perform(_ effect: Effect, of node: Int) {
        switch effect {
        case .persist(let record): stores[node].persist(.record(record))
        case .persistVotingRight(let right): stores[node].persist(.votingRight(right))
        case .commit(let committed): stores[node].commit(committed)
        case .send(let message, let recipients):
            for recipient in recipients { send(message, from: node, to: recipient) }
        case .serveBlocks(let peer, let from, let count):
            let blocks = stores[node].read(from: from, count: count)
            send(.blocks(blocks), from: node, to: peer)
        case .setTimer(let timer, let moment):
            add(.timer(timer), to: node, after: moment.millisecondsSince(now))
        case .keep(let submission): stores[node].keep(submission)
        case .answer, .report, .stop: break
        }
    }

    private func send(_ message: ReplicaMessage, from node: Int, to recipient: Address) {
        guard let place = chain.validators.firstIndex(where: { $0.address == recipient }),
            let delay = travel(message, node, place)
        else { return }
        add(.received(message, from: key(node).address), to: place, after: delay)
    }
}

// Words.

extension Scene {
    private func name(_ hash: Hash32) -> String {
        if let known = blockNames[hash] { return known }
        let name = "b\(blockNames.count + 1)"
        blockNames[hash] = name
        return name
    }

    private func name(_ address: Address) -> String {
        chain.validators.firstIndex { $0.address == address }.map { Self.names[$0] } ?? "somebody"
    }

    private func describe(_ right: VotingRight) -> String {
        switch right {
        case .unknown: "unknown"
        case .established: "established"
        case .recovering(let height): "waiting for height \(height)"
        }
    }

    private func describe(_ event: Event) -> String {
        switch event {
        case .connected(let peer): "is linked with \(name(peer))"
        case .disconnected(let peer): "loses \(name(peer))"
        case .received(let message, let peer): "hears of \(name(peer)): \(describe(message))"
        case .submitted: "is handed a transaction"
        case .timer(.consensus(.round(let height, let round, _))):
            "gives up round \(round) of height \(height)"
        case .timer(.consensus(.block)): "may propose"
        case .timer(.consensus(.resend)): "says again what may have been lost"
        case .timer(.rebroadcast): "rebroadcasts what others may lack"
        case .timer(.sweep): "sweeps"
        case .timer(.catchUp), .timer(.requestTimeout): "looks after what it lacks"
        case .timer(.gossip): "passes transactions on"
        case .timer(.repetition): "announces again what is in no block"
        case .timer(.transactionsTimeout): "looks after what it has asked for"
        case .timer(.earlySubmission): "looks after what came early"
        }
    }

    private func describe(_ message: ReplicaMessage) -> String {
        switch message {
        case .consensus(let message): describe(message)
        case .head(let certified): "head \(certified.head.height)"
        case .finalBlock(let final): "final block \(final.block.number) \(name(final.block.hash))"
        case .blocks(let blocks): "\(blocks.count) blocks"
        case .blocksRequest(let from, let count): "asks for \(count) blocks from \(from)"
        case .proposalRequest(_, let hash): "asks for \(name(hash))"
        case .proposalBlock(let block): "here is \(name(block.hash))"
        case .consensusStatus(let status): "is in round \(status.round) of height \(status.height)"
        case .transactions(let transactions): "\(transactions.count) transactions"
        case .transactionsAnnounced(let hashes): "has \(hashes.count) transactions"
        case .transactionsRequest(_, let hashes): "asks for \(hashes.count) transactions"
        case .transactionsAnswer(_, let transactions):
            "here are \(transactions.count) transactions"
        }
    }

    private func describe(_ message: ConsensusMessage) -> String {
        let place = "\(message.height)/\(message.round)"
        switch message {
        case .proposal(let proposal):
            let proof = proposal.prepares.isEmpty ? "" : ", prepared before"
            return "proposal \(place) of \(name(proposal.block.hash))\(proof)"
        case .prepare(let prepare): return "prepare \(place) of \(name(prepare.digest))"
        case .commit(let commit): return "commit \(place) to \(name(commit.digest))"
        case .roundChange(let change):
            let claim = change.vote.prepared.map { "\(name($0.digest)) prepared in \($0.round)" }
            return "round change to \(place), \(claim ?? "nothing prepared")"
        }
    }

    /// What of an effect belongs into the story; nil for what happens all the time.
    private func describe(_ effect: Effect) -> String? {
        switch effect {
        case .persist(.vote(let message)): return "stores \(describe(message))"
        case .persist(.prepared(let prepared)):
            return "stores that \(name(prepared.block.hash)) is prepared in \(prepared.round)"
        case .persistVotingRight(let right): return "stores its right to vote: \(describe(right))"
        case .commit(let committed):
            let block = committed.final.block
            return "stores \(name(block.hash)) as final at height \(block.number)"
        case .send(let message, let recipients):
            switch message {
            case .consensus, .blocksRequest, .proposalRequest, .proposalBlock: break
            default: return nil
            }
            return "to \(recipients.map(name).joined(separator: " ")): \(describe(message))"
        case .serveBlocks(let peer, let from, _): return "to \(name(peer)): blocks from \(from)"
        case .setTimer(.consensus(.round(_, let round, _)), let moment):
            return "gives round \(round) \(moment.millisecondsSince(now)) ms"
        case .report(let observation): return describe(observation)
        case .setTimer, .answer, .keep: return nil
        case .stop(let reason): return "stops: \(reason)"
        }
    }

    private func describe(_ observation: Observation) -> String? {
        switch observation {
        case .participation(let takesPart): takesPart ? "takes part" : "steps aside"
        case .misbehaviour(let peer, _): "blames \(name(peer))"
        case .evidence(let evidence):
            "has proof against "
                + (evidence.offender(in: community.domain, scheme: SimulatedScheme())
                    .map { name($0) } ?? "nobody")
        case .refusedToSignTwice(let kind, _, let round):
            "refuses to sign a second \(kind) in round \(round)"
        case .keyUsedElsewhere(let height): "finds its key at work elsewhere at height \(height)"
        default: nil
        }
    }
}
