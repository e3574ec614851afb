import Ledger
import Market
import Protocol
import Simulation
import TestKit

/// A ledger of one process: real state, real blocks, no network. Its clock stands until it is set.
struct FakeLedger {
    private var chain: TestChain
    private(set) var now: Timestamp
    /// The blocks so far, as roles are told of them.
    private(set) var updates: [CommittedBlock] = []
    let clock: MarketClock
    /// The last block's header.
    var head: BlockHeader { chain.head.header }
    var state: LedgerState { chain.state }
    private let proposer: Address

    init(genesis: Genesis) throws {
        chain = try TestChain(genesis, scheme: SimulatedScheme())
        now = genesis.timestamp
        clock = genesis.marketClock
        proposer = genesis.validators.members[0]
    }

    mutating func advance(milliseconds: UInt64) {
        now = now.advanced(byMilliseconds: milliseconds)
    }

    /// Signs a call at the account's next nonce and puts it into a block of its own.
    mutating func call(_ contract: Address, _ data: Bytes, by key: SimulatedKey) throws {
        let receipts = include([try chain.transaction(key, to: contract, data)])
        if receipts.isEmpty { throw CallFailure.refused("not admitted") }
        if let reason = receipts[0].revertReason { throw CallFailure.reverted(reason) }
    }

    /// Puts what is admissible of `transactions` into a block; their receipts.
    @discardableResult
    mutating func include(_ transactions: [VerifiedTransaction]) -> [TransactionReceipt] {
        let execution = chain.block(transactions, by: proposer, at: now)
        guard !execution.receipts.isEmpty else { return [] }
        chain.add(execution)
        updates.append(
            CommittedBlock(
                execution, certificate: Certificate(round: 0, seals: []),
                decidedBy: state.validators()))
        return execution.receipts
    }
}
