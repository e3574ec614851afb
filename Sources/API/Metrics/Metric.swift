/// Every figure of a node under the name that Prometheus knows.
package enum Metric: CaseIterable, Sendable {
    case consensusHeight, consensusRound, consensusValidators, consensusMissingValidators
    case consensusByzantineValidators, consensusLateVotes, agreementStep, blockInterval
    case consensusParticipating, consensusHalted, consensusRoundChanges, consensusEvidence
    case doubleSignsRefused, blocksBehind, storeCommit, replicaStep, peers, p2pReceiveBytes
    case p2pSendBytes, p2pMessagesDropped, p2pViolations, p2pRefused, p2pMisbehaviours
    case mempoolSize, mempoolDropped, mempoolRejected, transportConnections, transportAccepted
    case transportRefused, transportHeldBytes, transportReceiveBytes, transportSendBytes
    case requests, answers, requestDuration, callErrors, trades, settledEnergy, tokensInEscrow
    case meterReadings, processorTime, residentMemory, openDescriptors

    /// What a figure does.
    package enum Kind: String, Sendable {
        /// Goes up and down.
        case gauge
        /// Only goes up.
        case counter
        /// Counts durations by length.
        case histogram
    }

    /// A figure's name, what it does, and what it says.
    package struct Definition: Sendable {
        package let name: String
        package let kind: Kind
        package let help: String

        fileprivate init(_ name: String, _ kind: Kind, _ help: String) {
            self.name = name
            self.kind = kind
            self.help = help
        }
    }

    /// This figure's definition.
    package var definition: Definition {
        guard let definition = Self.definitions[self] else {
            preconditionFailure("a figure without a definition: \(self)")
        }
        return definition
    }

    /// The figure called `name`.
    init?(name: String) {
        guard let metric = Self.byName[name] else { return nil }
        self = metric
    }

    private static let byName = Dictionary(
        uniqueKeysWithValues: definitions.map { ($1.name, $0) })

    private static let definitions: [Metric: Definition] = [
        .consensusHeight: .init(
            "busbar_consensus_height", .gauge, "Height of the last final block."),
        .consensusRound: .init(
            "busbar_consensus_round", .gauge, "Round of the last final block, or the one asked for."
        ),
        .consensusValidators: .init(
            "busbar_consensus_validators", .gauge, "Validators that decide on the next block."),
        .consensusMissingValidators: .init(
            "busbar_consensus_missing_validators", .gauge,
            "Validators whose seal the last block lacks."),
        .consensusByzantineValidators: .init(
            "busbar_consensus_byzantine_validators", .gauge,
            "Validators that provably broke their promises since the start."),
        .consensusLateVotes: .init(
            "busbar_consensus_late_votes_total", .counter, "Votes for blocks that were final."),
        .agreementStep: .init(
            "busbar_consensus_step_duration_seconds", .histogram,
            "Duration of a proposal, and of the agreement on it, at a validator."),
        .blockInterval: .init(
            "busbar_consensus_block_interval_seconds", .histogram, "Time between two blocks."),
        .consensusParticipating: .init(
            "busbar_consensus_participating", .gauge, "1 while this validator takes part."),
        .consensusHalted: .init(
            "busbar_consensus_halted", .gauge, "1 after a final block was not valid here."),
        .consensusRoundChanges: .init(
            "busbar_consensus_round_changes_total", .counter, "Rounds that this validator gave up."),
        .consensusEvidence: .init(
            "busbar_consensus_evidence_total", .counter, "Proofs of validators' broken promises."),
        .doubleSignsRefused: .init(
            "busbar_double_sign_refused_total", .counter, "Second signatures that were refused."),
        .blocksBehind: .init(
            "busbar_sync_behind_blocks", .gauge, "Blocks between this node and the highest known."),
        .storeCommit: .init(
            "busbar_store_commit_seconds", .histogram, "Time that storing a block took."),
        .replicaStep: .init(
            "busbar_replica_step_seconds", .histogram, "Time that the replica took over an event."),
        .peers: .init("busbar_p2p_peers", .gauge, "Linked nodes."),
        .p2pReceiveBytes: .init(
            "busbar_p2p_receive_bytes_total", .counter, "Bytes of messages received."),
        .p2pSendBytes: .init("busbar_p2p_send_bytes_total", .counter, "Bytes of messages sent."),
        .p2pMessagesDropped: .init(
            "busbar_p2p_messages_dropped_total", .counter, "Messages that slow peers did not take."),
        .p2pViolations: .init(
            "busbar_p2p_violations_total", .counter, "Links ended because the protocol was broken."),
        .p2pRefused: .init(
            "busbar_p2p_refused_total", .counter, "Certificates, streams and links refused."),
        .p2pMisbehaviours: .init(
            "busbar_p2p_misbehaviours_total", .counter, "Messages that no honest peer sends."),
        .mempoolSize: .init("busbar_mempool_size", .gauge, "Transactions that wait."),
        .mempoolDropped: .init(
            "busbar_mempool_dropped_total", .counter, "Transactions that left the pool unused."),
        .mempoolRejected: .init(
            "busbar_mempool_rejected_total", .counter, "Transactions handed in and refused."),
        .transportConnections: .init(
            "busbar_transport_connections", .gauge, "Open connections of a listener."),
        .transportAccepted: .init(
            "busbar_transport_accepted_total", .counter, "Connections that a listener took."),
        .transportRefused: .init(
            "busbar_transport_refused_total", .counter,
            "Connections and requests that a listener refused or ended."),
        .transportHeldBytes: .init(
            "busbar_transport_held_bytes", .gauge, "Bytes that wait for tasks or clients."),
        .transportReceiveBytes: .init(
            "busbar_transport_receive_bytes_total", .counter, "Bytes received, with TLS's own."),
        .transportSendBytes: .init(
            "busbar_transport_send_bytes_total", .counter, "Bytes sent, with TLS's own."),
        .requests: .init("busbar_http_requests_total", .counter, "Requests given to a handler."),
        .answers: .init("busbar_http_answers_total", .counter, "Answers by their HTTP status."),
        .requestDuration: .init(
            "busbar_http_request_duration_seconds", .histogram,
            "Time from a request to its answer, streams apart."),
        .callErrors: .init(
            "busbar_rpc_errors_total", .counter, "JSON-RPC calls answered with an error."),
        .trades: .init("busbar_market_trades", .gauge, "Offers and trades by state."),
        .settledEnergy: .init(
            "busbar_market_settled_wh", .gauge, "Energy of all settled trades, in Wh."),
        .tokensInEscrow: .init(
            "busbar_market_escrow_tokens", .gauge, "Tokens in escrow, in base units."),
        .meterReadings: .init(
            "busbar_meter_readings_total", .counter, "Readings that this aggregator took."),
        .processorTime: .init("process_cpu_seconds_total", .counter, "Processor time of the node."),
        .residentMemory: .init(
            "process_resident_memory_bytes", .gauge, "Memory of the node that is resident."),
        .openDescriptors: .init("process_open_fds", .gauge, "Open file descriptors of the node."),
    ]
}
