import Consensus
import Logging
import Protocol
import Replica
import Transport

extension NodeMonitor {
    /// What the replica observed, in the log. Others decide how often a peer breaks the protocol, does
    /// not answer, or lies.
    func say(_ observation: Observation) {
        switch observation {
        case .committed(let head, let transactions, let round, let source):
            log.logger.info(
                "block \(head.height) is final",
                metadata: [
                    "hash": "\(head.hash.short)", "transactions": "\(transactions)",
                    "round": "\(round)", "from": "\(source.text)",
                ])
        case .misbehaviour(let peer, let reason):
            log.write(
                .warning, "misbehaviour", by: "\(peer)", "\(peer) broke the protocol: \(reason)")
        case .requestTimedOut(let peer):
            log.write(
                .info, "no blocks", by: "\(peer)",
                "\(peer) did not answer a request for blocks; asking another")
        case .catchingUp(let height, let peer):
            log.write(
                .info, "catching up", by: "\(peer)",
                "catching up from block \(height) with \(peer)")
        case .participation(let takesPart):
            log.logger.info(takesPart ? "taking part in agreement" : "not taking part in agreement")
        case .votingRight(let votingRight):
            log.logger.notice("voting: \(votingRight.text)")
        case .roundChange(let height, let round):
            log.logger.info("no agreement on block \(height) in time; asking for round \(round)")
        case .proposalAfterRoundChange(let height, let round):
            log.logger.info("block \(height) is proposed in round \(round)")
        case .fetching(let head):
            log.write(
                .info, "fetching", by: "validators",
                "fetching block \(head.height) \(head.hash.short), which has its commits")
        case .rebroadcast(let count):
            log.logger.debug("rebroadcast \(count) consensus messages")
        case .transactionsDropped(let count, let reason):
            log.write(
                .info, "transactions dropped", by: "senders",
                "\(count) transactions left the pool without getting into a block: \(reason)")
        default:
            reportCritical(observation)
        }
    }

    private func reportCritical(_ observation: Observation) {
        switch observation {
        case .evidence(let evidence):
            let offender =
                evidence.offender(in: domain, scheme: scheme).map(\.description) ?? "?"
            log.write(
                .error, "evidence", by: offender,
                "the validator \(offender) has broken its promises",
                metadata: ["first": "\(evidence.first)", "second": "\(evidence.second)"])
        case .refusedToSignTwice(let kind, let height, let round):
            log.logger.critical(
                "refused to sign a second \(kind) for block \(height), round \(round)")
        case .keyUsedElsewhere(let height):
            log.logger.critical(
                """
                this validator's key has signed for block \(height) elsewhere, or its records are \
                lost: it does not vote for now. Make sure that no other node runs with this key.
                """)
        case .ownProposalRefused(let rejection):
            log.logger.critical("this validator's own proposal is not valid: \(rejection)")
        case .diverged(let head, let reason):
            log.logger.critical(
                """
                block \(head.height) \(head.hash) is final for the others but not valid here: \
                \(reason). This node stops; check it with 'busbar chain verify'.
                """)
        case .conflictingCertificates(let height, let ours, let theirs):
            log.logger.critical(
                "two blocks of height \(height) have certificates: \(ours) and \(theirs)")
        default:
            log.write(.debug, "observation", by: "peers", "\(observation)")
        }
    }
}

extension BlockSource {
    fileprivate var text: String {
        switch self {
        case .agreement: "agreement"
        case .peer(let peer): "\(peer)"
        }
    }
}

extension VotingRight {
    fileprivate var text: String {
        switch self {
        case .unknown: "not yet; \(Self.loss), and has to learn where the others stand"
        case .recovering(let height): "once block \(height) is final; \(Self.loss)"
        case .established: "yes"
        }
    }

    private static let loss = "this directory has no memory of its votes"
}
