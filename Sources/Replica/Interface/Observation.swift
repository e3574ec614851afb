public import Consensus
public import Protocol

/// How a block came to be final here.
public enum BlockSource: Hashable, Sendable {
    /// This validator counted a quorum of commits.
    case agreement
    /// The peer handed it over with its certificate.
    case peer(Address)
}

/// What an operator may want to know. Nothing depends on it.
public enum Observation: Hashable, Sendable {
    /// A block became final here.
    case committed(ChainHead, transactions: Int, round: UInt32, source: BlockSource)
    /// A peer did or sent what no honest one does.
    case misbehaviour(Address, reason: String)
    /// A peer did not give the blocks that it was asked for, or not in time.
    case requestTimedOut(Address)
    /// Blocks from that height on are asked of a peer.
    case catchingUp(from: UInt64, with: Address)
    /// Whether this validator takes part in agreement has changed.
    case participation(Bool)
    /// Whether this validator may vote has changed.
    case votingRight(VotingRight)
    /// A round of the height was given up; this validator asks for another.
    case roundChange(height: UInt64, round: UInt32)
    /// A block of a former round is proposed again, or was proposed after a round change.
    case proposalAfterRoundChange(height: UInt64, round: UInt32)
    /// A block with a quorum of commits is missing and asked for.
    case fetching(ChainHead)
    /// Consensus messages were rebroadcast to validators that may lack them.
    case rebroadcast(Int)
    /// A validator has provably broken its promises.
    case evidence(Evidence)
    /// Critical: this validator was about to contradict itself; nothing was sent.
    case refusedToSignTwice(kind: ConsensusMessage.Kind, height: UInt64, round: UInt32)
    /// Critical: this validator's key signs elsewhere too, or its records were lost.
    case keyUsedElsewhere(height: UInt64)
    /// Critical: this validator's own proposal did not pass its own check.
    case ownProposalRefused(Rejection)
    /// Critical: a quorum's block does not execute to its roots here. The replica stands still.
    case diverged(ChainHead, reason: String)
    /// Critical: two blocks of one height bear a quorum's certificate.
    case conflictingCertificates(height: UInt64, ours: Hash32, theirs: Hash32)
    /// So many transactions left the pool without getting into a block, each for this reason.
    case transactionsDropped(Int, reason: String)
    /// A peer did not give transactions that it had announced, or not in time.
    case transactionsWithheld(Address)
}
