import Consensus
import Protocol

extension ReplicaState {
    /// Moves the voting right on when what it waited for has come; see ``VotingRight``.
    mutating func reviewVotingRight() {
        guard hasKey else { return }
        if !votes.hasHeardValidators {
            votes.noteHeads(heard: synchronizer.validatorsHeard, of: chain.validators)
        }
        if case .unknown = votes.right, knowsItIsCurrent {
            let highest = synchronizer.highestProvenHeight(from: standpoint)
            changeVotes { $0.learn(highest: highest) }
        } else {
            let height = chain.height
            changeVotes { $0.reach(height) }
        }
    }

    /// Tells the agreement whether to take part: with whole records, on the highest block that
    /// provably is final.
    mutating func reviewParticipation() {
        guard hasKey else { return }
        let participates = votes.right == .established && knowsItIsCurrent
        guard participates != isParticipating else { return }
        isParticipating = participates
        report(.participation(participates))
        runAgreement(.participation(participates))
    }

    /// A block came with this validator's own seal. Without a record of it the records are those
    /// of an old copy.
    mutating func reviewSeals(of final: FinalBlock) {
        guard hasKey, isValidator(configuration.address), votes.lacksRecord(of: final.block.hash)
        else { return }
        let digest = domain.commitDigest(
            height: final.block.number, round: final.certificate.round, block: final.block.hash)
        let isSealed = final.certificate.seals.contains {
            configuration.scheme.signer(of: $0, over: digest) == configuration.address
        }
        guard isSealed else { return }
        report(.keyUsedElsewhere(height: final.block.number))
        changeVotes { $0.doubt() }
    }

    /// A message came that this validator's key signed, and not here.
    mutating func keyUsedElsewhere(height: UInt64) {
        report(.keyUsedElsewhere(height: height))
        changeVotes { $0.doubt(spokenAt: height) }
    }

    /// Stores and tells what has changed about the right to vote.
    private mutating func changeVotes(_ change: (inout VotingMemory) -> Void) {
        let before = votes.right
        change(&votes)
        guard votes.right != before else { return }
        effects.append(.persistVotingRight(votes.right))
        report(.votingRight(votes.right))
    }

    /// Whether enough validators have told their heads, and nothing is proven to be missing here.
    private var knowsItIsCurrent: Bool {
        votes.hasHeardValidators && !synchronizer.isProvenBehind(from: standpoint)
    }
}
