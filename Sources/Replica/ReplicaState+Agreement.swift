import Consensus
import Protocol

extension ReplicaState {
    /// Hands `input` to the agreement and does what it asks for. Returns why it was not taken.
    @discardableResult
    mutating func runAgreement(_ input: Input, asker: Address? = nil) -> Rejection? {
        guard hasKey, !isHalted else { return nil }
        do {
            let outputs = try agreement?.handle(input, at: now, application: &chain) ?? []
            for output in outputs where !isHalted { perform(output, asker: asker) }
            return nil
        } catch {
            return error
        }
    }

    private mutating func perform(_ output: Output, asker: Address?) {
        switch output {
        case .persist(let record): persist(record)
        case .broadcast(let message): send(.consensus(message), to: synchronizer.validators)
        case .passOn(let message, let author):
            send(.consensus(message), to: synchronizer.validators.filter { $0 != author })
        case .sendToAsker(let messages):
            guard let asker else { return }
            for message in messages { send(.consensus(message), to: [asker]) }
        case .broadcastStatus(let status):
            send(.consensusStatus(status), to: synchronizer.validators)
        case .setTimer(let timer, let moment):
            effects.append(.setTimer(.consensus(timer), at: moment))
        case .finalize(let final): finalize(final)
        case .fetchBlock(let height, let hash): fetch(ChainHead(height: height, hash: hash))
        case .evidence(let evidence): report(.evidence(evidence))
        case .refusedToSignTwice(let kind, let height, let round, _, _):
            report(.refusedToSignTwice(kind: kind, height: height, round: round))
        case .ownProposalRefused(let rejection): report(.ownProposalRefused(rejection))
        case .heard(let message, let author): noteForRebroadcast(message, from: author)
        case .ignored(let rejection, _):
            if let author = rejection.guiltyAuthor { blame(author, for: rejection) }
        }
    }

    private mutating func persist(_ record: SafetyRecord) {
        effects.append(.persist(record))
        switch record {
        case .vote(.commit(let commit)): votes.noteCommit(to: commit.digest)
        case .vote(.roundChange(let change)):
            report(.roundChange(height: change.vote.height, round: change.vote.round))
        case .vote(.proposal(let proposal)) where proposal.round > 0:
            report(.proposalAfterRoundChange(height: proposal.height, round: proposal.round))
        case .vote, .prepared: break
        }
    }

    private mutating func blame(_ peer: Address, for rejection: Rejection) {
        guard rejection.isFault else { return }
        report(.misbehaviour(peer, reason: "consensus: \(rejection)"))
    }
}

// Messages.

extension ReplicaState {
    mutating func receivedConsensus(_ message: ConsensusMessage, from peer: Address) {
        guard hasKey, isValidator(peer) else { return }
        let height = chain.height
        switch runAgreement(.received(message), asker: peer) {
        // What is kept for a later height is checked in full when that has come; what contradicts
        // something heard before never is.
        case nil:
            let isOfNow = message.height <= height + 1
            wasOfUse = !isOfNow || agreement?.hasAccepted == true
            if agreement?.hasAccepted == true { noteForRebroadcast(message, from: peer) }
        case .duplicate: gossip.noteHolder(of: message, peer)
        case .keyUsedElsewhere: keyUsedElsewhere(height: message.height)
        case .some(let rejection): blame(peer, for: rejection)
        }
    }

    mutating func receivedStatus(_ status: ConsensusStatus, from peer: Address) {
        guard isValidator(peer), synchronizer.takesStatus(of: peer, at: now) else { return }
        if status.height <= chain.height {
            send(.head(chain.certifiedHead), to: [peer])
        } else {
            runAgreement(.statusReceived(status, from: peer), asker: peer)
        }
    }

    /// Asks two validators for a block, others each time.
    private mutating func fetch(_ wanted: ChainHead) {
        report(.fetching(wanted))
        let validators = synchronizer.validators
        guard !validators.isEmpty else { return }
        let chosen = (0..<min(2, validators.count)).map {
            validators[(fetches + $0) % validators.count]
        }
        fetches = (fetches + 2) % 1_000_000
        send(.proposalRequest(height: wanted.height, hash: wanted.hash), to: chosen)
    }

    mutating func receivedProposalRequest(_ wanted: ChainHead, from peer: Address) {
        guard isValidator(peer), synchronizer.takesQuestion(of: peer, at: now) else { return }
        if wanted.height <= chain.height {
            effects.append(.serveBlocks(to: peer, from: wanted.height, count: 1))
        } else if let block = agreement?.block(wanted.hash) ?? chain.candidate(wanted.hash) {
            send(.proposalBlock(block), to: [peer])
        }
    }

    mutating func receivedProposalBlock(_ block: Block, from peer: Address) {
        guard isValidator(peer) else { return }
        let rejection = runAgreement(.blockFetched(block))
        wasOfUse = rejection == nil
        if let rejection { blame(peer, for: rejection) }
    }
}
