import Protocol

/// What a pool takes.
public struct PoolLimits: Hashable, Sendable {
    /// The most transactions.
    public var transactions = Limits.poolTransactions
    /// The most bytes.
    public var bytes = Limits.poolBytes
    /// The most transactions of one sender.
    public var perSender = Limits.poolPerSender
    /// How far ahead of the account's nonce a transaction's may be.
    public var nonceGap = Limits.poolNonceGap
    /// How long a transaction stays, in milliseconds.
    public var lifetime = Limits.poolLifetime
    /// How many transactions a sender may submit at once after a pause.
    public var burst: UInt64 = 256
    /// How many transactions a second a sender may go on submitting.
    public var perSecond: UInt64 = 128

    public init() {}
}
