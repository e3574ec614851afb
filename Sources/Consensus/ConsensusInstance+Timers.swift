import Protocol

extension ConsensusInstance {
    /// Does what `timer` was set for, unless that has passed.
    mutating func uponTimeout(_ timer: ConsensusTimer, application: inout some Application) {
        let height = state.context.height
        switch timer {
        case .block(height):
            state.isBlockTimerSet = false
            uponBlockTimeout(application: &application)
        case .round where timer == state.roundTimer:
            state.roundTimer = nil
            uponRoundTimeout(application: &application)
        case .resend(height):
            state.isResendTimerSet = false
            attendance.review(of: state.context.authorities, at: now)
            leaveHopelessRound()
            resend()
            setResendTimer()
        default: break
        }
    }

    /// Starts the clock of the current round anew. Round 0 does not run out before its proposer
    /// may propose.
    mutating func setRoundTimer() {
        guard activeSigner != nil, state.isActive else { return }
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

    /// Draws the consequences of who has been heard. When a quorum is back that was not there, the
    /// current round starts over, as short as a first one: the time it took to get here says
    /// nothing about how long agreement takes.
    mutating func reviewAttendance() {
        let isBack = attendance.isQuorumBack(of: state.context.authorities, at: now)
        if isBack, state.round > state.firstRound, !state.isDecided {
            attendance.renew(at: now)
            state.firstRound = state.round
            setRoundTimer()
        }
        leaveHopelessRound()
    }

    /// Does not wait for the end of a round that cannot come to anything, since too many of those
    /// that are there are further: fewer than f + 1 perhaps, so that rule 7 does not help, and yet
    /// no quorum without them.
    mutating func leaveHopelessRound() {
        guard state.isActive, activeSigner != nil, state.awaited == nil, state.round < .max,
            attendance.isHopeless(
                state.round, of: state.context.height, among: state.context.authorities, at: now)
        else { return }
        let deadline = now.advanced(byMilliseconds: Self.hopTime)
        if case .round(_, _, let running)? = state.roundTimer, running <= deadline { return }
        let timer = ConsensusTimer.round(
            height: state.context.height, round: state.round, deadline: deadline)
        state.roundTimer = timer
        state.isHopeless = true
        outbox.append(.setTimer(timer, at: deadline))
    }

    /// How long a hopeless round lasts at most, in milliseconds: long enough for others' messages
    /// that are on their way.
    private static let hopTime: UInt64 = 250

    mutating func setBlockTimer() {
        guard !state.isBlockTimerSet else { return }
        state.isBlockTimerSet = true
        outbox.append(.setTimer(.block(height: state.context.height), at: earliestProposal))
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
