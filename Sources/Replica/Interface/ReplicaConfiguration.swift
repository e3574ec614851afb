public import Protocol

/// Who a replica is, and how patient.
public struct ReplicaConfiguration: Sendable {
    /// The member that runs it.
    public var address: Address
    /// The validator's key; nil if the node is none.
    public var signer: (any Signer)?
    /// How signatures are checked.
    public var scheme: any SignatureScheme
    /// What the pool takes.
    public var poolLimits: PoolLimits
    /// How long a peer may take to answer a request for blocks at first, in milliseconds; twice
    /// and four times as long after failures.
    public var requestTimeout: UInt64 = 3_000
    /// How long to wait for a block that a peer announced to come by itself, in milliseconds.
    public var announcementGrace: UInt64 = 100
    /// The shortest time between two batches of transactions to a peer, in milliseconds.
    public var gossipInterval: UInt64 = 10
    /// How often heads and unconfirmed transactions are told again, in milliseconds.
    public var sweepInterval: UInt64 = 5_000

    public init(
        address: Address, signer: (any Signer)? = nil, scheme: any SignatureScheme = Secp256k1(),
        poolLimits: PoolLimits = PoolLimits()
    ) {
        self.address = address
        self.signer = signer
        self.scheme = scheme
        self.poolLimits = poolLimits
    }
}
