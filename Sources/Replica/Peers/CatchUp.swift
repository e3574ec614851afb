import Protocol

/// Where a replica is with asking for blocks that it lacks.
struct CatchUp: Sendable {
    /// A question that a peer has not answered yet.
    struct Request: Sendable {
        let number: UInt64
        let peer: Address
        /// The first height asked for.
        let from: UInt64
        /// How long the answer may take, in milliseconds.
        let timeout: UInt64
        /// When it had been sent for certain; nil if blocks are stored before it goes out, which
        /// takes its time.
        var sentAt: Timestamp?
    }

    /// The open question; there is one at a time.
    var request: Request?
    /// How many have been asked.
    var asked: UInt64 = 0
    /// When the timer goes off that was set last; nil if none runs.
    var wakeAt: Timestamp?
}
