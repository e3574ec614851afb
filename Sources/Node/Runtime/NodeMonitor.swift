import API
import Consensus
import CoreMetrics
import Ledger
import Protocol
import Replica
import Synchronization
import Transport

/// A step on the way to a block.
private enum AgreementStep: String {
    /// From the wish for a block to its proposal.
    case propose
    /// From the proposal to the block's finality.
    case agree
}

/// What the replica observed, as log lines for people and figures for the metrics.
final class NodeMonitor: Sendable {
    /// The figures that only observations tell.
    struct Figures: Sendable {
        var height: UInt64 = 0
        var round: UInt32 = 0
        var roundChanges: UInt64 = 0
        var misbehaviours: UInt64 = 0
        var evidence: UInt64 = 0
        var doubleSignsRefused: UInt64 = 0
        /// Transactions that left the pool without getting into a block, by reason.
        var transactionsDropped: [String: UInt64] = [:]
        /// Requests for transactions that peers had announced and did not give.
        var transactionsWithheld: UInt64 = 0
        /// Validators whose seal the last block's certificate lacks.
        var missingValidators = 0
        /// Validators that provably broke their promises, since the start.
        var offenders: Set<Address> = []
        /// Votes for heights that were final when they came.
        var lateVotes: UInt64 = 0
        var lastBlockTime: Timestamp = .zero
    }

    /// What is timed here, and counted elsewhere.
    let metrics: PrometheusFactory
    /// When transactions reached the stages of their way through this node.
    let times: TransactionTimes
    private let durations: Durations
    let log: LimitedLog
    let domain: SigningDomain
    let scheme: any SignatureScheme
    private let figures: Mutex<Figures>
    /// Since when the present step lasts, if there is one.
    private let step = Mutex<(step: AgreementStep, since: Timestamp)?>(nil)

    /// A monitor of a node that goes on from `head` on the chain of `domain`.
    init(
        log: LimitedLog, head: FinalBlock, domain: SigningDomain, scheme: any SignatureScheme
    ) {
        metrics = PrometheusFactory()
        times = TransactionTimes(metrics)
        durations = Durations(metrics)
        self.log = log
        self.domain = domain
        self.scheme = scheme
        figures = Mutex(
            Figures(
                height: head.block.number, round: head.certificate.round,
                lastBlockTime: head.block.header.timestamp))
    }

    var current: Figures { figures.withLock { $0 } }

    /// Takes what the replica shows after a batch of events.
    func note(_ replica: ReplicaState, at now: Timestamp) {
        follow(replica.agreementStatus, at: now)
    }

    /// Takes an event on its way to the replica.
    func note(_ event: Event) {
        guard case .received(.consensus(let message), _) = event else { return }
        switch message.kind {
        case .prepare, .commit:
            figures.withLock { if message.height <= $0.height { $0.lateVotes += 1 } }
        case .proposal, .roundChange: break
        }
    }

    /// Measures the steps of the agreement.
    private func follow(_ status: ConsensusStatus?, at now: Timestamp) {
        let current = status.map { $0.hasProposal ? AgreementStep.agree : .propose }
        step.withLock { step in
            guard step?.step != current else { return }
            end(step, at: now)
            step = current.map { ($0, now) }
        }
    }

    private func end(_ step: (step: AgreementStep, since: Timestamp)?, at now: Timestamp) {
        guard let step, now >= step.since else { return }
        let duration = Duration.milliseconds(now.millisecondsSince(step.since))
        (step.step == .propose ? durations.propose : durations.agree).record(duration)
    }

    /// A block is stored.
    func committed(
        _ block: CommittedBlock, by validators: Int, storedIn duration: Duration,
        at now: Timestamp
    ) {
        step.withLock { step in
            end(step, at: now)
            step = nil
        }
        durations.storeCommit.record(duration)
        let time = block.final.block.header.timestamp
        figures.withLock { figures in
            if figures.lastBlockTime != .zero {
                let interval = time.millisecondsSince(figures.lastBlockTime)
                durations.blockInterval.record(.milliseconds(interval))
            }
            figures.lastBlockTime = time
            figures.height = block.final.block.number
            figures.round = block.final.certificate.round
            let seals = block.final.certificate.seals.count
            figures.missingValidators = max(0, validators - seals)
        }
    }

    /// The replica has dealt with an event.
    func stepped(in duration: Duration) {
        durations.replicaStep.record(duration)
    }

    /// The machine's clock is wrong, as far as blocks tell.
    func doubtClock(_ doubt: String) {
        log.logger.error("\(doubt)")
    }

    /// A peer asked for blocks that could not be read.
    func couldNotServe(_ peer: Address, from height: UInt64, _ error: any Error) {
        log.write(
            .error, "blocks unread", by: "\(peer)",
            "could not read the blocks from \(height) on for \(peer): \(error)")
    }

    /// Logs and counts what the replica reports.
    func report(_ observation: Observation) {
        count(observation)
        say(observation)
    }

    private func count(_ observation: Observation) {
        figures.withLock { figures in
            switch observation {
            case .roundChange(_, let round):
                figures.roundChanges += 1
                figures.round = round
            case .misbehaviour: figures.misbehaviours += 1
            case .evidence(let evidence):
                figures.evidence += 1
                if let offender = evidence.offender(in: domain, scheme: scheme) {
                    figures.offenders.insert(offender)
                }
            case .refusedToSignTwice: figures.doubleSignsRefused += 1
            case .transactionsDropped(let count, let reason):
                figures.transactionsDropped[reason, default: 0] += UInt64(count)
            case .transactionsWithheld: figures.transactionsWithheld += 1
            default: break
            }
        }
    }
}

/// What the monitor times.
private struct Durations {
    let propose: Timer
    let agree: Timer
    let blockInterval: Timer
    let storeCommit: Timer
    let replicaStep: Timer

    init(_ metrics: PrometheusFactory) {
        func step(_ step: AgreementStep) -> Timer {
            Timer(.agreementStep, [("step", step.rawValue)], in: metrics)
        }
        propose = step(.propose)
        agree = step(.agree)
        blockInterval = Timer(.blockInterval, in: metrics)
        storeCommit = Timer(.storeCommit, in: metrics)
        replicaStep = Timer(.replicaStep, in: metrics)
    }
}
