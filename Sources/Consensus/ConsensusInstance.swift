public import Protocol

/// One validator's part in agreeing on blocks by QBFT (Moniz, arXiv 2002.03613), or a silent
/// listener if it is no validator.
///
/// It does nothing itself: ``handle(_:at:application:)`` takes what happened and returns what to
/// do, in order. What it signs, it has stored before, and it never signs two different things of
/// one kind, height and round.
public struct ConsensusInstance: Sendable {
    let parameters: ConsensusParameters
    let signer: (any Signer)?
    /// This validator's address, if it has a key.
    let ownAddress: Address?
    var signatures: KnownSignatures
    var sent: SentVotes
    var future = FutureMessages()
    var state: HeightState
    var roundTracker = RoundTracker()
    /// What each validator said last about the heights before, as far as it was heard.
    var lastHeard: [Address: ConsensusMessage] = [:]
    /// Whether the node allows it to take part.
    var isParticipating = false
    /// Whether the message at hand has passed all checks, and may be passed on.
    public internal(set) var hasAccepted = false
    /// The moment of the input at hand.
    var now: Timestamp
    /// What the input at hand leads to.
    var outbox: [Output] = []

    /// A validator at `context` that signs by `signer`, or a listener without one, with everything
    /// it stored before. It listens until ``Input/participation(_:)`` says otherwise.
    ///
    /// - Parameter records: all that was stored by ``Output/persist(_:)`` for heights from the
    ///   context's on, in any order; others are passed over.
    public init(
        parameters: ConsensusParameters, signer: (any Signer)?, scheme: any SignatureScheme,
        context: HeightContext, records: [SafetyRecord], at now: Timestamp
    ) {
        self.parameters = parameters
        self.signer = signer
        ownAddress = signer?.address
        self.now = now
        signatures = KnownSignatures(domain: parameters.domain, scheme: scheme)
        sent = SentVotes(records)
        state = HeightState(context: context, enteredAt: now)
        restore()
    }

    /// What the current height depends on.
    public var context: HeightContext { state.context }

    /// The round that this validator is in.
    public var round: UInt32 { state.round }

    /// When the current round is given up; nil while no clock runs.
    public var roundDeadline: Timestamp? {
        guard case .round(_, _, let deadline)? = state.roundTimer else { return nil }
        return deadline
    }

    /// Whether there is nothing to agree on, so that no clock runs.
    public var isIdle: Bool { !state.isActive }

    /// Where this validator stands.
    public var status: ConsensusStatus {
        ConsensusStatus(
            height: state.context.height, round: state.round, hasProposal: state.accepted != nil)
    }

    /// The block `hash` of the current height, if it was proposed or prepared here: the answer to
    /// a peer that asks because of ``Output/fetchBlock(height:hash:)``.
    public func block(_ hash: Hash32) -> Block? { state.block(hash) }

    /// Takes what has happened at `now` and tells what to do about it, in order.
    ///
    /// A rejected input leaves the agreement as it was, but for who was heard when.
    public mutating func handle(
        _ input: Input, at now: Timestamp, application: inout some Application
    ) throws(Rejection) -> [Output] {
        self.now = now
        outbox.removeAll(keepingCapacity: true)
        hasAccepted = false
        switch input {
        case .received(let message):
            try receive(message, application: &application)
            reviewRoundTracker()
        case .statusReceived(let status, let peer):
            if state.context.validators.contains(peer) {
                roundTracker.note(peer, height: status.height, round: status.round, at: now)
                reviewRoundTracker()
            }
            answer(status)
        case .newBlock(let final): try uponNewBlock(final)
        case .timerExpired(let timer): uponTimeout(timer, application: &application)
        case .workArrived: if application.hasWork { leaveIdleness(application: &application) }
        case .blockFetched(let block): try take(fetched: block)
        case .advanced(let context): enter(context, application: &application)
        case .participation(let allowed): participate(allowed, application: &application)
        case .peerConnected(let peer): greet(peer)
        case .sealed(let hash, let certificate): awaitBlock(hash, under: certificate)
        }
        return outbox
    }
}

extension ConsensusInstance {
    /// The key, if this validator may sign for the current height now.
    var activeSigner: (any Signer)? {
        guard isParticipating, !state.isDecided, let ownAddress,
            state.context.validators.contains(ownAddress)
        else { return nil }
        return signer
    }

    /// Begins the height of `context` and hears the messages that were kept for it. A height that
    /// is no news is passed over.
    private mutating func enter(_ context: HeightContext, application: inout some Application) {
        guard context.height > state.context.height else { return }
        rememberLastHeard()
        state = HeightState(context: context, enteredAt: now)
        sent.forget(below: context.height)
        restore()
        takeUp(application: &application)
        for entry in future.take(height: context.height) {
            do {
                try process(entry.message, by: entry.author, application: &application)
                if hasAccepted { outbox.append(.heard(entry.message, from: entry.author)) }
            } catch {
                outbox.append(.ignored(error, from: entry.author))
            }
        }
    }

    /// Goes back to where the records of the current height end.
    private mutating func restore() {
        let height = state.context.height
        guard let round = sent.round(height: height) else { return }
        state.prepared = sent.preparedBlock(height: height)
        state.round = round
        state.firstRound = round
        state.isActive = true
        guard let index = ownAddress.flatMap(state.context.validators.index(of:)) else { return }
        for message in sent.messages(height: height) where message.kind != .proposal {
            state.log.insert(message, by: index)
        }
    }

    private mutating func participate(_ allowed: Bool, application: inout some Application) {
        guard allowed != isParticipating else { return }
        isParticipating = allowed
        state.roundTimer = nil
        if allowed { takeUp(application: &application) }
    }

    /// Goes on with the current height where it stands, or waits in idleness.
    private mutating func takeUp(application: inout some Application) {
        guard state.isActive else {
            if application.hasWork { leaveIdleness(application: &application) }
            return
        }
        guard activeSigner != nil else { return }
        setRoundTimer()
        setResendTimer()
        resend()
        takeUpRound(application: &application)
    }

    /// Says what the current round still asks of this validator.
    private mutating func takeUpRound(application: inout some Application) {
        let (height, round) = (state.context.height, state.round)
        if let accepted = state.accepted {
            castPrepare(for: accepted)
            seekPrepared()
        } else if let ownProposal {
            propose(ownProposal, application: &application)
        } else if round > 0, !sent.messages(height: height).contains(where: { $0.round == round }) {
            castRoundChange()
        }
        followRoundChanges(application: &application)
        uponBlockTimeout(application: &application)
    }

    /// Starts the clocks of round 0 because there is something to agree on: work here, or a
    /// message that shows that someone else has some.
    mutating func leaveIdleness(application: inout some Application) {
        guard !state.isDecided else { return }
        if !state.isActive {
            state.isActive = true
            setRoundTimer()
            setResendTimer()
        }
        uponBlockTimeout(application: &application)
    }
}
