import Protocol

extension ConsensusInstance {
    /// Accepts `proposal` before the others.
    mutating func castPrepare(for proposal: Proposal) {
        guard let signer = activeSigner else { return }
        let (height, round, digest) = (proposal.height, proposal.round, proposal.block.hash)
        let signed = signatures.digest(height: height, round: round, .prepare(digest))
        let prepare = Prepare(
            height: height, round: round, digest: digest, signature: signer.sign(signed))
        _ = send(.prepare(prepare))
    }

    /// Asks for the current round, and says what is prepared.
    mutating func castRoundChange() {
        guard let signer = activeSigner else { return }
        let (height, round) = (state.context.height, state.round)
        let claim = state.prepared?.claim
        let signed = parameters.domain.roundChangeDigest(
            height: height, round: round, prepared: claim)
        let vote = RoundChangeVote(
            height: height, round: round, prepared: claim, signature: signer.sign(signed))
        let change = RoundChange(
            vote: vote, block: state.prepared?.block, prepares: state.prepared?.prepares ?? [])
        _ = send(.roundChange(change))
    }

    /// Stores, counts and sends an own message of the current height. If the same thing was said
    /// before, the stored bytes go out again; if another was, nothing does.
    ///
    /// - Returns: whether the message stands.
    mutating func send(_ message: ConsensusMessage) -> Bool {
        let statement = Statement(message)
        if let stored = sent.vote(message.kind, height: message.height, round: message.round) {
            let signed = Statement(stored)
            guard signed.content == statement.content else {
                outbox.append(
                    .refusedToSignTwice(
                        kind: message.kind, height: message.height, round: message.round,
                        signed: signed.signedDigest(in: parameters.domain),
                        refused: statement.signedDigest(in: parameters.domain)))
                return false
            }
            outbox.append(.broadcast(stored))
            return true
        }
        guard let own = ownAddress, let index = state.context.validators.index(of: own) else {
            return false
        }
        outbox.append(.persist(.vote(message)))
        outbox.append(.broadcast(message))
        sent.insert(message)
        signatures.remember(own, of: statement)
        if message.kind != .proposal { state.log.insert(message, by: index) }
        return true
    }

    /// The own messages of the current height that still matter: those of the current round, every
    /// commit, and the last wish for a round.
    private var relevantMessages: [ConsensusMessage] {
        let all = sent.messages(height: state.context.height)
        let lastWish = all.last { $0.kind == .roundChange }?.round
        return all.filter { message in
            message.round == state.round || message.kind == .commit
                || (message.kind == .roundChange && message.round == lastWish)
        }
    }

    /// The own messages that still matter, and the accepted proposal whoever made it.
    private var heldMessages: [ConsensusMessage] {
        let own = relevantMessages
        guard let accepted = state.accepted.map(ConsensusMessage.proposal),
            !own.contains(where: { $0.kind == .proposal && $0.round == accepted.round })
        else { return own }
        return [accepted] + own
    }

    /// Sends everything again that may have been lost, and asks for what is lacking.
    mutating func resend() {
        guard !state.isDecided else { return }
        if activeSigner != nil {
            outbox.append(contentsOf: relevantMessages.map(Output.broadcast))
            outbox.append(.broadcastStatus(status))
            if state.round > 0, state.roundTimer == nil, state.awaited == nil { passOn() }
        }
        if let awaited = state.awaited {
            outbox.append(.fetchBlock(height: state.context.height, hash: awaited.hash))
        }
    }

    /// While there is no quorum here, tells the others how far those are whom it has heard, one of
    /// them each time: where two never reach each other, and what one said was lost on its way by a
    /// third, nothing else would let them know.
    private mutating func passOn() {
        let members = state.context.validators.members
        for step in 1...members.count {
            let index = (state.lastPassedOn + step) % members.count
            guard members[index] != ownAddress, let message = state.log.furthest(by: index) else {
                continue
            }
            state.lastPassedOn = index
            outbox.append(.passOn(message, by: members[index]))
            return
        }
    }

    /// Sends a peer what its status shows that it lacks: anyone may pass on the proposal, so that
    /// it arrives even if its proposer is gone.
    mutating func answer(_ status: ConsensusStatus) {
        guard status.height == state.context.height, !state.isDecided, state.isActive else {
            return
        }
        let lacksProposal =
            status.round == state.round && !status.hasProposal && state.accepted != nil
        guard status.round < state.round || lacksProposal else { return }
        let messages = heldMessages
        if !messages.isEmpty { outbox.append(.sendToAsker(messages)) }
    }

    /// Sends a peer that has just connected what it may have missed; before that what it said
    /// itself, which it may have forgotten with its disk.
    mutating func greet(_ peer: Address) {
        let isOpen = !state.isDecided && state.isActive
        let messages = echo(for: peer) + (isOpen ? heldMessages : [])
        if !messages.isEmpty { outbox.append(.sendToAsker(messages)) }
        if isOpen, activeSigner != nil { outbox.append(.broadcastStatus(status)) }
    }

    /// What `peer` said about this height, or else about the last one on which it was heard.
    private func echo(for peer: Address) -> [ConsensusMessage] {
        let index = state.context.validators.index(of: peer)
        let current = index.map(state.log.allMessages(by:)) ?? []
        return current.isEmpty ? lastHeard[peer].map { [$0] } ?? [] : current
    }

    /// Keeps what each validator said last about the height that is over.
    mutating func rememberLastHeard() {
        for (index, author) in state.context.validators.members.enumerated() {
            if let last = state.log.lastVote(by: index) { lastHeard[author] = last }
        }
    }
}
