import API
import Ledger
import Protocol

/// Fills the node's figures once a second.
struct NodeMetrics: Sendable {
    let node: Node
    let registry: MetricsRegistry

    /// Every figure: its name, what it does, and what it says.
    private static let figures: [(name: String, kind: MetricsRegistry.Kind, help: String)] = [
        ("busbar_consensus_height", .gauge, "Height of the last final block."),
        ("busbar_consensus_round", .gauge, "Round of the last final block, or the one asked for."),
        ("busbar_consensus_validators", .gauge, "Authorities that decide on the next block."),
        ("busbar_consensus_block_interval_seconds", .gauge, "Time between the last two blocks."),
        ("busbar_consensus_participating", .gauge, "1 while this authority takes part."),
        ("busbar_consensus_round_changes_total", .counter, "Rounds that this authority gave up."),
        ("busbar_consensus_evidence_total", .counter, "Proofs of authorities' broken promises."),
        ("busbar_double_sign_refused_total", .counter, "Second signatures that were refused."),
        ("busbar_p2p_peers", .gauge, "Linked nodes."),
        ("busbar_p2p_receive_bytes_total", .counter, "Octets of messages received."),
        ("busbar_p2p_send_bytes_total", .counter, "Octets of messages sent."),
        ("busbar_p2p_violations_total", .counter, "Links ended because the protocol was broken."),
        ("busbar_p2p_misbehaviours_total", .counter, "Messages that no honest peer sends."),
        ("busbar_mempool_size", .gauge, "Transactions that wait."),
        ("busbar_mempool_dropped_total", .counter, "Transactions that left the pool unused."),
        ("busbar_sync_behind_blocks", .gauge, "Blocks between this node and the highest known."),
        ("busbar_store_commit_seconds", .gauge, "Time that storing the last block took."),
        ("busbar_market_trades", .gauge, "Offers and trades by state."),
        ("busbar_market_settled_wh", .gauge, "Energy of all settled trades, in Wh."),
        ("busbar_market_escrow_tokens", .gauge, "Tokens in escrow, in base units."),
    ]

    /// Describes all figures, then sets them once a second until the task is cancelled.
    func run() async {
        for figure in Self.figures { registry.describe(figure.name, figure.kind, figure.help) }
        while !Task.isCancelled {
            setConsensus()
            setPeers()
            await setMarket()
            do {
                try await Task.sleep(for: .seconds(1))
            } catch {
                return  // cancelled: the only reason a sleep ends early
            }
        }
    }

    private func setConsensus() {
        let figures = node.journal.current
        let behind = figures.highestKnownHeight - min(figures.height, figures.highestKnownHeight)
        let validators = node.latest.current.state.authorities().count
        set("busbar_consensus_height", figures.height)
        set("busbar_consensus_round", figures.round)
        set("busbar_consensus_validators", validators)
        registry.set("busbar_consensus_block_interval_seconds", to: figures.blockIntervalSeconds)
        set("busbar_consensus_participating", figures.isParticipating ? 1 : 0)
        set("busbar_consensus_round_changes_total", figures.roundChanges)
        set("busbar_consensus_evidence_total", figures.evidence)
        set("busbar_double_sign_refused_total", figures.doubleSignsRefused)
        set("busbar_mempool_size", node.journal.pool.count)
        set("busbar_mempool_dropped_total", figures.transactionsDropped)
        set("busbar_sync_behind_blocks", behind)
        registry.set("busbar_store_commit_seconds", to: figures.storeCommitSeconds)
        set("busbar_p2p_misbehaviours_total", figures.misbehaviours)
    }

    private func setPeers() {
        let links = node.network.figures
        set("busbar_p2p_peers", node.journal.current.peers.count)
        set("busbar_p2p_receive_bytes_total", links.bytesReceived)
        set("busbar_p2p_send_bytes_total", links.bytesSent)
        set("busbar_p2p_violations_total", links.violations)
    }

    private func setMarket() async {
        do {
            let market = try await node.store.marketFigures()
            for status in TradeStatus.allCases {
                registry.set(
                    "busbar_market_trades", ["state": status.name],
                    to: Double(market.countByState[status.name] ?? 0))
            }
            set("busbar_market_settled_wh", market.settledEnergy.value)
        } catch {
            node.logger.error("could not read the market's figures: \(error)")
        }
        set("busbar_market_escrow_tokens", node.latest.current.state.supply.escrow.baseUnits)
    }

    private func set(_ name: String, _ value: some BinaryInteger) {
        registry.set(name, to: Double(value))
    }
}
