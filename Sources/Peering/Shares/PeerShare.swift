package import Protocol

/// What one peer may cost this node, whatever it sends.
package struct PeerShare: Sendable, Hashable {
    /// How much of a core it may take in the long run, in percent.
    package var percent: Int
    /// How much of a core's time it may be ahead of that.
    package var burst: Duration
    /// How many bytes of its frames may be here at a time, from their first byte until they have been
    /// dealt with; a frame that is longer has the room to itself.
    package var bytes: Int
    /// As how much work counts what was of no use.
    package var uselessWeight: Int

    package init(percent: Int, burst: Duration, bytes: Int, uselessWeight: Int) {
        self.percent = percent
        self.burst = burst
        self.bytes = bytes
        self.uselessWeight = uselessWeight
    }

    /// The share of a member's node. Of a validator's blocks, votes and transactions everyone lives: it gets ten times as much for
    /// what is of use, and as little for the rest.
    package static func usual(of role: MemberRole?) -> PeerShare {
        let isValidator = role == .validator
        return PeerShare(
            percent: isValidator ? 50 : Self.percent, burst: .milliseconds(250),
            bytes: Limits.blockBytes + (128 << 10), uselessWeight: isValidator ? 10 : 1)
    }

    #if DEBUG
        // Unoptimised, the same work takes several times as long.
        private static let percent = 20
    #else
        private static let percent = 5
    #endif
}
