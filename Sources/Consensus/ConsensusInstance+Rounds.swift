import Protocol

extension ConsensusInstance {
    /// Rule 6: the round has lasted too long; asks for the next, unless the block is decided and
    /// merely lacking.
    mutating func uponRoundTimeout(application: inout some Application) {
        guard activeSigner != nil, state.awaited == nil, state.round < .max else { return }
        // Leaving early says nothing about how long a round has to be.
        if state.isHopeless { state.firstRound += 1 }
        enterRound(state.round + 1)
        castRoundChange()
        followRoundChanges(application: &application)
        leaveHopelessRound()
    }

    /// Keeps a round change that proves its claim, and follows it with enough others. One to a round
    /// that is over here is kept for those that have not heard of it.
    mutating func uponRoundChange(
        _ change: RoundChange, from author: Address, at index: Int,
        application: inout some Application
    ) throws(Rejection) {
        guard change.vote.round >= state.round || change.vote.round > state.log.lastWish(by: index)
        else { throw .stale }
        guard change.vote.round > 0, isJustified(change) else { throw .unjustified(by: author) }
        if (state.round...state.horizon).contains(change.vote.round) {
            state.log.insert(.roundChange(change), by: index)
        } else {
            state.log.insertLast(change, by: index)
        }
        findDenial(in: .roundChange(change), by: author, at: index)
        leaveIdleness(application: &application)
        followRoundChanges(application: &application)
    }

    /// Rule 7: goes along when so many want a later round that one of them must be honest; then
    /// rule 8.
    mutating func followRoundChanges(application: inout some Application) {
        guard !state.isDecided else { return }
        let wishes = state.log.wishes(beyond: state.round)
        let faults = state.context.validators.faultsTolerated
        if wishes.count > faults {
            enterRound(wishes[faults])
            castRoundChange()
        }
        proposeAfterRoundChange(application: &application)
    }

    /// Begins `round`: nothing is accepted in it yet, and its clock starts. However many rounds are
    /// skipped, it lasts at most twice as long as the one before.
    mutating func enterRound(_ round: UInt32) {
        state.isActive = true
        if round > state.round { state.firstRound += round - state.round - 1 }
        state.round = round
        state.accepted = nil
        state.log.enter(round: round, horizon: state.horizon)
        setRoundTimer()
        setResendTimer()
    }
}
