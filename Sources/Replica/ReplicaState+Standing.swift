import Consensus
import Protocol

extension ReplicaState {
    /// Moves the standing on when what it waited for has come; see ``VotingStanding``.
    mutating func reviewStanding() {
        guard hasKey else { return }
        noteAuthorities()
        switch standing {
        case .established: break
        case .recovering(let height):
            if chain.height >= height { setStanding(.established) }
        case .unknown:
            guard knowsItIsCurrent else { return }
            let highest = highestProvenHeight()
            let spoken = min(forgottenHeight ?? 0, highest + 1)
            setStanding(.recovering(until: max(highest, spoken) + 2))
        }
    }

    /// Tells the agreement whether to take part: with whole records, on the highest block that
    /// provably is final.
    mutating func reviewParticipation() {
        guard hasKey else { return }
        let participates = standing == .established && knowsItIsCurrent
        guard participates != isParticipating else { return }
        isParticipating = participates
        report(.participation(participates))
        runAgreement(.participation(participates))
    }

    /// A block came with this authority's own seal. Without a record of it the records are those
    /// of an old copy.
    mutating func reviewSeals(of final: FinalBlock) {
        guard hasKey, standing == .established, isAuthority(configuration.address),
            !ownCommits.contains(final.block.hash)
        else { return }
        let digest = domain.commitDigest(
            height: final.block.number, round: final.certificate.round, block: final.block.hash)
        let isSealed = final.certificate.seals.contains {
            configuration.scheme.signer(of: $0, over: digest) == configuration.address
        }
        guard isSealed else { return }
        report(.keyUsedElsewhere(height: final.block.number))
        setStanding(.unknown)
    }

    /// A message came that this authority's key signed, and not here.
    mutating func keyUsedElsewhere(height: UInt64) {
        report(.keyUsedElsewhere(height: height))
        forgottenHeight = max(forgottenHeight ?? 0, height)
        // How far the chain has come is to be found out first.
        setStanding(.unknown)
    }

    private mutating func setStanding(_ new: VotingStanding) {
        guard new != standing else { return }
        standing = new
        effects.append(.persistStanding(new))
        report(.standing(new))
    }

    /// Whether enough authorities have told their heads, and nothing is proven to be missing here.
    private var knowsItIsCurrent: Bool { hasHeardAuthorities && !isProvenBehind }

    /// Notes when so many authorities have told their heads that one of them has been at, or two
    /// below, whatever height this one may have voted on in a life that it has forgotten.
    ///
    /// It voted on a height only if a quorum Q had sealed the one before; all of those had the one
    /// before that. Of n − f honest authorities at least Q − f are among them, so n − Q + 1 honest
    /// ones include one; and as a node that has lost its memory is itself one of the f, at most
    /// f − 1 others lie.
    private mutating func noteAuthorities() {
        guard !hasHeardAuthorities else { return }
        let set = chain.authorities
        let needed = max(
            min(set.faultsTolerated + 1, set.count - 1),
            set.count - set.quorum + set.faultsTolerated)
        hasHeardAuthorities = connectedAuthorities.count { peers[$0]?.head != nil } >= needed
    }
}
