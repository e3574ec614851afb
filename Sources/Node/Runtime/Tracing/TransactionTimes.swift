import API
import Consensus
import Ledger
import Peering
import Protocol
import Replica
import Synchronization

/// Sees when transactions reach each stage of their way through this node, counts how long each stage
/// took, and remembers the last ones for whoever asks.
///
/// The node's loop tells it of what it hands to the replica and of the effects that come back, so that
/// nothing pure reads a clock. What it holds is bounded: ``TransactionTrace/remembered`` ways, the
/// blocks that a height's rounds may bring, and the submissions that wait.
final class TransactionTimes: Sendable {
    private struct State {
        var ways: TransactionWays
        /// The submissions that the replica has not answered yet.
        var waiting: [RequestID: Arrival] = [:]
        /// The blocks of the next height that are proposed, by their hashes.
        var candidates: [Hash32: Candidate] = [:]
        /// How many transactions are in the block that is final and not told of yet; 0 without one.
        var untold = 0
        /// How those of them had come that this node saw come.
        var arrivals: [Arrival] = []
    }

    private struct Candidate {
        var proposed: SteadyTime?
        var prepared: SteadyTime?
    }

    /// More submissions than this never wait at once: their queue has fewer places.
    private static let mostWaiting = 8_192
    /// A height has as many candidates as it needs rounds; more are not kept.
    private static let mostCandidates = 16

    private let durations: StageDurations
    private let state: Mutex<State>

    init(_ metrics: PrometheusFactory, capacity: Int = TransactionTrace.remembered) {
        durations = StageDurations(metrics)
        state = Mutex(State(ways: TransactionWays(capacity: capacity)))
    }

    /// A transaction that came so is handed to the replica under the name `request`.
    func submitting(_ request: RequestID, _ arrival: Arrival) {
        state.withLock { state in
            if state.waiting.count >= Self.mostWaiting { state.waiting = [:] }
            state.waiting[request] = arrival
        }
    }

    /// The replica has dealt with `event` and wants `effects`; what peers said of transactions came so.
    func handled(
        _ event: Event, _ arrival: Arrival?, _ effects: [Effect], pool: Mempool, at now: SteadyTime
    ) {
        let received = arrival == nil ? [] : event.transactions
        guard !effects.isEmpty || !received.isEmpty else { return }
        state.withLock { state in
            for effect in effects { note(effect, in: &state, at: now) }
            guard let arrival, !received.isEmpty else { return }
            let atOnce = effects.finalTransactions
            for transaction in received where !state.ways.holds(transaction.hash) {
                guard pool.contains(transaction.hash) || atOnce.contains(transaction.hash)
                else { continue }
                begin(transaction.hash, arrival, in: &state, at: now)
            }
        }
    }

    private func note(_ effect: Effect, in state: inout State, at now: SteadyTime) {
        switch effect {
        case .answer(let request, let result):
            guard let arrival = state.waiting.removeValue(forKey: request),
                case .success(let hash) = result
            else { return }
            begin(hash, arrival, in: &state, at: now)
        case .persist(.vote(.proposal(let proposal))):
            change(proposal.block.hash, in: &state) { $0.proposed = $0.proposed ?? now }
        case .persist(.vote(.prepare(let prepare))):
            change(prepare.digest, in: &state) { $0.proposed = $0.proposed ?? now }
        case .persist(.prepared(let prepared)):
            change(prepared.block.hash, in: &state) { $0.prepared = $0.prepared ?? now }
        case .persist(.vote(.commit(let commit))):
            change(commit.digest, in: &state) { $0.prepared = $0.prepared ?? now }
        default: break
        }
    }

    private func change(
        _ block: Hash32, in state: inout State, _ change: (inout Candidate) -> Void
    ) {
        if state.candidates.count >= Self.mostCandidates, state.candidates[block] == nil {
            state.candidates = [:]
        }
        change(&state.candidates[block, default: Candidate()])
    }

    private func begin(
        _ hash: Hash32, _ arrival: Arrival, in state: inout State, at now: SteadyTime
    ) {
        guard !state.ways.holds(hash) else { return }
        state.ways.begin(hash, arrival, pooled: now)
        durations.verified.count(from: arrival.came, to: arrival.verified)
        durations.pooled.count(from: arrival.verified, to: now)
    }

    /// `block` has become final.
    func final(_ block: FinalBlock, at now: SteadyTime) {
        state.withLock { state in
            let candidate = state.candidates[block.block.hash]
            state.candidates = [:]
            let transactions = block.block.transactions
            guard !transactions.isEmpty else { return }
            let place = TransactionTrace.Place(
                number: block.block.number, round: block.certificate.round)
            state.ways.open(
                BlockTimes(
                    place: place, proposed: candidate?.proposed, prepared: candidate?.prepared,
                    final: now))
            state.untold = transactions.count
            state.arrivals.removeAll(keepingCapacity: true)
            for transaction in transactions {
                guard let (arrival, pooled) = state.ways.enter(transaction.hash) else { continue }
                state.arrivals.append(arrival)
                if let proposed = candidate?.proposed {
                    durations.proposed.count(from: pooled, to: proposed)
                } else {
                    durations.final.count(from: pooled, to: now)
                }
            }
            guard let proposed = candidate?.proposed else { return }
            let prepared = candidate?.prepared
            durations.prepared.count(from: proposed, to: prepared, times: transactions.count)
            durations.final.count(
                from: prepared ?? proposed, to: now, times: transactions.count)
        }
    }

    /// The block that became final last is stored.
    func stored(at now: SteadyTime) {
        state.withLock { state in
            guard state.untold > 0 else { return }
            state.ways.changeNewest { $0.stored = now }
            let final = state.ways.newestBlock?.final
            durations.stored.count(from: final, to: now, times: state.untold)
        }
    }

    /// Everyone has been told of the block that became final last who is told of it at once.
    func told(at now: SteadyTime) {
        state.withLock { state in
            guard state.untold > 0 else { return }
            state.ways.changeNewest { $0.told = now }
            let stored = state.ways.newestBlock?.stored
            durations.told.count(from: stored, to: now, times: state.untold)
            state.untold = 0
            for arrival in state.arrivals {
                durations.way(of: arrival.source).count(from: arrival.came, to: now)
            }
        }
    }

    /// The way of the transaction `hash`, while it is remembered; each stage's time is what the machine's
    /// clock, which shows so many `microseconds` since 1970 `now`, would have shown then.
    func trace(
        of hash: Hash32, microseconds: UInt64, now: SteadyTime
    ) -> TransactionTrace? {
        guard let way = state.withLock({ $0.ways.way(of: hash) }) else { return nil }
        let stages = way.stages.map { stage, at in
            let past = (max(now, at).nanoseconds - at.nanoseconds) / 1_000
            return TransactionTrace.Reached(
                stage, microseconds: microseconds - min(past, microseconds))
        }
        return TransactionTrace(
            hash: hash, source: way.arrival?.source, block: way.block, stages: stages)
    }
}

/// How long transactions take from stage to stage.
private struct StageDurations: Sendable {
    let verified, pooled, proposed, prepared, final, stored, told: Histogram
    private let ofClients, ofPeers, ofRole: Histogram

    init(_ metrics: PrometheusFactory) {
        func stage(_ stage: TransactionTrace.Stage) -> Histogram {
            metrics.histogram(.transactionStage, [("stage", stage.rawValue)])
        }
        func way(_ source: TransactionTrace.Source) -> Histogram {
            metrics.histogram(.transactionWay, [("source", source.rawValue)])
        }
        (verified, pooled) = (stage(.verified), stage(.pooled))
        (proposed, prepared, final) = (stage(.proposed), stage(.prepared), stage(.final))
        (stored, told) = (stage(.stored), stage(.told))
        (ofClients, ofPeers, ofRole) = (way(.client), way(.peer), way(.role))
    }

    func way(of source: TransactionTrace.Source) -> Histogram {
        switch source {
        case .client: ofClients
        case .peer: ofPeers
        case .role: ofRole
        }
    }
}

extension Histogram {
    /// Counts what lies between two stages in; nothing where one was not reached, or where they came in
    /// another order than usual, as when a proposal brings what the pool did not have.
    fileprivate func count(from start: SteadyTime?, to end: SteadyTime?, times: Int = 1) {
        guard let start, let end, start <= end else { return }
        count(nanoseconds: end.nanoseconds - start.nanoseconds, times: times)
    }
}

extension Event {
    /// The transactions that a peer sends.
    fileprivate var transactions: [VerifiedTransaction] {
        switch self {
        case .received(.transactions(let transactions), _),
            .received(.transactionsAnswer(_, let transactions), _):
            transactions
        default: []
        }
    }
}

extension [Effect] {
    /// The transactions of the blocks among them: where one validator decides, what comes may be final
    /// at once.
    fileprivate var finalTransactions: Set<Hash32> {
        var hashes: Set<Hash32> = []
        for case .commit(let block) in self {
            for transaction in block.final.block.transactions { hashes.insert(transaction.hash) }
        }
        return hashes
    }
}
