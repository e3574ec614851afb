public import Protocol

/// The block that a call runs in.
public struct BlockContext: Hashable, Sendable {
    /// The block's height.
    public let number: UInt64
    /// The block's time on the ledger's clock.
    public let timestamp: Timestamp
    /// The validator that first proposed it.
    public let proposer: Address

    public init(number: UInt64, timestamp: Timestamp, proposer: Address) {
        self.number = number
        self.timestamp = timestamp
        self.proposer = proposer
    }
}
