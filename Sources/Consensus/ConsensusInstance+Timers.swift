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
            byMilliseconds: parameters.duration(ofRound: state.round))
        let timer = ConsensusTimer.round(
            height: state.context.height, round: state.round, deadline: deadline)
        state.roundTimer = timer
        outbox.append(.setTimer(timer, at: deadline))
    }

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
