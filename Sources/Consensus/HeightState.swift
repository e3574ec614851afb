import Protocol

/// Where the agreement on one height stands; a new height begins with a new one, so nothing of the
/// last can linger.
struct HeightState: Sendable {
    /// A block with a quorum of commits that nobody has sent yet.
    struct AwaitedBlock: Sendable {
        let hash: Hash32
        let certificate: Certificate
    }

    let context: HeightContext
    /// When this validator came to the height, by its own clock.
    let enteredAt: Timestamp
    var round: UInt32 = 0
    /// The round that lasts as long as round 0: what went before it was not for want of timeout.
    var firstRound: UInt32 = 0
    /// Whether the round is left early, since it cannot come to anything.
    var isHopeless = false
    /// The proposal of the current round, once accepted.
    var accepted: Proposal?
    /// The highest block seen prepared.
    var prepared: PreparedBlock?
    var log: MessageLog
    /// Whether there is something to agree on; until then no clock runs.
    var isActive = false
    /// Whether the height is final here; then nothing more is said about it.
    var isDecided = false
    var awaited: AwaitedBlock?
    /// Why own proposals were refused: each reason is told once a height.
    var ownRefusals: Set<Rejection> = []
    /// Who has been accused already: once a height is enough.
    var accused: Set<Address> = []

    /// Whose place in the set it is whose messages were passed on last.
    var lastPassedOn = 0

    /// The timer that ends the current round.
    var roundTimer: ConsensusTimer?
    /// When the next of the timers goes off that let this validator think of proposing.
    var blockTimer: Timestamp?
    var isResendTimerSet = false

    init(context: HeightContext, enteredAt: Timestamp) {
        self.context = context
        self.enteredAt = enteredAt
        log = MessageLog(validators: context.validators.count)
    }

    /// The last round whose messages are kept in full.
    var horizon: UInt32 {
        let (sum, overflow) = round.addingReportingOverflow(Limits.futureRounds)
        return overflow ? .max : sum
    }

    /// The block `hash`, if it is known here.
    func block(_ hash: Hash32) -> Block? {
        if let prepared, prepared.block.hash == hash { return prepared.block }
        return log.block(hash)
    }
}
