import Consensus
import Protocol

extension ReplicaState {
    /// Moves the voting right on when what it waited for has come; see ``VotingRight``.
    mutating func reviewVotingRight() {
        guard hasKey else { return }
        noteValidators()
        switch votingRight {
        case .established: break
        case .recovering(let height):
            if chain.height >= height { setVotingRight(.established) }
        case .unknown:
            guard knowsItIsCurrent else { return }
            let highest = highestProvenHeight()
            let spoken = min(forgottenHeight ?? 0, highest + 1)
            setVotingRight(.recovering(until: max(highest, spoken) + 2))
        }
    }

    /// Tells the agreement whether to take part: with whole records, on the highest block that
    /// provably is final.
    mutating func reviewParticipation() {
        guard hasKey else { return }
        let participates = votingRight == .established && knowsItIsCurrent
        guard participates != isParticipating else { return }
        isParticipating = participates
        report(.participation(participates))
        runAgreement(.participation(participates))
    }

    /// A block came with this validator's own seal. Without a record of it the records are those
    /// of an old copy.
    mutating func reviewSeals(of final: FinalBlock) {
        guard hasKey, votingRight == .established, isValidator(configuration.address),
            !ownCommits.contains(final.block.hash)
        else { return }
        let digest = domain.commitDigest(
            height: final.block.number, round: final.certificate.round, block: final.block.hash)
        let isSealed = final.certificate.seals.contains {
            configuration.scheme.signer(of: $0, over: digest) == configuration.address
        }
        guard isSealed else { return }
        report(.keyUsedElsewhere(height: final.block.number))
        setVotingRight(.unknown)
    }

    /// A message came that this validator's key signed, and not here.
    mutating func keyUsedElsewhere(height: UInt64) {
        report(.keyUsedElsewhere(height: height))
        forgottenHeight = max(forgottenHeight ?? 0, height)
        // How far the chain has come is to be found out first.
        setVotingRight(.unknown)
    }

    private mutating func setVotingRight(_ new: VotingRight) {
        guard new != votingRight else { return }
        votingRight = new
        effects.append(.persistVotingRight(new))
        report(.votingRight(new))
    }

    /// Whether enough validators have told their heads, and nothing is proven to be missing here.
    private var knowsItIsCurrent: Bool { hasHeardValidators && !isProvenBehind }

    /// Notes when enough validators have told their heads.
    private mutating func noteValidators() {
        guard !hasHeardValidators else { return }
        let heard = connectedValidators.count { peers[$0]?.head != nil }
        hasHeardValidators = heard >= chain.validators.headsToHear
    }
}
