import Protocol

/// What a pool takes.
public struct PoolLimits: Hashable, Sendable {
    /// The most transactions.
    public var transactions = Limits.poolTransactions
    /// The most bytes.
    public var bytes = Limits.poolBytes
    /// A sender's share is one part in so many of the room that is free, in number and in bytes.
    /// Alone it gets a ninth of the pool; with many others less, and each newcomer finds room.
    public var share = Limits.poolShare
    /// How many nonces may be missing before a transaction that waits for its predecessors, and how
    /// many of one sender may wait so.
    public var nonceGap = Limits.poolNonceGap
    /// How long a transaction waits for its predecessors, in milliseconds.
    public var gapLifetime = Limits.poolGapLifetime
    /// How long a transaction stays, in milliseconds.
    public var lifetime = Limits.poolLifetime
    /// How many transactions a sender may submit at once after a pause.
    public var burst: UInt64 = 256
    /// How many transactions a second a sender may go on submitting.
    public var perSecond: UInt64 = 128

    public init() {}
}
