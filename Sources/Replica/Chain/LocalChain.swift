import Consensus
import Ledger
import Protocol

/// The last final block, the state after it, and the pool: what agreement asks about.
///
/// Each block is executed once, whether it is built, validated, or both, before it becomes final.
struct LocalChain: Sendable {
    private(set) var head: FinalBlock
    /// The validators that decided on the head.
    private(set) var headDecidedBy: ValidatorSet
    private(set) var state: LedgerState
    /// The validators that decide on the next block.
    private(set) var validators: ValidatorSet
    private(set) var pool: Mempool
    /// How soon the next block may follow.
    private var pace: BlockPace
    /// The shortest pause before the next block that this machine can keep up with, in milliseconds.
    var leastPause: UInt64 = 0
    private var executions: [Hash32: Execution] = [:]

    /// How many executions are kept at most; there is one a round.
    private static let keptExecutions = 16

    init(_ stored: StoredChain, pool: Mempool) {
        head = stored.head
        headDecidedBy = stored.headDecidedBy
        state = stored.state
        validators = stored.state.validators()
        pace = BlockPace(after: stored.recentBlocks)
        self.pool = pool
    }

    var height: UInt64 { head.block.number }

    /// The head's height and hash.
    var announcement: ChainHead { ChainHead(height: height, hash: head.block.hash) }

    /// The head as peers are told of it, with the proof.
    var certifiedHead: CertifiedHead {
        CertifiedHead(head: announcement, certificate: head.certificate)
    }

    /// What the next height's agreement depends on.
    var nextContext: HeightContext {
        HeightContext(
            after: head.block, decidedBy: headDecidedBy, validators: validators,
            pause: max(pace.pause, leastPause), leastPause: leastPause)
    }

    /// The block `hash` of the next height, if it was built or validated here.
    func candidate(_ hash: Hash32) -> Block? { executions[hash]?.block }

    /// What becomes of `block` on the head.
    mutating func execution(of block: Block) throws(BlockError) -> Execution {
        if let known = executions[block.hash] { return known }
        let execution = try state.execute(block, on: head.block)
        keep(execution)
        return execution
    }

    /// Makes the block that was executed the head. Returns what the store needs, and what changed in
    /// the pool.
    mutating func append(
        _ execution: Execution, certificate: Certificate, at now: Timestamp
    ) -> (committed: CommittedBlock, change: Mempool.Change) {
        let committed = CommittedBlock(
            execution, certificate: certificate, decidedBy: validators)
        head = committed.final
        pace.note(BlockMark(head))
        headDecidedBy = validators
        state = committed.state
        validators = committed.nextValidators
        executions = [:]
        return (committed, pool.advance(over: head.block, state: state, at: now))
    }

    /// Takes `transaction` into the pool, or throws why the pool does not. Returns what could be in
    /// the next block now and could not before.
    mutating func admit(
        _ transaction: VerifiedTransaction, isOwn: Bool, at now: Timestamp
    ) throws(PoolRejection) -> [VerifiedTransaction] {
        try pool.admit(transaction, isOwn: isOwn, state: state, at: now)
    }

    /// Takes a user's transaction back into the pool, as ``Mempool/restore(_:received:state:at:)``.
    mutating func restore(
        _ submission: KeptSubmission, at now: Timestamp
    ) -> [VerifiedTransaction] {
        pool.restore(
            submission.transaction, received: submission.received, state: state, at: now)
    }

    /// Notes that a user of this node submitted the transaction `hash` too. Whether that is new.
    mutating func adopt(_ hash: Hash32) -> Bool { pool.adopt(hash) }

    /// The nonce that `sender`'s next transaction should have, those in the pool counted.
    func nextNonce(of sender: Address) -> UInt64 {
        pool.nextNonce(of: sender) ?? state.account(sender).nonce
    }

    /// Forgets what has waited in the pool for too long.
    mutating func expirePool(at now: Timestamp) -> Mempool.Change { pool.expire(at: now) }

    private mutating func keep(_ execution: Execution) {
        if executions.count >= Self.keptExecutions { executions = [:] }
        executions[execution.block.hash] = execution
    }
}

extension LocalChain: Application {
    var hasWork: Bool { pool.hasReady }

    var hasUrgentWork: Bool { pool.hasReady(of: pace.isFavoured) }

    mutating func buildBlock(at timestamp: Timestamp, proposer: Address) -> Block? {
        let execution = state.build(
            on: head.block, at: timestamp, proposer: proposer,
            candidates: pool.candidates(atMost: 2 * Limits.blockTransactions))
        keep(execution)
        if execution.block.transactions.isEmpty {
            pool.dropInadmissible(state: state, at: timestamp)
        }
        return execution.block
    }

    mutating func validate(_ block: Block, at now: Timestamp) -> BlockRefusal? {
        let latest = now.advanced(byMilliseconds: Limits.futureMilliseconds)
        guard block.header.timestamp <= latest else {
            return BlockRefusal("its time lies in the future")
        }
        do {
            _ = try execution(of: block)
            return nil
        } catch {
            return BlockRefusal("\(error)")
        }
    }
}
