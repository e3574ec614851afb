public import Protocol

/// Everything that agreement asks for, to be done in order.
public enum Output: Hashable, Sendable {
    /// Store durably before anything after it is done.
    case persist(SafetyRecord)
    /// Send to all other validators.
    case broadcast(ConsensusMessage)
    /// Send to all other validators but its author, who is another one.
    case passOn(ConsensusMessage, by: Address)
    /// Send to the peer whose status or connection was the input.
    case sendToAsker([ConsensusMessage])
    /// Tell all other validators where this one stands.
    case broadcastStatus(ConsensusStatus)
    /// Hand the timer in at that moment.
    case setTimer(ConsensusTimer, at: Timestamp)
    /// The block is final: apply it, then hand in ``Input/advanced(_:)``.
    case finalize(FinalBlock)
    /// Ask the validators for a block that has a quorum of commits; then hand in
    /// ``Input/blockFetched(_:)``. It is asked for again until it comes.
    case fetchBlock(height: UInt64, hash: Hash32)
    /// A validator has broken its promises, provably.
    case evidence(Evidence)
    /// This validator was about to contradict what it had signed: critical, and nothing was sent.
    case refusedToSignTwice(
        kind: ConsensusMessage.Kind, height: UInt64, round: UInt32, signed: Hash32, refused: Hash32)
    /// This validator's own proposal did not pass its own check, and was not sent; told once a
    /// height and reason.
    case ownProposalRefused(Rejection)
    /// A message kept for this height has passed all checks.
    case heard(ConsensusMessage, from: Address)
    /// A message kept for this height turned out to be of no use.
    case ignored(Rejection, from: Address)
}
