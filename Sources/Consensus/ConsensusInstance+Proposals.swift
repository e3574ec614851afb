import Protocol

extension ConsensusInstance {
    /// Rule 1: the proposer of round 0 proposes when a block is due.
    mutating func uponBlockTimeout(application: inout some Application) {
        guard let signer = activeSigner, state.isActive, state.round == 0, state.accepted == nil,
            state.context.proposer(ofRound: 0) == signer.address
        else { return }
        if let ownProposal {
            propose(ownProposal, application: &application)
            return
        }
        guard application.hasWork || isHeartbeatDue(at: now) else { return }
        let pause = application.hasUrgentWork ? state.context.leastPause : state.context.pause
        let earliest = proposalTime(after: pause)
        guard now >= earliest else {
            setBlockTimer(at: earliest)
            return
        }
        let timestamp = max(now, state.context.parentTimestamp)
        guard let block = application.buildBlock(at: timestamp, proposer: signer.address),
            !block.transactions.isEmpty || isHeartbeatDue(at: timestamp)
        else { return }
        propose(block, application: &application)
    }

    /// Rule 8: a quorum wants this round, and it is this validator's turn.
    ///
    /// It proposes even an empty block: a transaction that one node alone holds would spin the
    /// rounds for ever.
    mutating func proposeAfterRoundChange(application: inout some Application) {
        guard let signer = activeSigner, state.round > 0, state.accepted == nil,
            state.context.proposer(ofRound: state.round) == signer.address
        else { return }
        let changes = state.log.roundChanges(to: state.round)
        guard changes.count >= state.context.validators.quorum else { return }
        if let ownProposal {
            propose(ownProposal, application: &application)
            return
        }
        var highest: RoundChange?
        for change in changes where change.outranks(highest) { highest = change }
        let timestamp = max(now, state.context.parentTimestamp)
        guard
            let block = highest?.block
                ?? application.buildBlock(at: timestamp, proposer: signer.address)
        else { return }
        propose(
            block, roundChanges: changes.map(\.vote), prepares: highest?.prepares ?? [],
            application: &application)
    }

    /// What this validator has proposed in the current round, before a crash.
    var ownProposal: Proposal? {
        let height = state.context.height
        guard case .proposal(let own) = sent.vote(.proposal, height: height, round: state.round)
        else { return nil }
        return own
    }

    private mutating func propose(
        _ block: Block, roundChanges: [RoundChangeVote] = [], prepares: [Prepare] = [],
        application: inout some Application
    ) {
        guard let signer = activeSigner else { return }
        let digest = parameters.domain.proposalDigest(
            height: state.context.height, round: state.round, block: block.hash)
        let proposal = Proposal(
            round: state.round, block: block, signature: signer.sign(digest),
            roundChanges: roundChanges, prepares: prepares)
        propose(proposal, application: &application)
    }

    /// Sends an own proposal, once it has passed the check that everyone else makes.
    mutating func propose(_ proposal: Proposal, application: inout some Application) {
        guard let signer = activeSigner else { return }
        do {
            try examine(proposal, from: signer.address, application: &application)
        } catch {
            if state.ownRefusals.insert(error).inserted {
                outbox.append(.ownProposalRefused(error))
            }
            return
        }
        guard send(.proposal(proposal)) else { return }
        accept(proposal, application: &application)
    }

    /// Rule 2: accepts the first justified proposal of this round or a later one.
    mutating func uponProposal(
        _ proposal: Proposal, from author: Address, application: inout some Application
    ) throws(Rejection) {
        guard proposal.round >= state.round else { throw .stale }
        try examine(proposal, from: author, application: &application)
        accept(proposal, application: &application)
    }

    /// Throws unless `proposal` by `author`, whose turn it is, may be accepted.
    private mutating func examine(
        _ proposal: Proposal, from author: Address, application: inout some Application
    ) throws(Rejection) {
        let header = proposal.block.header
        guard header.number == state.context.height, header.parentHash == state.context.parentHash
        else { throw .invalidBlock(BlockRefusal("its parent is not the last final block")) }
        guard isProposalJustification(proposal) else { throw .unjustified(by: author) }
        guard proposal.prepares.isEmpty else { return }
        guard header.proposer == author else {
            throw .invalidBlock(BlockRefusal("a new block names its proposer"))
        }
        guard
            !proposal.block.transactions.isEmpty || proposal.round > 0
                || isHeartbeatDue(at: header.timestamp)
        else { throw .invalidBlock(BlockRefusal("an empty block before its time")) }
        // Who was down for a while says again what it proposed; the others judge that.
        guard author == ownAddress || !isBackdated(header) else { throw .backdated(by: author) }
        if let refusal = application.validate(proposal.block, at: now) {
            throw .invalidBlock(refusal)
        }
    }

    /// Whether a new block's time lies longer ago than its proposal can have been on its way: its
    /// proposer has chosen the time, perhaps one at which offers were open that have expired.
    ///
    /// A block that a quorum has prepared was new when it was prepared, and is not asked. Long
    /// rounds are for slow networks, so a proposal may take as long as its round.
    private func isBackdated(_ header: BlockHeader) -> Bool {
        let allowed = max(
            Limits.pastMilliseconds,
            parameters.duration(ofRound: state.round - state.firstRound))
        return header.timestamp.advanced(byMilliseconds: allowed) < now
    }

    private mutating func accept(_ proposal: Proposal, application: inout some Application) {
        guard isFreeToPrepare(proposal) else { return }
        state.isActive = true
        if proposal.round > state.round { enterRound(proposal.round) }
        state.accepted = proposal
        setRoundTimer()
        setResendTimer()
        guard let author = state.context.proposer(ofRound: proposal.round),
            let index = state.context.validators.index(of: author)
        else { return }
        state.log.insert(.proposal(proposal), by: index)
        castPrepare(for: proposal)
        seekPrepared()
    }

    /// Whether this validator has prepared nothing else in the proposal's round before a crash.
    private mutating func isFreeToPrepare(_ proposal: Proposal) -> Bool {
        let signed = sent.vote(.prepare, height: proposal.height, round: proposal.round)
        guard case .prepare(let prepare) = signed, prepare.digest != proposal.block.hash else {
            return true
        }
        let refused = parameters.domain.prepareDigest(
            height: proposal.height, round: proposal.round, block: proposal.block.hash)
        outbox.append(
            .refusedToSignTwice(
                kind: .prepare, height: proposal.height, round: proposal.round,
                signed: Statement(prepare).signedDigest(in: parameters.domain), refused: refused))
        return false
    }

    /// Whether an empty block at `timestamp` is due.
    private func isHeartbeatDue(at timestamp: Timestamp) -> Bool {
        timestamp.millisecondsSince(state.context.parentTimestamp) >= parameters.heartbeat
    }

    /// From when on any block may be proposed in round 0, whatever it holds: what the clock of the
    /// round reckons with, since others' work may be less urgent than it seems here.
    var earliestProposal: Timestamp { proposalTime(after: state.context.pause) }

    /// When a block may be proposed in round 0: the interval after its parent, or the pause that keeps
    /// the pace, measured by the parent's time, or from when it became known if the local clock is
    /// behind that.
    private func proposalTime(after pause: UInt64) -> Timestamp {
        min(state.context.parentTimestamp, state.enteredAt)
            .advanced(byMilliseconds: max(parameters.minimumBlockInterval, pause))
    }
}

extension RoundChange {
    /// Whether it claims a higher prepared round than `other`.
    fileprivate func outranks(_ other: RoundChange?) -> Bool {
        guard let claim = vote.prepared else { return false }
        guard let otherClaim = other?.vote.prepared else { return true }
        return claim.round > otherClaim.round
    }
}
