import API

extension NodeMetrics {
    /// Every figure: its name, what it does, and what it says.
    static let figures: [(name: String, kind: MetricsRegistry.Kind, help: String)] =
        consensus + links + pool + listeners + market + process

    private static let consensus: [(name: String, kind: MetricsRegistry.Kind, help: String)] = [
        ("busbar_consensus_height", .gauge, "Height of the last final block."),
        ("busbar_consensus_round", .gauge, "Round of the last final block, or the one asked for."),
        ("busbar_consensus_validators", .gauge, "Validators that decide on the next block."),
        (
            "busbar_consensus_missing_validators", .gauge,
            "Validators whose seal the last block lacks."
        ),
        (
            "busbar_consensus_byzantine_validators", .gauge,
            "Validators that provably broke their promises since the start."
        ),
        ("busbar_consensus_late_votes_total", .counter, "Votes for blocks that were final."),
        (
            "busbar_consensus_step_duration_seconds", .gauge,
            "Duration of the last proposal and of the agreement on it, at a validator."
        ),
        ("busbar_consensus_block_interval_seconds", .gauge, "Time between the last two blocks."),
        ("busbar_consensus_participating", .gauge, "1 while this validator takes part."),
        ("busbar_consensus_halted", .gauge, "1 after a final block was not valid here."),
        ("busbar_consensus_round_changes_total", .counter, "Rounds that this validator gave up."),
        ("busbar_consensus_evidence_total", .counter, "Proofs of validators' broken promises."),
        ("busbar_double_sign_refused_total", .counter, "Second signatures that were refused."),
        ("busbar_sync_behind_blocks", .gauge, "Blocks between this node and the highest known."),
        ("busbar_store_commit_seconds", .gauge, "Time that storing the last block took."),
    ]

    private static let links: [(name: String, kind: MetricsRegistry.Kind, help: String)] = [
        ("busbar_p2p_peers", .gauge, "Linked nodes."),
        ("busbar_p2p_receive_bytes_total", .counter, "Bytes of messages received."),
        ("busbar_p2p_send_bytes_total", .counter, "Bytes of messages sent."),
        ("busbar_p2p_messages_dropped_total", .counter, "Messages that slow peers did not take."),
        ("busbar_p2p_violations_total", .counter, "Links ended because the protocol was broken."),
        ("busbar_p2p_refused_total", .counter, "Certificates, streams and links refused."),
        ("busbar_p2p_misbehaviours_total", .counter, "Messages that no honest peer sends."),
    ]

    private static let pool: [(name: String, kind: MetricsRegistry.Kind, help: String)] = [
        ("busbar_mempool_size", .gauge, "Transactions that wait."),
        ("busbar_mempool_dropped_total", .counter, "Transactions that left the pool unused."),
        ("busbar_mempool_rejected_total", .counter, "Transactions handed in and refused."),
    ]

    private static let listeners: [(name: String, kind: MetricsRegistry.Kind, help: String)] = [
        ("busbar_transport_connections", .gauge, "Open connections of a listener."),
        ("busbar_transport_accepted_total", .counter, "Connections that a listener took."),
        (
            "busbar_transport_refused_total", .counter,
            "Connections and requests that a listener refused or ended."
        ),
        ("busbar_transport_held_bytes", .gauge, "Bytes that wait for tasks or clients."),
        ("busbar_transport_receive_bytes_total", .counter, "Bytes received, with TLS's own."),
        ("busbar_transport_send_bytes_total", .counter, "Bytes sent, with TLS's own."),
        ("busbar_http_requests_total", .counter, "Requests given to a handler."),
        ("busbar_http_answers_total", .counter, "Answers by their HTTP status."),
        (MetricsRegistry.callErrors, .counter, "JSON-RPC calls answered with an error."),
    ]

    private static let market: [(name: String, kind: MetricsRegistry.Kind, help: String)] = [
        ("busbar_market_trades", .gauge, "Offers and trades by state."),
        ("busbar_market_settled_wh", .gauge, "Energy of all settled trades, in Wh."),
        ("busbar_market_escrow_tokens", .gauge, "Tokens in escrow, in base units."),
        ("busbar_meter_readings_total", .counter, "Readings that this aggregator took."),
    ]

    private static let process: [(name: String, kind: MetricsRegistry.Kind, help: String)] = [
        ("process_cpu_seconds_total", .counter, "Processor time of the node."),
        ("process_resident_memory_bytes", .gauge, "Memory of the node that is resident."),
        ("process_open_fds", .gauge, "Open file descriptors of the node."),
    ]
}
