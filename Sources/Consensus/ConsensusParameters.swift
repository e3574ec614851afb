public import Protocol

/// What all validators of a chain agree on about the pace of its blocks, from the genesis.
public struct ConsensusParameters: Hashable, Sendable {
    /// What every signature covers besides its statement.
    public let domain: SigningDomain
    /// The shortest time between two blocks, in milliseconds.
    public let minimumBlockInterval: UInt64
    /// The age of the last block from which an empty one is allowed in round 0, in milliseconds.
    public let heartbeat: UInt64
    /// How long round 0 lasts, in milliseconds.
    public let roundTimeout: UInt64

    /// How often a validator sends its messages of the current height again, in milliseconds.
    public static let resendInterval: UInt64 = 1_000

    /// Puts the parameters together; times are in milliseconds.
    public init(
        domain: SigningDomain, minimumBlockInterval: UInt64, heartbeat: UInt64,
        roundTimeout: UInt64
    ) {
        self.domain = domain
        self.minimumBlockInterval = minimumBlockInterval
        self.heartbeat = heartbeat
        self.roundTimeout = roundTimeout
    }

    /// The parameters of the chain that begins with `genesis`, whose first block is `genesisHash`.
    public init(genesis: Genesis, genesisHash: Hash32) {
        self.init(
            domain: SigningDomain(chainID: genesis.chainID, genesisHash: genesisHash),
            minimumBlockInterval: genesis.minimumBlockInterval, heartbeat: genesis.heartbeat,
            roundTimeout: genesis.roundTimeout)
    }

    /// How long `round` lasts, in milliseconds: each twice as long as the one before, up to
    /// ``Limits/roundMilliseconds``.
    public func duration(ofRound round: UInt32) -> UInt64 {
        let first = max(roundTimeout, 1)
        guard round < 32 else { return Limits.roundMilliseconds }
        let (product, overflow) = first.multipliedReportingOverflow(by: 1 << UInt64(round))
        return overflow ? Limits.roundMilliseconds : min(product, Limits.roundMilliseconds)
    }
}
