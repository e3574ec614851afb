import Consensus
import Ledger
import Protocol
import TestKit

@testable import Replica

/// A replica, its disk and its clock, in the hands of a test.
struct TestedReplica {
    private(set) var replica: ReplicaState
    private(set) var stored: StoredChain
    var now: Timestamp
    private let configuration: ReplicaConfiguration
    private var requests: UInt64 = 0

    /// The validator numbered so, whose key has never voted unless it is said otherwise, or a
    /// household's node, which is none.
    init(_ community: TestCommunity, validator: Int? = nil, hasNeverVoted: Bool = true) {
        let address = validator.map { TestCommunity.validators[$0] } ?? TestCommunity.households[5]
        configuration = ReplicaConfiguration(
            address: address, signer: validator.map { _ in PlainKey(address: address) },
            scheme: PlainScheme())
        stored = community.first
        now = TestCommunity.start.advanced(byMilliseconds: 60_000)
        let resumption = Resumption(
            of: stored, hasNeverVoted: hasNeverVoted, hasForgotten: false)
        if let votingRight = resumption.toPersist { stored.votingRight = votingRight }
        replica = ReplicaState(configuration, from: resumption, at: now)
        _ = replica.start(at: now)
    }

    /// Hands in an event and performs what is stored.
    @discardableResult
    mutating func handle(_ event: Event) -> [Effect] {
        let effects = replica.handle(event, at: now)
        for effect in effects { perform(effect) }
        return effects
    }

    private mutating func perform(_ effect: Effect) {
        switch effect {
        case .persist(let record): stored.records.append(record)
        case .persistVotingRight(let votingRight): stored.votingRight = votingRight
        case .keep(let submission): stored.submissions.append(submission)
        case .commit(let committed):
            stored.head = committed.final
            stored.headDecidedBy = committed.decidedBy
            stored.state = committed.state
            stored.records.removeAll { $0.height <= committed.obsoleteRecordHeight }
        default: break
        }
    }

    @discardableResult
    mutating func receive(_ message: ReplicaMessage, from peer: Address) -> [Effect] {
        handle(.received(message, from: peer))
    }

    /// Connects peers that show `head`.
    @discardableResult
    mutating func connect(_ peers: [Address], at head: CertifiedHead) -> [Effect] {
        peers.flatMap { handle(.connected($0)) + receive(.head(head), from: $0) }
    }

    /// Hands in the timer that goes off next, at its time, as long as that is `end` at most; what it
    /// leads to.
    mutating func run(_ timers: inout [(timer: ReplicaTimer, at: Timestamp)], to end: Timestamp)
        -> [Effect]
    {
        var effects: [Effect] = []
        while let index = timers.indices.min(by: { timers[$0].at < timers[$1].at }),
            timers[index].at <= end
        {
            let next = timers.remove(at: index)
            now = max(now, next.at)
            let step = handle(.timer(next.timer))
            timers += step.timers
            effects += step
        }
        now = max(now, end)
        return effects
    }

    /// Submits a transaction; nil if it was accepted.
    mutating func submit(_ transaction: VerifiedTransaction) -> PoolRejection? {
        requests += 1
        return handle(.submitted(transaction, RequestID(requests))).refusals.first
    }

    mutating func wait(_ milliseconds: UInt64) {
        now = now.advanced(byMilliseconds: milliseconds)
    }

    /// Ends it and starts it again from its disk.
    mutating func restart() -> [Effect] {
        let resumption = Resumption(of: stored, hasNeverVoted: false, hasForgotten: false)
        replica = ReplicaState(configuration, from: resumption, at: now)
        return replica.start(at: now)
    }
}

extension [Effect] {
    /// Everything that is sent, each message once a recipient.
    var sent: [(message: ReplicaMessage, to: Address)] {
        flatMap { effect -> [(message: ReplicaMessage, to: Address)] in
            guard case .send(let message, let recipients) = effect else { return [] }
            return recipients.map { (message, $0) }
        }
    }

    /// What is sent to `peer`.
    func sent(to peer: Address) -> [ReplicaMessage] {
        sent.filter { $0.to == peer }.map(\.message)
    }

    var transactionsSent: [(hashes: [Hash32], to: Address)] {
        sent.compactMap { message, peer in
            guard case .transactions(let transactions) = message else { return nil }
            return (transactions.map(\.hash), peer)
        }
    }

    var announced: [(hashes: [Hash32], to: Address)] {
        sent.compactMap { message, peer in
            guard case .transactionsAnnounced(let hashes) = message else { return nil }
            return (hashes, peer)
        }
    }

    var transactionRequests: [(number: UInt64, hashes: [Hash32], to: Address)] {
        sent.compactMap { message, peer in
            guard case .transactionsRequest(let number, let hashes) = message else { return nil }
            return (number, hashes, peer)
        }
    }

    var transactionAnswers: [(number: UInt64, hashes: [Hash32], to: Address)] {
        sent.compactMap { message, peer in
            guard case .transactionsAnswer(let number, let given) = message else { return nil }
            return (number, given.map(\.hash), peer)
        }
    }

    /// What submissions are answered, by their numbers.
    var answers: [UInt64: Result<Hash32, PoolRejection>] {
        var answers: [UInt64: Result<Hash32, PoolRejection>] = [:]
        for case .answer(let request, let result) in self { answers[request.value] = result }
        return answers
    }

    /// Who is asked for blocks.
    var asked: [Address] {
        sent.compactMap { message, peer in
            guard case .blocksRequest = message else { return nil }
            return peer
        }
    }

    var refusals: [PoolRejection] {
        compactMap { effect in
            guard case .answer(_, .failure(let error)) = effect else { return nil }
            return error
        }
    }

    /// Why the node is to end.
    var stops: [String] {
        compactMap { if case .stop(let reason) = $0 { reason } else { nil } }
    }

    var committed: [UInt64] {
        compactMap { effect in
            guard case .commit(let committed) = effect else { return nil }
            return committed.final.block.number
        }
    }

    var observations: [Observation] {
        compactMap { effect in
            guard case .report(let observation) = effect else { return nil }
            return observation
        }
    }

    /// Who is said to misbehave.
    var blamed: [Address] {
        observations.compactMap { observation in
            guard case .misbehaviour(let peer, _) = observation else { return nil }
            return peer
        }
    }

    /// The agreement's messages that are sent, each once.
    var consensusMessages: [ConsensusMessage] {
        compactMap { effect in
            guard case .send(.consensus(let message), _) = effect else { return nil }
            return message
        }
    }

    /// The timers that are set, with their moments.
    var timers: [(timer: ReplicaTimer, at: Timestamp)] {
        compactMap { effect in
            guard case .setTimer(let timer, let moment) = effect else { return nil }
            return (timer, moment)
        }
    }
}
