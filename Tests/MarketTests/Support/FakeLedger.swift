import Ledger
import Market
import Protocol
import Simulation

/// A ledger of one process: real state, real blocks, no network. Its clock stands until it is set.
struct FakeLedger {
    private(set) var state: LedgerState
    private(set) var headBlock: Block
    private(set) var now: Timestamp
    /// The blocks so far, as roles are told of them.
    private(set) var updates: [CommittedBlock] = []
    let clock: MarketClock
    /// The last block's header.
    var head: BlockHeader { headBlock.header }
    private let proposer: Address

    init(genesis: Genesis) throws {
        let (block, state) = try GenesisBlock.make(genesis, scheme: SimulatedScheme())
        self.state = state
        headBlock = block
        now = genesis.timestamp
        clock = genesis.marketClock
        proposer = genesis.validators.members[0]
    }

    mutating func advance(milliseconds: UInt64) {
        now = now.advanced(byMilliseconds: milliseconds)
    }

    /// Signs a call at the account's next nonce and puts it into a block of its own.
    mutating func call(_ contract: Address, _ data: Bytes, by key: SimulatedKey) throws {
        let transaction = Transaction(
            chainID: state.parameters.chainID, nonce: state.account(key.address).nonce,
            to: contract, data: data)
        let signature = key.sign(transaction.signingHash)
        let verified = try VerifiedTransaction(
            SignedTransaction(transaction: transaction, signature: signature),
            scheme: SimulatedScheme())
        let receipts = include([verified])
        if receipts.isEmpty { throw CallFailure.refused("not admitted") }
        if let reason = receipts[0].revertReason { throw CallFailure.reverted(reason) }
    }

    /// Puts what is admissible of `transactions` into a block; their receipts.
    @discardableResult
    mutating func include(_ transactions: [VerifiedTransaction]) -> [TransactionReceipt] {
        let execution = state.build(
            on: headBlock, at: now, proposer: proposer, candidates: transactions)
        guard !execution.receipts.isEmpty else { return [] }
        state = execution.state
        headBlock = execution.block
        updates.append(
            CommittedBlock(
                execution, certificate: Certificate(round: 0, seals: []),
                decidedBy: state.validators()))
        return execution.receipts
    }
}
