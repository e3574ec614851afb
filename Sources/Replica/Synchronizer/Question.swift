import Protocol

/// A question for blocks that a peer has not answered yet.
struct Question: Sendable {
    let number: UInt64
    let peer: Address
    /// The first height asked for.
    let from: UInt64
    /// How many blocks are asked for.
    let count: UInt64
    /// How long the answer may take, in milliseconds.
    let timeout: UInt64
    /// From when on its time counts; nil while blocks are stored, which takes its time: an answer would not
    /// be taken before.
    var sentAt: Timestamp?
}
