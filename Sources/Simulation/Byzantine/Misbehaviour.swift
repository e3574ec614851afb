package import Protocol

/// What a faulty validator does that no honest one does.
package enum Misbehaviour: String, Hashable, CaseIterable, Sendable {
    /// Says one thing to some and another to the rest: two proposals, two prepares, two commits.
    case equivocation
    /// Keeps what it should say from some, and says it later or never.
    case withholding
    /// Proposes blocks that are none, in its turn and out of it.
    case invalidBlocks
    /// Claims without proof, by old certificates, for far rounds, and proposals that pass over
    /// what was prepared.
    case falseRoundChanges
    /// Says again what was said long ago, by itself or by others, whole or with parts torn out.
    case replays
    /// Tells of blocks that are not there, and hands over some that are not final.
    case falseHeads
    /// Hands blocks on with other transactions under the header that all have agreed on.
    case alteredBodies
    /// Makes a quorum out of too few: itself twice under two signatures, votes of another round or
    /// height in the place of those that are lacking.
    case forgedQuorums
    /// Proposes blocks whose time has not come.
    case futureBlocks
    /// Proposes blocks as if it had done so when the last one became final.
    case backdatedBlocks
    /// Announces transactions that are not there, gives none that it is asked for, or others, asks
    /// for the same again and again, and passes on what no block can take.
    case falseTransactions
}

/// A message that a faulty validator sends in place of what it should, or unasked.
package struct Sending: Sendable {
    /// What is sent.
    package let message: ReplicaMessage
    /// To whom.
    package var recipients: [Address]
    /// What makes it one that no honest validator would send; nil if one would.
    var misbehaviour: Misbehaviour?
}
