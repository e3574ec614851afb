import Protocol

/// How a start goes on from what it finds: who may vote at a start is decided here and nowhere else,
/// for a replica begins from nothing but this.
public struct Resumption: Sendable {
    /// What was found.
    public let chain: StoredChain
    /// Whether the validator may vote.
    public let votingRight: VotingRight
    /// What is to be stored before anything else is written or said; nil if it is stored already.
    public let toPersist: VotingRight?

    /// Draws the consequences of what a start finds.
    ///
    /// A directory that has lost something does not know what was said last: it begins `unknown`,
    /// and that is stored first, since whatever else is stored would move the mark of the loss on.
    /// A key that never voted, in a directory in which nothing was ever said or decided, begins
    /// `established`. Everything else begins with what was stored, or without a vote.
    ///
    /// - Parameters:
    ///   - found: what the store holds.
    ///   - hasNeverVoted: whether the key is known never to have voted before this start. The mark
    ///     that says so must be gone for good by now.
    ///   - hasForgotten: whether the store holds less than was once written to it.
    public init(of found: StoredChain, hasNeverVoted: Bool, hasForgotten: Bool) {
        chain = found
        if hasForgotten {
            votingRight = .unknown
            toPersist = .unknown
        } else if found.votingRight == nil, hasNeverVoted, found.records.isEmpty,
            found.head.block.number == 0
        {
            votingRight = .established
            toPersist = .established
        } else {
            votingRight = found.votingRight ?? .unknown
            toPersist = nil
        }
    }
}
