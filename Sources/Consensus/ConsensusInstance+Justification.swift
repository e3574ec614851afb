import Protocol

extension ConsensusInstance {
    /// Whether the certificates in `proposal` allow to propose its block in its round.
    ///
    /// In round 0 there are none. Later, a quorum asks for exactly this round; if any of them has
    /// prepared a block, the one prepared in the highest round is proposed, with the proof of it.
    mutating func isProposalJustification(_ proposal: Proposal) -> Bool {
        guard proposal.round > 0 else {
            return proposal.roundChanges.isEmpty && proposal.prepares.isEmpty
        }
        guard isRoundChangeQuorum(proposal.roundChanges, for: proposal.round) else { return false }
        guard let highest = proposal.roundChanges.compactMap({ $0.prepared?.round }).max() else {
            return proposal.prepares.isEmpty
        }
        let claim = PreparedClaim(round: highest, digest: proposal.block.hash)
        return isHighestPrepared(claim, among: proposal.roundChanges)
            && isPrepareQuorum(proposal.prepares, for: claim)
    }

    /// Whether `claim` is the highest among those of `votes`, with no other block in its round.
    func isHighestPrepared(_ claim: PreparedClaim, among votes: [RoundChangeVote]) -> Bool {
        let claims = votes.compactMap(\.prepared)
        return claims.contains(claim)
            && claims.allSatisfy { $0.round < claim.round || $0 == claim }
    }

    /// Whether a round change proves what it claims: the block and a quorum of prepares, or
    /// neither.
    mutating func isJustified(_ change: RoundChange) -> Bool {
        guard let claim = change.vote.prepared else {
            return change.block == nil && change.prepares.isEmpty
        }
        guard claim.round < change.vote.round, let block = change.block,
            block.hash == claim.digest, block.number == state.context.height,
            block.header.parentHash == state.context.parentHash
        else { return false }
        return isPrepareQuorum(change.prepares, for: claim)
    }

    /// Whether `votes` are a quorum's for `round`, each by another validator.
    private mutating func isRoundChangeQuorum(
        _ votes: [RoundChangeVote], for round: UInt32
    ) -> Bool {
        let allAsk = votes.allSatisfy { vote in
            vote.height == state.context.height && vote.round == round
                && (vote.prepared.map { $0.round < round } ?? true)
        }
        return allAsk && isQuorum(votes.map { Statement($0) })
    }

    /// Whether `prepares` are a quorum's for exactly `claim`, each by another validator.
    private mutating func isPrepareQuorum(_ prepares: [Prepare], for claim: PreparedClaim) -> Bool {
        let allPrepare = prepares.allSatisfy { prepare in
            prepare.height == state.context.height && prepare.round == claim.round
                && prepare.digest == claim.digest
        }
        return allPrepare && isQuorum(prepares.map { Statement($0) })
    }

    /// Counts signers, not signatures: a signer who stands there twice, or is no validator, makes
    /// the whole worthless.
    private mutating func isQuorum(_ statements: [Statement]) -> Bool {
        let validators = state.context.validators
        guard statements.count >= validators.quorum, statements.count <= validators.count else {
            return false
        }
        var authors: Set<Address> = []
        for statement in statements {
            guard let author = signatures.author(of: statement), validators.contains(author),
                authors.insert(author).inserted
            else { return false }
        }
        return true
    }
}
