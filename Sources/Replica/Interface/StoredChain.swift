public import Consensus
public import Ledger
public import Protocol

/// What a replica begins from: everything that the store holds and it needs.
public struct StoredChain: Sendable {
    /// The hash of the chain's first block.
    public var genesisHash: Hash32
    /// The last final block.
    public var head: FinalBlock
    /// The validators that decided on it; for the first block the first validators.
    public var headDecidedBy: ValidatorSet
    /// The state after it.
    public var state: LedgerState
    /// The stored safety records, in the order in which they were stored.
    public var records: [SafetyRecord]
    /// What was stored last of the voting right; nil if nothing ever was.
    public var votingRight: VotingRight?

    public init(
        genesisHash: Hash32, head: FinalBlock, headDecidedBy: ValidatorSet, state: LedgerState,
        records: [SafetyRecord], votingRight: VotingRight? = nil
    ) {
        self.genesisHash = genesisHash
        self.head = head
        self.headDecidedBy = headDecidedBy
        self.state = state
        self.records = records
        self.votingRight = votingRight
    }

    /// The chain with what a validator has said as the store's bytes have it. Throws if they cannot
    /// be read: who does not know what it has said must not speak.
    public init(
        genesisHash: Hash32, head: FinalBlock, headDecidedBy: ValidatorSet, state: LedgerState,
        encodedRecords: [Bytes], encodedVotingRight: Bytes?, scheme: any SignatureScheme
    ) throws(MalformedBytes) {
        var records: [SafetyRecord] = []
        for record in encodedRecords {
            records.append(try SafetyRecord(decoding: record, scheme: scheme))
        }
        var votingRight: VotingRight?
        if let encodedVotingRight { votingRight = try VotingRight(decoding: encodedVotingRight) }
        self.init(
            genesisHash: genesisHash, head: head, headDecidedBy: headDecidedBy, state: state,
            records: records, votingRight: votingRight)
    }

    /// The chain that begins with `genesis`, in a directory in which nothing else was ever stored.
    /// Meters' signatures will be checked by `scheme`.
    public init(
        genesis: Genesis, scheme: any SignatureScheme = Secp256k1()
    ) throws(GenesisError) {
        let (block, state) = try GenesisBlock.make(genesis, scheme: scheme)
        self.init(
            genesisHash: block.hash,
            head: FinalBlock(block: block, certificate: Certificate(round: 0, seals: [])),
            headDecidedBy: genesis.validators, state: state, records: [])
    }
}
