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
        case .unknown where chain.height == 0:
            if isNewNetwork { setStanding(.established) }
        case .unknown:
            if knowsItIsCurrent { setStanding(.recovering(until: chain.height + 2)) }
        }
    }

    /// Tells the agreement whether to take part: with whole records, on the highest block that any
    /// peer shows.
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
        let highest = min(height, chain.height + Limits.futureHeights)
        setStanding(.recovering(until: highest + 2))
    }

    private mutating func setStanding(_ new: VotingStanding) {
        guard new != standing else { return }
        standing = new
        effects.append(.persistStanding(new))
        report(.standing(new))
    }

    /// Whether a quorum of authorities, with this one, shows height 0.
    private var isNewNetwork: Bool {
        let own = isAuthority(configuration.address) ? 1 : 0
        let others = connectedAuthorities.count { peers[$0]?.head?.height == 0 }
        return own + others >= chain.authorities.quorum
    }

    /// Whether enough authorities have told their heads to include an honest one, and no peer
    /// that keeps its word shows a block that is missing here.
    private var knowsItIsCurrent: Bool {
        guard hasHeardAuthorities else { return false }
        return !peerOrder.contains { peer in
            peers[peer].map { isBehind($0, distrust: distrust[peer]) } ?? false
        }
    }

    private mutating func noteAuthorities() {
        guard !hasHeardAuthorities else { return }
        let needed = min(chain.authorities.faultsTolerated + 1, chain.authorities.count - 1)
        hasHeardAuthorities = connectedAuthorities.count { peers[$0]?.head != nil } >= needed
    }
}
