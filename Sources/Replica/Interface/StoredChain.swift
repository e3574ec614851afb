public import Consensus
public import Ledger
public import Protocol

/// A transaction that a user of this node has submitted and the pool has taken.
public struct KeptSubmission: Hashable, Sendable {
    /// The transaction.
    public let transaction: VerifiedTransaction
    /// When it was taken.
    public let received: Timestamp

    public init(transaction: VerifiedTransaction, received: Timestamp) {
        self.transaction = transaction
        self.received = received
    }
}

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
    /// What was kept of users' submissions, in the order in which they were taken; among them may be
    /// what is final or overtaken by now.
    public var submissions: [KeptSubmission] = []
    /// What the last blocks have taken, the oldest first: ``BlockPace/remembered`` of them or all
    /// that there are.
    public var recentBlocks: [BlockMark] = []

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
        genesis: Genesis, scheme: any SignatureScheme = Secp256k1(), rules: RuleBook = .released
    ) throws(GenesisError) {
        let (block, state) = try GenesisBlock.make(genesis, scheme: scheme, rules: rules)
        self.init(
            genesisHash: block.hash,
            head: FinalBlock(block: block, certificate: Certificate(round: 0, seals: [])),
            headDecidedBy: genesis.validators, state: state, records: [])
    }
}
