import Protocol

extension ConsensusInstance {
    /// Does what `timer` was set for, unless that has passed.
    mutating func uponTimeout(_ timer: ConsensusTimer, application: inout some Application) {
        let height = state.context.height
        switch timer {
        case .block(height):
            state.blockTimer = nil
            uponBlockTimeout(application: &application)
        case .round where timer == state.roundTimer:
            state.roundTimer = nil
            uponRoundTimeout(application: &application)
        case .resend(height):
            state.isResendTimerSet = false
            reviewRoundTracker()
            resend()
            setResendTimer()
        default: break
        }
    }

    /// Starts the clock of the current round anew. Round 0 does not run out before its proposer
    /// may propose.
    ///
    /// A later round's clock waits for the others: it starts once a quorum has been heard in that
    /// round or beyond, or has justified its proposal. So the clocks of those that are needed start
    /// together, and who is ahead stays so by less than a round.
    mutating func setRoundTimer() {
        guard activeSigner != nil, state.isActive else { return }
        state.roundTimer = nil
        guard state.round == 0 || state.accepted != nil || isQuorumHere else { return }
        let isEarly = state.round == 0 && state.accepted == nil
        let start = isEarly ? max(now, earliestProposal) : now
        let deadline = start.advanced(
            byMilliseconds: parameters.duration(ofRound: state.round - state.firstRound))
        let timer = ConsensusTimer.round(
            height: state.context.height, round: state.round, deadline: deadline)
        state.roundTimer = timer
        state.isHopeless = false
        outbox.append(.setTimer(timer, at: deadline))
    }

    /// Draws the consequences of who has been heard: a clock that waited for the others starts, and
    /// one that waits in vain ends.
    mutating func reviewRoundTracker() {
        if state.roundTimer == nil, state.round > 0, state.awaited == nil { setRoundTimer() }
        leaveHopelessRound()
    }

    /// Whether a quorum has been heard in the current round or beyond.
    private var isQuorumHere: Bool {
        roundTracker.isQuorum(
            in: state.round, of: state.context.height, among: state.context.validators)
    }

    /// Does not wait for the end of a round that cannot come to anything, since too many of those
    /// that are there are further: fewer than f + 1 perhaps, so that rule 7 does not help, and yet
    /// no quorum without them. It only hastens a clock that runs, so that who lies about its round
    /// cannot lead another away from the rest.
    mutating func leaveHopelessRound() {
        guard state.isActive, activeSigner != nil, state.awaited == nil, state.round < .max,
            roundTracker.isHopeless(
                state.round, of: state.context.height, among: state.context.validators, at: now)
        else { return }
        let deadline = now.advanced(byMilliseconds: Self.hopTime)
        guard case .round(_, _, let running)? = state.roundTimer, running > deadline else { return }
        let timer = ConsensusTimer.round(
            height: state.context.height, round: state.round, deadline: deadline)
        state.roundTimer = timer
        state.isHopeless = true
        outbox.append(.setTimer(timer, at: deadline))
    }

    /// How long a hopeless round lasts at most, in milliseconds: long enough for others' messages
    /// that are on their way.
    private static let hopTime: UInt64 = 250

    /// Sees that a block is thought of at `moment`, or before that.
    mutating func setBlockTimer(at moment: Timestamp) {
        if let set = state.blockTimer, set <= moment { return }
        state.blockTimer = moment
        outbox.append(.setTimer(.block(height: state.context.height), at: moment))
    }

    /// Keeps sending again as long as there is something to agree on, or a block is lacking.
    mutating func setResendTimer() {
        guard !state.isResendTimerSet, !state.isDecided, state.isActive,
            activeSigner != nil || state.awaited != nil
        else { return }
        state.isResendTimerSet = true
        outbox.append(
            .setTimer(
                .resend(height: state.context.height),
                at: now.advanced(byMilliseconds: ConsensusParameters.resendInterval)))
    }
}
