package import Ledger
package import Protocol

/// A chain without nodes, to which a test adds one block after the other.
package struct TestChain: Sendable {
    package let genesis: Genesis
    package let scheme: any SignatureScheme
    package private(set) var head: Block
    /// The state after ``head``, or whatever the test puts in its place.
    package var state: LedgerState

    package init(
        _ genesis: Genesis, scheme: any SignatureScheme = PlainScheme(),
        rules: RuleBook = .released
    ) throws {
        self.genesis = genesis
        self.scheme = scheme
        (head, state) = try GenesisBlock.make(genesis, scheme: scheme, rules: rules)
    }

    /// A transaction of `sender`, whose nonce is its next unless given.
    package func transaction(
        _ sender: any Signer, to target: Address?, _ data: Bytes, nonce: UInt64? = nil,
        _ change: (inout Transaction) -> Void = { _ in }
    ) throws -> VerifiedTransaction {
        var transaction = Transaction(
            chainID: genesis.chainID, nonce: nonce ?? state.account(sender.address).nonce,
            to: target, data: data)
        change(&transaction)
        return try VerifiedTransaction(transaction.signed(by: sender), scheme: scheme)
    }

    /// A block of what is admissible of `transactions` on the head, a second later unless it is
    /// said when.
    package func block(
        _ transactions: [VerifiedTransaction] = [], by proposer: Address, at time: Timestamp? = nil
    ) -> Execution {
        state.build(
            on: head, at: time ?? head.header.timestamp.advanced(byMilliseconds: 1_000),
            proposer: proposer, candidates: transactions)
    }

    /// Makes the block of `execution` the head.
    package mutating func add(_ execution: Execution) {
        head = execution.block
        state = execution.state
    }

    /// What makes `block` final: the seals of `sealers`.
    package func certificate(
        of block: Block, by sealers: [any Signer], round: UInt32 = 0
    ) -> Certificate {
        let digest = state.domain.commitDigest(
            height: block.number, round: round, block: block.hash)
        return Certificate(round: round, seals: sealers.map { $0.sign(digest) })
    }
}
