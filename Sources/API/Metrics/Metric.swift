/// Every figure of a node under the name that Prometheus knows.
package enum Metric: String, CaseIterable, Sendable {
    case consensusHeight = "busbar_consensus_height"
    case consensusRound = "busbar_consensus_round"
    case consensusValidators = "busbar_consensus_validators"
    case consensusMissingValidators = "busbar_consensus_missing_validators"
    case consensusByzantineValidators = "busbar_consensus_byzantine_validators"
    case consensusLateVotes = "busbar_consensus_late_votes_total"
    case agreementStep = "busbar_consensus_step_duration_seconds"
    case blockInterval = "busbar_consensus_block_interval_seconds"
    case consensusParticipating = "busbar_consensus_participating"
    case consensusHalted = "busbar_consensus_halted"
    case consensusRoundChanges = "busbar_consensus_round_changes_total"
    case consensusEvidence = "busbar_consensus_evidence_total"
    case doubleSignsRefused = "busbar_double_sign_refused_total"
    case blocksBehind = "busbar_sync_behind_blocks"
    case storeCommit = "busbar_store_commit_seconds"
    case replicaStep = "busbar_replica_step_seconds"
    case transactionStage = "busbar_transaction_stage_seconds"
    case transactionWay = "busbar_transaction_way_seconds"
    case peers = "busbar_p2p_peers"
    case p2pReceiveBytes = "busbar_p2p_receive_bytes_total"
    case p2pSendBytes = "busbar_p2p_send_bytes_total"
    case p2pMessagesDropped = "busbar_p2p_messages_dropped_total"
    case p2pViolations = "busbar_p2p_violations_total"
    case p2pRefused = "busbar_p2p_refused_total"
    case p2pMisbehaviours = "busbar_p2p_misbehaviours_total"
    case mempoolSize = "busbar_mempool_size"
    case mempoolBytes = "busbar_mempool_bytes"
    case mempoolFullness = "busbar_mempool_fullness"
    case mempoolGapped = "busbar_mempool_gapped"
    case mempoolWithheld = "busbar_mempool_withheld_total"
    case mempoolDropped = "busbar_mempool_dropped_total"
    case mempoolRejected = "busbar_mempool_rejected_total"
    case transportConnections = "busbar_transport_connections"
    case transportAccepted = "busbar_transport_accepted_total"
    case transportRefused = "busbar_transport_refused_total"
    case transportHeldBytes = "busbar_transport_held_bytes"
    case transportReceiveBytes = "busbar_transport_receive_bytes_total"
    case transportSendBytes = "busbar_transport_send_bytes_total"
    case requests = "busbar_http_requests_total"
    case answers = "busbar_http_answers_total"
    case requestDuration = "busbar_http_request_duration_seconds"
    case callErrors = "busbar_rpc_errors_total"
    case trades = "busbar_market_trades"
    case settledEnergy = "busbar_market_settled_wh"
    case tokensInEscrow = "busbar_market_escrow_tokens"
    case meterReadings = "busbar_meter_readings_total"
    case meterMessagesRefused = "busbar_meter_messages_refused_total"
    case processorTime = "process_cpu_seconds_total"
    case residentMemory = "process_resident_memory_bytes"
    case openDescriptors = "process_open_fds"

    /// What a figure does.
    package enum Kind: String, Sendable {
        /// Goes up and down.
        case gauge
        /// Only goes up.
        case counter
        /// Counts durations by length.
        case histogram
    }

    /// What the figure does: its name ends as Prometheus's conventions want it.
    package var kind: Kind {
        if rawValue.hasSuffix("_total") { return .counter }
        return rawValue.hasSuffix("_seconds") ? .histogram : .gauge
    }

    /// The upper ends of a histogram's buckets, in seconds.
    var bounds: [Double] {
        switch self {
        case .transactionStage, .transactionWay: Series.fineBounds
        default: Series.bounds
        }
    }

    /// What the figure says.
    package var help: String {
        switch self {
        case .consensusHeight: "Height of the last final block."
        case .consensusRound: "Round of the last final block, or the one asked for."
        case .consensusValidators: "Validators that decide on the next block."
        case .consensusMissingValidators: "Validators whose seal the last block lacks."
        case .consensusByzantineValidators:
            "Validators that provably broke their promises since the start."
        case .consensusLateVotes: "Votes for blocks that were final."
        case .agreementStep: "Duration of a proposal, and of the agreement on it, at a validator."
        case .blockInterval: "Time between two blocks."
        case .consensusParticipating: "1 while this validator takes part."
        case .consensusHalted: "1 after a final block was not valid here."
        case .consensusRoundChanges: "Rounds that this validator gave up."
        case .consensusEvidence: "Proofs of validators' broken promises."
        case .doubleSignsRefused: "Second signatures that were refused."
        case .blocksBehind: "Blocks between this node and the highest known."
        case .storeCommit: "Time that storing a block took."
        case .replicaStep: "Time that the replica took over an event."
        case .transactionStage:
            "Time until a transaction reached the stage, from the stage before it that this node saw."
        case .transactionWay:
            "Time from a transaction's coming until this node had told that it is final."
        case .peers: "Linked nodes."
        case .p2pReceiveBytes: "Bytes of messages received."
        case .p2pSendBytes: "Bytes of messages sent."
        case .p2pMessagesDropped: "Messages that slow peers did not take."
        case .p2pViolations: "Links ended because the protocol was broken."
        case .p2pRefused: "Certificates, streams and links refused."
        case .p2pMisbehaviours: "Messages that no honest peer sends."
        case .mempoolSize, .mempoolBytes, .mempoolFullness, .mempoolGapped, .mempoolWithheld,
            .mempoolDropped, .mempoolRejected:
            poolHelp
        case .transportConnections: "Open connections of a listener."
        case .transportAccepted: "Connections that a listener took."
        case .transportRefused: "Connections and requests that a listener refused or ended."
        case .transportHeldBytes: "Bytes that wait for tasks or clients."
        case .transportReceiveBytes: "Bytes received, with TLS's own."
        case .transportSendBytes: "Bytes sent, with TLS's own."
        case .requests: "Requests given to a handler."
        case .answers: "Answers by their HTTP status."
        case .requestDuration: "Time from a request to its answer, streams apart."
        case .callErrors: "JSON-RPC calls answered with an error."
        case .trades: "Offers and trades by state."
        case .settledEnergy: "Energy of all settled trades, in Wh."
        case .tokensInEscrow: "Tokens in escrow, in base units."
        case .meterReadings: "Readings that this aggregator took."
        case .meterMessagesRefused:
            "Messages between household and aggregator that this node refused."
        case .processorTime: "Processor time of the node."
        case .residentMemory: "Memory of the node that is resident."
        case .openDescriptors: "Open file descriptors of the node."
        }
    }

    private var poolHelp: String {
        switch self {
        case .mempoolBytes: "Bytes of the transactions that wait."
        case .mempoolFullness: "How full the pool is, from 0 to 1: at 1 it refuses everything."
        case .mempoolGapped: "Transactions that wait for predecessors from elsewhere."
        case .mempoolWithheld: "Requests for announced transactions that peers left unanswered."
        case .mempoolDropped: "Transactions that left the pool unused."
        case .mempoolRejected: "Transactions handed in and refused."
        default: "Transactions that wait."
        }
    }
}
