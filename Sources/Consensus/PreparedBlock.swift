public import Protocol

/// A block that a quorum has prepared, and the proof of it.
public struct PreparedBlock: Hashable, Sendable {
    /// The round in which it was prepared.
    public let round: UInt32
    /// The block.
    public let block: Block
    /// A quorum of prepares of distinct validators for exactly that round and block.
    public let prepares: [Prepare]

    public init(round: UInt32, block: Block, prepares: [Prepare]) {
        self.round = round
        self.block = block
        self.prepares = prepares
    }

    /// What a round change says of it.
    public var claim: PreparedClaim { PreparedClaim(round: round, digest: block.hash) }
}
