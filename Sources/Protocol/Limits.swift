/// Every maximum of the protocol, in one place.
public enum Limits {
    /// How deep RLP lists may lie in each other.
    public static let rlpDepth = 16
    /// The longest encoded transaction, in bytes.
    public static let transactionBytes = 32 * 1024
    /// The most transactions in one block.
    public static let blockTransactions = 2_000
    /// The most gas that a block's transactions may use together: as many transfers of tokens fit as transactions may.
    public static let blockGas: UInt64 = 124_000_000
    /// The longest encoded block, in bytes.
    public static let blockBytes = 4 * 1024 * 1024
    /// The longest message between nodes, in bytes.
    public static let messageBytes = 16 * 1024 * 1024
    /// How many transactions one message between nodes may carry.
    public static let gossipTransactions = 500
    /// So many bytes of transactions fill such a message: it takes no further one then.
    public static let gossipBytes = 256 * 1024
    /// How many hashes of transactions one announcement may carry.
    public static let announcedTransactions = 1_024
    /// How many transactions one request may ask for.
    public static let requestedTransactions = 256
    /// How many blocks one answer to a node that catches up may carry.
    public static let syncBlocks: UInt64 = 128
    /// The most bytes of blocks in one such answer, unless its first block alone has more.
    public static let syncBytes = 1024 * 1024
    /// The most validators.
    public static let validators = 100
    /// How far ahead of its clock a node accepts a block's time, in milliseconds.
    public static let futureMilliseconds: UInt64 = 5_000
    /// How far behind its clock a node accepts a block's time that is proposed for the first time,
    /// in milliseconds; as far as the round has lasted, if that may be longer.
    public static let pastMilliseconds: UInt64 = 5_000
    /// The most transactions in a pool.
    public static let poolTransactions = 5_000
    /// The most bytes in a pool.
    public static let poolBytes = 32 * 1024 * 1024
    /// One sender may have no more waiting than one part in so many of the room that is free.
    public static let poolShare = 8
    /// How many nonces may be missing before a transaction that waits for its predecessors, and how
    /// many of one sender may wait so.
    public static let poolNonceGap: UInt64 = 32
    /// How long a transaction waits for its predecessors in the pool, in milliseconds.
    public static let poolGapLifetime: UInt64 = 30_000
    /// How long a transaction stays in the pool, in milliseconds.
    public static let poolLifetime: UInt64 = 3 * 3_600 * 1_000
    /// How many heights ahead consensus messages are kept.
    public static let futureHeights: UInt64 = 10
    /// How many consensus messages of future heights are kept.
    public static let futureMessages = 1_000
    /// How many rounds ahead of its own a validator keeps messages.
    public static let futureRounds: UInt32 = 16
    /// The longest a round lasts, in milliseconds.
    public static let roundMilliseconds: UInt64 = 30_000
    /// How many peers' addresses one message may carry.
    public static let peerAddresses = 256
    /// The longest text of a name, reference or reason, in bytes.
    public static let textBytes = 256
}
