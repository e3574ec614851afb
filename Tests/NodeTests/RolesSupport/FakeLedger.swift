import Ledger
import Protocol
import Synchronization

@testable import Node

/// A ledger of one process: real state, real blocks, no network. Its clock stands until it is set.
final class FakeLedger: Sendable {
    struct Content {
        var state: LedgerState
        var head: BlockHeader
        var now: Timestamp
        var blocks: [CommittedBlock] = []
        var finals: [Hash32: FinalTransaction] = [:]
    }

    let content: Mutex<Content>
    let clock: MarketClock
    let proposer: Address

    init(genesis: Genesis) throws {
        let (block, state) = try GenesisBlock.make(genesis)
        content = Mutex(Content(state: state, head: block.header, now: genesis.timestamp))
        clock = genesis.marketClock
        proposer = genesis.validators.members[0]
    }

    var state: LedgerState { content.withLock { $0.state } }
    var now: Timestamp { content.withLock { $0.now } }
    var blocks: [CommittedBlock] { content.withLock { $0.blocks } }

    func advance(milliseconds: UInt64) {
        content.withLock { $0.now = $0.now.advanced(byMilliseconds: milliseconds) }
    }

    /// Signs a call at the account's next nonce and puts it into a block of its own.
    func call(
        _ contract: Address, _ data: Bytes, by key: PrivateKey
    ) throws(CallFailure) -> FinalTransaction {
        let final = content.withLock { content -> FinalTransaction? in
            let nonce = content.state.account(key.address).nonce
            let transaction = Transaction(
                chainID: content.state.parameters.chainID, nonce: nonce, to: contract, data: data)
            let signature = key.sign(transaction.signingHash)
            let signed = SignedTransaction(transaction: transaction, signature: signature)
            guard let verified = try? VerifiedTransaction(signed) else { return nil }
            return Self.include([verified], in: &content, proposer: proposer).last
        }
        guard let final else { throw .refused("not admitted") }
        if let reason = final.receipt.revertReason { throw .reverted(reason) }
        return final
    }

    /// Puts what is admissible of `transactions` into a block.
    func include(_ transactions: [VerifiedTransaction]) {
        content.withLock { _ = Self.include(transactions, in: &$0, proposer: proposer) }
    }

    private static func include(
        _ transactions: [VerifiedTransaction], in content: inout Content, proposer: Address
    ) -> [FinalTransaction] {
        let execution = content.state.build(
            on: Block(header: content.head, transactions: []), at: content.now,
            proposer: proposer, candidates: transactions)
        guard !execution.receipts.isEmpty else { return [] }
        let block = CommittedBlock(
            execution, certificate: Certificate(round: 0, seals: []),
            decidedBy: content.state.validators())
        content.state = block.state
        content.head = block.header
        content.blocks.append(block)
        for final in block.transactions { content.finals[final.hash] = final }
        return block.transactions
    }
}
