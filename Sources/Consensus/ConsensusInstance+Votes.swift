import Protocol

extension ConsensusInstance {
    /// Keeps a prepare, and looks whether the accepted proposal has a quorum of them.
    mutating func uponPrepare(
        _ prepare: Prepare, from index: Int, application: inout some Application
    ) throws(Rejection) {
        guard prepare.round >= state.round else { throw .stale }
        guard prepare.round <= state.horizon else { throw .tooFarAhead }
        state.log.insert(.prepare(prepare), by: index)
        leaveIdleness(application: &application)
        seekPrepared()
    }

    /// Rule 3: with a quorum of prepares for the accepted proposal, binds itself to the block,
    /// durably, and seals it.
    mutating func seekPrepared() {
        let height = state.context.height
        guard let signer = activeSigner, let proposal = state.accepted,
            sent.vote(.commit, height: height, round: state.round) == nil
        else { return }
        let digest = proposal.block.hash
        let prepares = state.log.prepares(round: state.round, digest: digest)
        guard prepares.count >= state.context.validators.quorum else { return }
        let prepared = PreparedBlock(
            round: state.round, block: proposal.block, prepares: prepares)
        state.prepared = prepared
        sent.insert(prepared)
        outbox.append(.persist(.prepared(prepared)))
        let seal = signer.sign(
            signatures.digest(height: height, round: state.round, .commit(digest)))
        let commit = Commit(height: height, round: state.round, digest: digest, seal: seal)
        guard send(.commit(commit)) else { return }
        seekDecision(round: commit.round, digest: digest)
    }

    /// Keeps a commit of any round, and looks whether its block has a quorum of them.
    mutating func uponCommit(
        _ commit: Commit, from index: Int, application: inout some Application
    ) throws(Rejection) {
        guard commit.round <= state.horizon else { throw .tooFarAhead }
        state.log.insert(.commit(commit), by: index)
        findDenial(
            in: .commit(commit), by: state.context.validators.members[index], at: index)
        seekDecision(round: commit.round, digest: commit.digest)
        leaveIdleness(application: &application)
    }

    /// Rule 4: a quorum of commits of one round makes its block final.
    private mutating func seekDecision(round: UInt32, digest: Hash32) {
        guard !state.isDecided, state.awaited == nil else { return }
        let commits = state.log.commits(round: round, digest: digest)
        guard commits.count >= state.context.validators.quorum else { return }
        awaitBlock(digest, under: Certificate(round: round, seals: commits.map(\.seal)))
    }

    /// The block `hash` has its seals: it is final, or asked for if it is lacking.
    mutating func awaitBlock(_ hash: Hash32, under certificate: Certificate) {
        guard !state.isDecided, state.awaited == nil else { return }
        state.awaited = HeightState.AwaitedBlock(hash: hash, certificate: certificate)
        reviewAwaited()
        guard !state.isDecided else { return }
        outbox.append(.fetchBlock(height: state.context.height, hash: hash))
        state.isActive = true
        setResendTimer()
    }

    /// Finishes the height if the block that was lacking has come with some message.
    mutating func reviewAwaited() {
        guard let awaited = state.awaited, let block = state.block(awaited.hash) else { return }
        finalize(FinalBlock(block: block, certificate: awaited.certificate))
    }

    /// Takes a block that was asked for; its hash is proof enough.
    mutating func take(fetched block: Block) throws(Rejection) {
        guard !state.isDecided, let awaited = state.awaited, awaited.hash == block.hash else {
            throw .unwantedBlock
        }
        finalize(FinalBlock(block: block, certificate: awaited.certificate))
    }

    /// Rule 9: a quorum of seals under a block that follows the last one decides, whoever sends it.
    mutating func uponNewBlock(_ final: FinalBlock) throws(Rejection) {
        guard !state.isDecided else { throw .stale }
        if let refusal = signatures.refusal(of: final, after: state.context) { throw refusal }
        finalize(final)
    }

    /// Rule 5: the height is final; from now on nothing is said about it.
    private mutating func finalize(_ final: FinalBlock) {
        guard !state.isDecided else { return }
        state.isDecided = true
        state.awaited = nil
        outbox.append(.finalize(final))
    }
}
