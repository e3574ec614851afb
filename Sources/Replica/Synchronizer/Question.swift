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
    /// When it had been sent for certain; nil if blocks are stored before it goes out, which takes
    /// its time.
    var sentAt: Timestamp?
}
