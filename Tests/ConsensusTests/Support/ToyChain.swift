import Consensus
import Protocol
import TestKit

/// A chain whose blocks do nothing but hold transactions.
struct ToyChain: Application {
    let validators: ValidatorSet
    private(set) var blocks: [FinalBlock]
    private(set) var pool: [VerifiedTransaction] = []
    private var included: Set<Hash32> = []
    /// Blocks that this chain finds invalid, whatever they hold.
    var refused: Set<Hash32> = []
    /// How often a block was checked.
    private(set) var validations = 0

    static let start = Timestamp(milliseconds: 1_000_000)
    static let genesis = Block(
        header: header(parent: .zero, number: 0, timestamp: start, proposer: .zero, []),
        transactions: [])
    static let parameters = ConsensusParameters(
        domain: SigningDomain(chainID: 77, genesisHash: genesis.hash), minimumBlockInterval: 100,
        heartbeat: 60_000, roundTimeout: 1_000)

    init(validators: ValidatorSet) {
        self.validators = validators
        blocks = [
            FinalBlock(block: Self.genesis, certificate: Certificate(round: 0, seals: []))
        ]
    }

    var head: Block { blocks.last?.block ?? Self.genesis }
    var height: UInt64 { head.number }

    var context: HeightContext {
        HeightContext(
            after: head, decidedBy: validators, validators: validators, pause: pause,
            leastPause: leastPause)
    }

    var hasWork: Bool { !pool.isEmpty }
    /// Whether what waits is urgent.
    var hasUrgentWork = false
    /// The pauses before the next block, in milliseconds.
    var (pause, leastPause): (UInt64, UInt64) = (0, 0)

    func contains(_ transaction: VerifiedTransaction) -> Bool {
        included.contains(transaction.hash)
    }

    mutating func submit(_ transaction: VerifiedTransaction) {
        guard !included.contains(transaction.hash), !pool.contains(transaction) else { return }
        pool.append(transaction)
    }

    mutating func dropPool() { pool = [] }

    mutating func buildBlock(at timestamp: Timestamp, proposer: Address) -> Block? {
        Self.block(on: head, at: timestamp, proposer: proposer, pool)
    }

    mutating func validate(_ block: Block, at now: Timestamp) -> BlockRefusal? {
        validations += 1
        let header = block.header
        guard header.parentHash == head.hash, header.number == head.number + 1 else {
            return BlockRefusal("not on the head")
        }
        guard header.timestamp >= head.header.timestamp,
            header.timestamp <= now.advanced(byMilliseconds: Limits.futureMilliseconds)
        else { return BlockRefusal("out of time") }
        guard block.transactions.allSatisfy({ !included.contains($0.hash) }) else {
            return BlockRefusal("a transaction again")
        }
        return refused.contains(block.hash) ? BlockRefusal("refused") : nil
    }

    mutating func apply(_ final: FinalBlock) {
        precondition(final.block.header.parentHash == head.hash, "a final block follows the last")
        blocks.append(final)
        included.formUnion(final.block.transactions.map(\.hash))
        pool.removeAll { included.contains($0.hash) }
    }

    static func block(
        on parent: Block, at timestamp: Timestamp, proposer: Address,
        _ transactions: [VerifiedTransaction]
    ) -> Block {
        Block(
            header: header(
                parent: parent.hash, number: parent.number + 1, timestamp: timestamp,
                proposer: proposer, transactions),
            transactions: transactions)
    }

    private static func header(
        parent: Hash32, number: UInt64, timestamp: Timestamp, proposer: Address,
        _ transactions: [VerifiedTransaction]
    ) -> BlockHeader {
        BlockHeader(
            parentHash: parent, number: number, timestamp: timestamp, proposer: proposer,
            stateRoot: .zero, transactionsRoot: Block.transactionsRoot(of: transactions),
            receiptsRoot: .zero, logsBloom: LogsBloom(), gasUsed: 0, nextValidatorsHash: .zero)
    }

    /// The transaction numbered `number`.
    static func transaction(_ number: UInt64) throws -> VerifiedTransaction {
        let call = Transaction(chainID: 77, nonce: number, to: .zero, data: [])
        let sender = PlainKey(address: Address(reserved: 0xabcd))
        return try VerifiedTransaction(call.signed(by: sender), scheme: PlainScheme())
    }
}
