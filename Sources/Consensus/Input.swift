public import Protocol

/// Everything that can happen to a validator's agreement.
public enum Input: Hashable, Sendable {
    /// A peer sent or rebroadcast a message; repeated ones may be handed in again.
    case received(ConsensusMessage)
    /// The peer told where it stands: the answer is what it lacks, by ``Output/sendToAsker(_:)``.
    case statusReceived(ConsensusStatus, from: Address)
    /// A final block with its certificate came from a peer.
    case newBlock(FinalBlock)
    /// A timer's moment has come. Stale timers do nothing.
    case timerExpired(ConsensusTimer)
    /// The pool has something to include.
    case workArrived
    /// A block that was asked for by ``Output/fetchBlock(height:hash:)`` came.
    case blockFetched(Block)
    /// The chain has grown, by a block decided here or by one that was imported.
    case advanced(HeightContext)
    /// Whether to take part: false while the node catches up or recovers, as it is at first. Then
    /// it listens and learns of final blocks, but signs nothing.
    case participation(Bool)
    /// A validator's link came up: the answer is what it said itself last, as far as it was heard
    /// here, and what it may have missed.
    case peerConnected(Address)
    /// A quorum's seals for a block of the current height are known, and hold.
    case sealed(Hash32, Certificate)
}
