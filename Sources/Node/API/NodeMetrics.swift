import API
import Ledger
import Peering
import Protocol
import Replica
import Synchronization
import Transport

/// Reads the node's figures where they are kept, when a scrape asks.
final class NodeMetrics: Sendable {
    private let node: Node
    /// The ports for people and programs, by the names that figures have for them.
    private let servers = Mutex<[(listener: String, server: Server)]>([])

    init(node: Node) {
        self.node = node
    }

    /// Takes the ports once they are open.
    func watch(_ servers: [(listener: String, server: Server)]) {
        self.servers.withLock { $0 = servers }
    }

    /// All figures that are not counted through swift-metrics.
    func samples() async -> [Sample] {
        consensus + links + pool + listeners + process + meters + market
    }

    private var consensus: [Sample] {
        let figures = node.monitor.current
        let latest = node.latest.current
        let validators = latest.state.validators().count
        return [
            Sample(.consensusHeight, latest.height), Sample(.consensusRound, figures.round),
            Sample(.consensusValidators, validators),
            Sample(.consensusMissingValidators, figures.missingValidators),
            Sample(.consensusByzantineValidators, figures.offenders.count),
            Sample(.consensusLateVotes, figures.lateVotes),
            Sample(.consensusParticipating, latest.isParticipating ? 1 : 0),
            Sample(.consensusHalted, latest.isHalted ? 1 : 0),
            Sample(.consensusRoundChanges, figures.roundChanges),
            Sample(.consensusEvidence, figures.evidence),
            Sample(.doubleSignsRefused, figures.doubleSignsRefused),
            Sample(.blocksBehind, latest.blocksBehind),
            Sample(.p2pMisbehaviours, figures.misbehaviours),
        ]
    }

    private var links: [Sample] {
        let links = node.network.figures
        return [
            Sample(.peers, node.latest.current.peers.count),
            Sample(.p2pReceiveBytes, links.bytesReceived), Sample(.p2pSendBytes, links.bytesSent),
            Sample(.p2pMessagesDropped, links.messagesDropped),
            Sample(.p2pViolations, links.violations),
        ]
            + PeerRefusal.allCases.map {
                Sample(.p2pRefused, links.refusals[$0] ?? 0, ["reason": $0.rawValue])
            }
    }

    private var pool: [Sample] {
        let (refused, figures) = (node.submissions.refused, node.monitor.current)
        let pool = node.latest.current.pool
        return [
            Sample(.mempoolSize, pool.count), Sample(.mempoolBytes, pool.bytes),
            Sample(.mempoolGapped, pool.gappedCount),
            Sample(.mempoolFullness, Double(pool.permilleFull) / 1_000),
            Sample(.mempoolWithheld, figures.transactionsWithheld),
        ]
            + DropReason.names.map {
                Sample(.mempoolDropped, figures.transactionsDropped[$0] ?? 0, ["reason": $0])
            }
            + PendingSubmissions.refusalReasons.map {
                Sample(.mempoolRejected, refused[$0] ?? 0, ["reason": $0])
            }
    }

    private var listeners: [Sample] {
        var listeners = servers.withLock { $0 }.map { ($0.listener, $0.server.counters) }
        if let port = node.network.portFigures { listeners.append(("p2p", port)) }
        return listeners.flatMap { samples(of: $1, at: $0) }
    }

    private func samples(of counters: ServerCounters, at listener: String) -> [Sample] {
        let labels: KeyValuePairs = ["listener": listener]
        return [
            Sample(.transportConnections, counters.open, labels),
            Sample(.transportAccepted, counters.accepted, labels),
            Sample(.transportHeldBytes, counters.held, labels),
            Sample(.transportReceiveBytes, counters.received, labels),
            Sample(.transportSendBytes, counters.sent, labels),
            Sample(.requests, counters.requests, labels),
        ]
            + counters.answers.map { status, count in
                Sample(.answers, count, ["listener": listener, "code": String(status)])
            }
            + counters.refusals.map { reason, count in
                Sample(.transportRefused, count, ["listener": listener, "reason": reason])
            }
    }

    private var market: [Sample] {
        let state = node.latest.current.state
        let totals = state.totals
        return [
            Sample(.tokensInEscrow, state.supply.escrow.baseUnits),
            Sample(.settledEnergy, totals.settledEnergy.value),
        ] + TradeStatus.allCases.map { Sample(.trades, totals.count($0), ["state": $0.name]) }
    }

    private var meters: [Sample] {
        let (role, figures) = (node.configuration.role, node.requests.figures)
        guard role == .aggregator || role == .household else { return [] }
        let refused = Sample(.meterMessagesRefused, figures.refusedCount)
        return role == .household
            ? [refused] : [Sample(.meterReadings, figures.readingCount), refused]
    }

    private var process: [Sample] {
        guard let process = ProcessFigures.read() else { return [] }
        return [
            Sample(.processorTime, process.processorSeconds),
            Sample(.residentMemory, process.residentBytes),
            Sample(.openDescriptors, process.descriptors),
        ]
    }
}
