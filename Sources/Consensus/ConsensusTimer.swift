public import Protocol

/// The moments that a validator waits for; each says what it was for, so that a late one is
/// recognised and does nothing.
public enum ConsensusTimer: Hashable, Sendable {
    /// The proposer of round 0 may propose.
    case block(height: UInt64)
    /// The round has lasted too long.
    case round(height: UInt64, round: UInt32, deadline: Timestamp)
    /// Messages of the height are to be sent again.
    case resend(height: UInt64)
}
