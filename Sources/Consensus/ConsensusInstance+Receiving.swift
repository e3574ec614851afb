import Protocol

extension ConsensusInstance {
    /// Checks who signed `message`, and hears it now or keeps it for its height.
    mutating func receive(
        _ message: ConsensusMessage, application: inout some Application
    ) throws(Rejection) {
        let height = state.context.height
        guard message.height >= height, !(state.isDecided && message.height == height) else {
            throw .stale
        }
        let ahead = message.height - height
        guard ahead <= Limits.futureHeights, ahead == 0 || message.round <= Limits.futureRounds
        else { throw rejectionOfDistant(message) }
        guard let author = signatures.author(of: Statement(message)) else { throw .badSignature }
        guard state.context.validators.contains(author) else { throw .notAValidator(author) }
        guard author != ownAddress else { throw recognise(message) }
        roundTracker.note(author, height: message.height, round: message.round, at: now)
        guard ahead == 0 else {
            try future.insert(
                FutureMessages.Entry(message: message, author: author), next: height + 1,
                validators: state.context.validators.count)
            return
        }
        try process(message, by: author, application: &application)
    }

    /// What is too far ahead to be kept still tells whether this validator's key signs elsewhere.
    private mutating func rejectionOfDistant(_ message: ConsensusMessage) -> Rejection {
        guard let ownAddress, signatures.author(of: Statement(message)) == ownAddress else {
            return .tooFarAhead
        }
        return recognise(message)
    }

    /// Own messages count when they are made, never when they come back.
    private func recognise(_ message: ConsensusMessage) -> Rejection {
        let own = sent.vote(message.kind, height: message.height, round: message.round)
        guard let own, Statement(own).content == Statement(message).content else {
            return .keyUsedElsewhere
        }
        return .echo
    }

    /// Hears a message of the current height, signed by `author`.
    mutating func process(
        _ message: ConsensusMessage, by author: Address, application: inout some Application
    ) throws(Rejection) {
        guard !state.isDecided else { throw .stale }
        guard let index = state.context.validators.index(of: author) else {
            throw .notAValidator(author)
        }
        hasAccepted = false
        guard try isNews(message, by: author, at: index) else { return }
        switch message {
        case .proposal(let proposal):
            try uponProposal(proposal, from: author, application: &application)
        case .prepare(let prepare):
            try uponPrepare(prepare, from: index, application: &application)
        case .commit(let commit):
            try uponCommit(commit, from: index, application: &application)
        case .roundChange(let change):
            try uponRoundChange(change, from: author, at: index, application: &application)
        }
        hasAccepted = true
        reviewAwaited()
    }

    /// Whether `author` has said nothing of this kind and round yet. If it has said something
    /// else, it is accused.
    private mutating func isNews(
        _ message: ConsensusMessage, by author: Address, at index: Int
    ) throws(Rejection) -> Bool {
        if message.kind == .proposal, state.context.proposer(ofRound: message.round) != author {
            throw .notTheProposer(author)
        }
        guard let known = state.log.message(message.kind, round: message.round, by: index) else {
            return true
        }
        let (first, second) = (Statement(known), Statement(message))
        guard first.contradicts(second) else { throw .duplicate }
        accuse(author, first, second)
        return false
    }

    /// Accuses `author` if its commits and round changes deny each other.
    mutating func findDenial(in message: ConsensusMessage, by author: Address, at index: Int) {
        let others = state.log.messages(
            message.kind == .commit ? .roundChange : .commit, by: index)
        let statement = Statement(message)
        for other in others.map(Statement.init) where other.contradicts(statement) {
            accuse(author, other, statement)
        }
    }

    private mutating func accuse(_ author: Address, _ first: Statement, _ second: Statement) {
        guard state.accused.insert(author).inserted else { return }
        outbox.append(.evidence(Evidence(first: first, second: second)))
    }
}
