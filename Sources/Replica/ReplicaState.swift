import Consensus
public import Ledger
public import Protocol

/// A whole node without its I/O: agreement, ledger, pool, gossip and catching up.
///
/// Hand in what happens, perform the effects in their order. Everything from peers may be wrong,
/// late, repeated or hostile.
///
///     var replica = ReplicaState(configuration, from: resumption, at: now)
///     for effect in replica.handle(.received(message, from: peer), at: now) { perform(effect) }
public struct ReplicaState: Sendable {
    /// Who the replica is.
    public let configuration: ReplicaConfiguration
    /// What signatures on this chain cover.
    public let domain: SigningDomain
    /// Whether this node has a key by which it could vote.
    let hasKey: Bool
    /// Whether this validator takes part in agreement now.
    public internal(set) var isParticipating = false
    /// Whether it stands still: a quorum's block does not execute here, or the next one's rules are not
    /// known.
    public internal(set) var isHalted = false
    /// Whether what happened last brought something that was lacking here: a final block, a vote, a
    /// transaction. What a peer says otherwise has cost time for nothing.
    public internal(set) var wasOfUse = false

    /// How long this validator waits after a block at least before it proposes the next one, in
    /// milliseconds, as its machine can keep up; from the next height on.
    public var leastPause: UInt64 {
        get { chain.leastPause }
        set { chain.leastPause = newValue }
    }

    var chain: LocalChain
    var agreement: ConsensusInstance?
    var votes: VotingMemory
    var synchronizer: Synchronizer
    var gossip: ConsensusGossip
    var transactions: TransactionGossip
    var requests = TransactionRequests()
    var early = EarlySubmissions()
    /// What this node had taken from its users before it was started, until it begins.
    private var submissions: [KeptSubmission]
    /// How often validators were asked for a block that has a quorum of commits.
    var fetches = 0
    /// The height at the last sweep, or at the start.
    var sweptHeight: UInt64

    var now = Timestamp.zero
    var effects: [Effect] = []

    public init(
        _ configuration: ReplicaConfiguration, from resumption: Resumption, at now: Timestamp
    ) {
        let stored = resumption.chain
        self.configuration = configuration
        self.now = now
        votes = VotingMemory(resumption)
        sweptHeight = stored.head.block.number
        chain = LocalChain(stored, pool: Mempool(limits: configuration.poolLimits))
        let parameters = ConsensusParameters(
            genesis: stored.state.parameters, genesisHash: stored.genesisHash)
        domain = parameters.domain
        hasKey = configuration.signer != nil
        synchronizer = Synchronizer(configuration, domain: parameters.domain)
        gossip = ConsensusGossip(
            configuration, domain: parameters.domain,
            rebroadcastDelay: parameters.roundTimeout / 5)
        transactions = TransactionGossip(interval: configuration.gossipInterval)
        submissions = stored.submissions
        guard let signer = configuration.signer else { return }
        agreement = ConsensusInstance(
            parameters: parameters, signer: signer, scheme: configuration.scheme,
            context: chain.nextContext, records: stored.records, at: now)
    }

    /// Begins; to be called once, before any event.
    public mutating func start(at now: Timestamp) -> [Effect] {
        self.now = now
        guard knowsNextRules() else { return takeEffects() }
        setTimer(.sweep, after: configuration.sweepInterval)
        restore(submissions)
        submissions = []
        finishStep()
        return takeEffects()
    }

    /// Takes what has happened and tells what to do about it, in order.
    public mutating func handle(_ event: Event, at now: Timestamp) -> [Effect] {
        guard !isHalted else { return [] }
        wasOfUse = false
        if now < self.now {
            gossip.clockWentBack(to: now)
            transactions.clockWentBack(to: now)
            requests.clockWentBack(to: now)
            early.clockWentBack(to: now)
            synchronizer.clockWentBack(to: now)
        }
        self.now = now
        synchronizer.noteQuestionsAreOut(at: now)
        switch event {
        case .connected(let peer): connected(peer)
        case .disconnected(let peer): disconnected(peer)
        case .received(let message, let peer): received(message, from: peer)
        case .submitted(let transaction, let request): submitted(transaction, request)
        case .timer(let timer): expired(timer)
        }
        finishStep()
        return takeEffects()
    }

    /// Draws the consequences of whatever has changed.
    private mutating func finishStep() {
        reviewHeads()
        reviewVotingRight()
        reviewParticipation()
        continueCatchUp()
        passTransactionsOn()
    }

    private mutating func takeEffects() -> [Effect] {
        defer { effects = [] }
        return effects
    }
}

// What others may read.

extension ReplicaState {
    /// The last final block.
    public var head: FinalBlock { chain.head }
    /// The state after it.
    public var state: LedgerState { chain.state }
    /// The transactions that wait.
    public var pool: Mempool { chain.pool }
    /// What users of this node have submitted and is in the pool, in the order in which it came.
    public var ownSubmissions: [KeptSubmission] {
        chain.pool.own().map { KeptSubmission(transaction: $0.transaction, received: $0.received) }
    }
    /// The validators that decide on the next block.
    public var validators: ValidatorSet { chain.validators }
    /// The connected peers in ascending order, each with the head that it told of last.
    public var peerHeads: [(peer: Address, head: ChainHead?)] { synchronizer.heads }
    /// Whether this validator may vote.
    public var votingRight: VotingRight { votes.right }
    /// The round that this validator is in; nil for a node without a key.
    public var round: UInt32? { agreement?.round }
    /// Where this validator stands in its agreement; nil for a node without a key, and while there
    /// is nothing to agree on.
    public var agreementStatus: ConsensusStatus? {
        agreement.flatMap { $0.isIdle ? nil : $0.status }
    }

    /// When this validator gives the current round up; nil while no clock runs.
    public var roundDeadline: Timestamp? { agreement?.roundDeadline }

    /// The highest head that a peer has told of, or its own.
    public var highestKnownHeight: UInt64 {
        max(chain.height, synchronizer.highestHeight)
    }
}

// Dispatch.

extension ReplicaState {
    private mutating func received(_ message: ReplicaMessage, from peer: Address) {
        guard synchronizer.isConnected(peer) else { return }
        switch message {
        case .head(let certified): receivedHead(certified, from: peer)
        case .consensus(let message): receivedConsensus(message, from: peer)
        case .consensusStatus(let status): receivedStatus(status, from: peer)
        case .finalBlock(let final): receivedFinalBlock(final, from: peer)
        case .transactions(let transactions): receivedTransactions(transactions, from: peer)
        case .transactionsAnnounced(let hashes): receivedAnnouncement(of: hashes, from: peer)
        case .transactionsRequest(let number, let hashes):
            receivedTransactionsRequest(number, for: hashes, from: peer)
        case .transactionsAnswer(let number, let transactions):
            receivedTransactionsAnswer(number, with: transactions, from: peer)
        case .blocksRequest(let from, let count):
            receivedBlocksRequest(from: from, count: count, from: peer)
        case .blocks(let blocks): receivedBlocks(blocks, from: peer)
        case .proposalRequest(let height, let hash):
            receivedProposalRequest(ChainHead(height: height, hash: hash), from: peer)
        case .proposalBlock(let block): receivedProposalBlock(block, from: peer)
        }
    }

    private mutating func expired(_ timer: ReplicaTimer) {
        switch timer {
        case .consensus(let timer): runAgreement(.timerExpired(timer))
        case .requestTimeout(let number): requestTimedOut(number)
        case .catchUp: synchronizer.woke()
        case .gossip: transactions.flushDue()
        case .repetition: repeatTransactions()
        case .transactionsTimeout: giveUpTransactionRequests()
        case .earlySubmission: refuseEarlySubmissions()
        case .rebroadcast: rebroadcastDue()
        case .sweep: sweep()
        }
    }

    func isValidator(_ address: Address) -> Bool { chain.validators.contains(address) }

    /// From where it looks at its peers now.
    var standpoint: Standpoint {
        Standpoint(now: now, height: chain.height, validators: chain.validators)
    }

    mutating func send(_ message: ReplicaMessage, to recipients: [Address]) {
        guard !recipients.isEmpty else { return }
        effects.append(.send(message, to: recipients))
    }

    mutating func setTimer(_ timer: ReplicaTimer, after milliseconds: UInt64) {
        effects.append(.setTimer(timer, at: now.advanced(byMilliseconds: milliseconds)))
    }

    mutating func report(_ observation: Observation) {
        effects.append(.report(observation))
    }
}
