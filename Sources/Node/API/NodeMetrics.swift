import API
import Ledger
import Peering
import Protocol
import Transport

/// Fills the node's figures once a second.
struct NodeMetrics: Sendable {
    let node: Node
    let registry: MetricsRegistry
    /// The ports for people and programs, by the names that figures have for them.
    let servers: [(listener: String, server: Server)]

    /// Describes all figures, then sets them once a second until the task is cancelled.
    func run() async {
        for figure in Self.figures { registry.describe(figure.name, figure.kind, figure.help) }
        while !Task.isCancelled {
            setConsensus()
            setPeers()
            setPool()
            setListeners()
            await setMarket()
            setMeters()
            setProcess()
            do {
                try await Task.sleep(for: .seconds(1))
            } catch {
                return  // cancelled: the only reason a sleep ends early
            }
        }
    }

    private func setConsensus() {
        let figures = node.monitor.current
        let behind = figures.highestKnownHeight - min(figures.height, figures.highestKnownHeight)
        let validators = node.latest.current.state.validators().count
        set("busbar_consensus_height", figures.height)
        set("busbar_consensus_round", figures.round)
        set("busbar_consensus_validators", validators)
        set("busbar_consensus_missing_validators", figures.missingValidators)
        set("busbar_consensus_byzantine_validators", figures.offenders.count)
        set("busbar_consensus_late_votes_total", figures.lateVotes)
        registry.set("busbar_consensus_block_interval_seconds", to: figures.blockIntervalSeconds)
        for (step, seconds) in figures.stepSeconds {
            registry.set(
                "busbar_consensus_step_duration_seconds", ["step": step.rawValue], to: seconds)
        }
        set("busbar_consensus_participating", figures.isParticipating ? 1 : 0)
        set("busbar_consensus_halted", figures.isHalted ? 1 : 0)
        set("busbar_consensus_round_changes_total", figures.roundChanges)
        set("busbar_consensus_evidence_total", figures.evidence)
        set("busbar_double_sign_refused_total", figures.doubleSignsRefused)
        set("busbar_sync_behind_blocks", behind)
        registry.set("busbar_store_commit_seconds", to: figures.storeCommitSeconds)
        set("busbar_p2p_misbehaviours_total", figures.misbehaviours)
    }

    private func setPeers() {
        let links = node.network.figures
        set("busbar_p2p_peers", node.monitor.current.peers.count)
        set("busbar_p2p_receive_bytes_total", links.bytesReceived)
        set("busbar_p2p_send_bytes_total", links.bytesSent)
        set("busbar_p2p_messages_dropped_total", links.messagesDropped)
        set("busbar_p2p_violations_total", links.violations)
        for refusal in PeerRefusal.allCases {
            set(
                "busbar_p2p_refused_total", ["reason": refusal.rawValue],
                links.refusals[refusal] ?? 0)
        }
    }

    private func setPool() {
        set("busbar_mempool_size", node.monitor.pool.count)
        set("busbar_mempool_dropped_total", node.monitor.current.transactionsDropped)
        let refused = node.submissions.refused
        for reason in PendingSubmissions.refusalReasons {
            set("busbar_mempool_rejected_total", ["reason": reason], refused[reason] ?? 0)
        }
    }

    private func setListeners() {
        var listeners = servers.map { ($0.listener, $0.server.counters) }
        if let port = node.network.portFigures { listeners.append(("p2p", port)) }
        for (listener, counters) in listeners { set(counters, of: listener) }
    }

    private func set(_ counters: ServerCounters, of listener: String) {
        let labels: KeyValuePairs = ["listener": listener]
        set("busbar_transport_connections", labels, counters.open)
        set("busbar_transport_accepted_total", labels, counters.accepted)
        set("busbar_transport_held_bytes", labels, counters.held)
        set("busbar_transport_receive_bytes_total", labels, counters.received)
        set("busbar_transport_send_bytes_total", labels, counters.sent)
        set("busbar_http_requests_total", labels, counters.requests)
        for (status, count) in counters.answers {
            set(
                "busbar_http_answers_total", ["listener": listener, "code": String(status)],
                count)
        }
        for (reason, count) in counters.refusals {
            set(
                "busbar_transport_refused_total", ["listener": listener, "reason": reason], count)
        }
    }

    private func setMarket() async {
        do {
            let market = try await node.store.marketFigures()
            for status in TradeStatus.allCases {
                set(
                    "busbar_market_trades", ["state": status.name],
                    market.countByState[status.name] ?? 0)
            }
            set("busbar_market_settled_wh", market.settledEnergy.value)
        } catch {
            node.logger.error("could not read the market's figures: \(error)")
        }
        set("busbar_market_escrow_tokens", node.latest.current.state.supply.escrow.baseUnits)
    }

    private func setMeters() {
        guard node.configuration.role == .aggregator else { return }
        set("busbar_meter_readings_total", node.requests.figures.readingCount)
    }

    private func setProcess() {
        guard let process = ProcessFigures.read() else { return }
        registry.set("process_cpu_seconds_total", to: process.processorSeconds)
        set("process_resident_memory_bytes", process.residentBytes)
        set("process_open_fds", process.descriptors)
    }

    private func set(_ name: String, _ value: some BinaryInteger) {
        registry.set(name, to: Double(value))
    }

    private func set(
        _ name: String, _ labels: KeyValuePairs<String, String>, _ value: some BinaryInteger
    ) {
        registry.set(name, labels, to: Double(value))
    }
}
