@testable import Consensus
import Protocol
import TestKit

/// Validators on one clock and one queue, with what a replica does around them: final blocks are
/// applied and passed on, heads compared and pools shared each second.
final class Cluster {
    /// What goes over the network.
    enum Message {
        case consensus(ConsensusMessage)
        case status(ConsensusStatus)
        case final(FinalBlock)
        case head(UInt64)
        case transactions([VerifiedTransaction])
        case blockRequest(Hash32)
        case block(Block)
    }

    enum Event {
        case deliver(Message, from: Int, to: Int)
        case timer(ConsensusTimer, at: Int, life: Int)
        case tick(Int)
        case restart(Int)
    }

    struct Node {
        let signer: PlainKey
        var chain: ToyChain
        /// nil while it is down.
        var instance: ConsensusInstance?
        /// What a crash leaves.
        var records: [SafetyRecord] = []
        /// How many times it was started.
        var life = 0
        /// After how many more stored records it crashes.
        var persistsUntilCrash: Int?
        /// Whether it shares its key with another.
        var isTwin = false
    }

    private struct Slot: Hashable {
        let author: Int
        let height: UInt64
        let round: UInt32
        let kind: ConsensusMessage.Kind
    }

    private struct Scheduled {
        let time: UInt64
        let order: Int
        let event: Event
    }

    private(set) var nodes: [Node]
    private(set) var now = ToyChain.start.advanced(byMilliseconds: 10_000)
    private var queue: [Scheduled] = []
    private var order = 0
    /// How long a message travels, in milliseconds; nil if it is lost.
    var travel: (_ message: Message, _ from: Int, _ to: Int) -> UInt64? = { _, _, _ in 5 }
    /// Sees everything that validators send each other.
    var observe: (_ message: ConsensusMessage, _ from: Int) -> Void = { _, _ in }
    private(set) var violations: [String] = []
    private(set) var evidence: [Evidence] = []
    private(set) var sentMessages = 0
    private var finalizations = 0
    private var decided: [UInt64: Hash32] = [:]
    private var transactions: [UInt64: VerifiedTransaction] = [:]
    private var said: [Slot: Statement.Content] = [:]

    /// `count` validators; the last `twins` of them exist twice, with one key each.
    init(_ count: Int, twins: Int = 0) throws {
        let signers = PlainKey.numbered(count)
        let validators = ValidatorSet(signers.map(\.address))
        let all = signers + signers.suffix(twins)
        nodes = all.map { Node(signer: $0, chain: ToyChain(validators: validators)) }
        for index in nodes.indices {
            nodes[index].isTwin = index >= count - twins
            start(index)
            schedule(.tick(index), after: 100)
        }
    }

    var milliseconds: UInt64 { now.millisecondsSince(ToyChain.start) - 10_000 }
    var honest: [Int] { nodes.indices.filter { !nodes[$0].isTwin } }

    // MARK: What a test does

    func submit(_ number: UInt64, to targets: [Int]? = nil) throws {
        let transaction = try ToyChain.transaction(number)
        transactions[number] = transaction
        for target in targets ?? Array(nodes.indices) where nodes[target].instance != nil {
            nodes[target].chain.submit(transaction)
            give(.workArrived, to: target)
        }
    }

    /// Runs until `condition`, about final blocks, holds or `limit` milliseconds have gone by;
    /// tells which.
    @discardableResult
    func run(for limit: UInt64, until condition: (Cluster) -> Bool = { _ in false }) -> Bool {
        let end = now.advanced(byMilliseconds: limit).milliseconds
        var seen = -1
        while true {
            if seen != finalizations {
                seen = finalizations
                if condition(self) { return true }
            }
            guard let next = queue.first, next.time <= end else {
                now = Timestamp(milliseconds: end)
                return false
            }
            pop()
            now = Timestamp(milliseconds: max(next.time, now.milliseconds))
            perform(next.event)
        }
    }

    func crash(_ index: Int) { nodes[index].instance = nil }

    func crash(_ index: Int, afterPersists count: Int) {
        nodes[index].persistsUntilCrash = count
    }

    func start(_ index: Int) {
        guard nodes[index].instance == nil else { return }
        let node = nodes[index]
        nodes[index].life += 1
        nodes[index].instance = ConsensusInstance(
            parameters: ToyChain.parameters, signer: node.signer, scheme: PlainScheme(),
            context: node.chain.context, records: node.records, at: now)
        give(.participation(true), to: index)
    }

    /// Lets the validator go on from `round` of the first height, as if it had asked for it before.
    func place(_ index: Int, inRound round: UInt32) {
        crash(index)
        let signer = nodes[index].signer
        let digest = ToyChain.parameters.domain.roundChangeDigest(
            height: 1, round: round, prepared: nil)
        let vote = RoundChangeVote(
            height: 1, round: round, prepared: nil, signature: signer.sign(digest))
        let change = ConsensusMessage.roundChange(RoundChange(vote: vote, block: nil, prepares: []))
        nodes[index].records.append(.vote(change))
        start(index)
    }

    func send(_ message: Message, from: Int, to: Int) {
        guard let time = travel(message, from, to) else { return }
        schedule(.deliver(message, from: from, to: to), after: time)
    }

    /// Whether the transactions are final at `indices`, or everywhere.
    func allHave(_ numbers: some Sequence<UInt64>, at indices: [Int]? = nil) -> Bool {
        let wanted = numbers.map { transactions[$0] }
        return (indices ?? Array(nodes.indices)).allSatisfy { index in
            wanted.allSatisfy { $0.map(nodes[index].chain.contains) ?? false }
        }
    }

    // MARK: Events

    private func schedule(_ event: Event, after milliseconds: UInt64) {
        schedule(event, at: now.advanced(byMilliseconds: milliseconds))
    }

    private func schedule(_ event: Event, at time: Timestamp) {
        order += 1
        let entry = Scheduled(time: time.milliseconds, order: order, event: event)
        queue.append(entry)
        var child = queue.count - 1
        while child > 0, isBefore(child, (child - 1) / 2) {
            queue.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    private func pop() {
        queue.swapAt(0, queue.count - 1)
        queue.removeLast()
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2]
            where child < queue.count && isBefore(child, least) {
                least = child
            }
            guard least != parent else { return }
            queue.swapAt(parent, least)
            parent = least
        }
    }

    private func isBefore(_ left: Int, _ right: Int) -> Bool {
        (queue[left].time, queue[left].order) < (queue[right].time, queue[right].order)
    }

    private func perform(_ event: Event) {
        switch event {
        case .deliver(let message, let from, let to): deliver(message, from: from, to: to)
        case .timer(let timer, let index, let life):
            if nodes[index].life == life { give(.timerExpired(timer), to: index) }
        case .tick(let index): tick(index)
        case .restart(let index): start(index)
        }
    }

    /// What a replica does each second: tells its head, and passes on what waits in its pool.
    private func tick(_ index: Int) {
        schedule(.tick(index), after: 1_000)
        guard nodes[index].instance != nil else { return }
        let pool = nodes[index].chain.pool
        for peer in nodes.indices where peer != index {
            send(.head(nodes[index].chain.height), from: index, to: peer)
            if !pool.isEmpty { send(.transactions(pool), from: index, to: peer) }
        }
    }

    private func deliver(_ message: Message, from: Int, to: Int) {
        guard nodes[to].instance != nil else { return }
        switch message {
        case .consensus(let message): give(.received(message), to: to, asker: from)
        case .status(let status):
            give(
                .statusReceived(status, from: nodes[from].signer.address), to: to, asker: from)
        case .final(let final): give(.newBlock(final), to: to, asker: from)
        case .head(let height):
            for final in nodes[to].chain.blocks.dropFirst(Int(height) + 1).prefix(20) {
                send(.final(final), from: to, to: from)
            }
        case .transactions(let transactions):
            for transaction in transactions { nodes[to].chain.submit(transaction) }
            give(.workArrived, to: to)
        case .blockRequest(let hash):
            let final = nodes[to].chain.blocks.last { $0.block.hash == hash }
            if let block = nodes[to].instance?.block(hash) ?? final?.block {
                send(.block(block), from: to, to: from)
            }
        case .block(let block): give(.blockFetched(block), to: to, asker: from)
        }
    }

    private func give(_ input: Input, to index: Int, asker: Int? = nil) {
        guard var instance = nodes[index].instance else { return }
        nodes[index].instance = nil
        let life = nodes[index].life
        let outputs: [Output]
        do {
            outputs = try instance.handle(input, at: now, application: &nodes[index].chain)
        } catch {
            outputs = []
        }
        nodes[index].instance = instance
        for output in outputs {
            guard nodes[index].instance != nil, nodes[index].life == life else { return }
            perform(output, of: index, asker: asker)
        }
    }

    private func perform(_ output: Output, of index: Int, asker: Int?) {
        switch output {
        case .persist(let record): persist(record, at: index)
        case .broadcast(let message):
            check(message, from: index)
            sendToAll(.consensus(message), from: index)
        case .passOn(let message, let author):
            for peer in nodes.indices where peer != index && nodes[peer].signer.address != author {
                send(.consensus(message), from: index, to: peer)
            }
        case .sendToAsker(let messages):
            guard let asker else { return }
            for message in messages { send(.consensus(message), from: index, to: asker) }
        case .broadcastStatus(let status): sendToAll(.status(status), from: index)
        case .setTimer(let timer, let time):
            schedule(.timer(timer, at: index, life: nodes[index].life), at: max(time, now))
        case .finalize(let final): apply(final, at: index)
        case .fetchBlock(_, let hash): sendToAll(.blockRequest(hash), from: index)
        case .evidence(let found): evidence.append(found)
        case .refusedToSignTwice, .ownProposalRefused:
            // A proposer that exists twice tempts the honest ones, too.
            if !nodes.contains(where: \.isTwin) { violations.append("\(index): \(output)") }
        case .heard, .ignored: break
        }
    }

    private func sendToAll(_ message: Message, from index: Int) {
        for peer in nodes.indices where peer != index { send(message, from: index, to: peer) }
    }

    private func persist(_ record: SafetyRecord, at index: Int) {
        nodes[index].records.append(record)
        guard let left = nodes[index].persistsUntilCrash else { return }
        nodes[index].persistsUntilCrash = left > 1 ? left - 1 : nil
        guard left <= 1 else { return }
        crash(index)
        schedule(.restart(index), after: 700)
    }

    private func apply(_ final: FinalBlock, at index: Int) {
        let block = final.block
        if let other = decided[block.number], other != block.hash {
            violations.append("two blocks at height \(block.number)")
        }
        decided[block.number] = block.hash
        finalizations += 1
        let context = nodes[index].chain.context
        if context.refusal(of: final, domain: ToyChain.parameters.domain, scheme: PlainScheme())
            != nil
        {
            violations.append("\(index): a final block without a quorum of seals")
        }
        guard block.header.parentHash == nodes[index].chain.head.hash else {
            violations.append("\(index): a final block that does not follow its last")
            return
        }
        nodes[index].chain.apply(final)
        sendToAll(.final(final), from: index)
        give(.advanced(nodes[index].chain.context), to: index)
    }

    /// No validator says two things, or anything that it has not stored.
    private func check(_ message: ConsensusMessage, from index: Int) {
        sentMessages += 1
        observe(message, index)
        guard !nodes[index].isTwin else { return }
        let statement = Statement(message)
        let slot = Slot(
            author: index, height: message.height, round: message.round, kind: message.kind)
        if let known = said[slot], known != statement.content {
            violations.append("\(slot): two things")
        }
        said[slot] = statement.content
        if !nodes[index].records.reversed().contains(.vote(message)) {
            violations.append("\(slot): sent before it was stored")
        }
        if message.height <= nodes[index].chain.height {
            violations.append("\(slot): sent after the height was final")
        }
    }
}
