public import Protocol

/// A final block with everything that comes of it, as it goes from the replica to the store and to
/// everyone who follows the chain.
///
/// It is made once, when the block becomes final, and passed on as it is: the store writes it, the
/// node's role finds its own transactions in it, and the API tells its listeners of it.
public struct CommittedBlock: Sendable {
    /// The block and its certificate.
    public let final: FinalBlock
    /// What became of each of its transactions, in order.
    public let receipts: [TransactionReceipt]
    /// How the state's entries differ from those before, in ascending order of their keys.
    public let changes: [StateEntry]
    /// The validators that decided on it.
    public let decidedBy: ValidatorSet
    /// The validators that decide on the next one.
    public let nextValidators: ValidatorSet
    /// The state after it.
    public let state: LedgerState
}

extension CommittedBlock {
    /// The block that `execution` came of, which `certificate` makes final.
    public init(_ execution: Execution, certificate: Certificate, decidedBy: ValidatorSet) {
        self.init(
            final: FinalBlock(block: execution.block, certificate: certificate),
            receipts: execution.receipts, changes: execution.changes, decidedBy: decidedBy,
            nextValidators: execution.state.validators(), state: execution.state)
    }

    /// A chain's first block, on which nobody decided: all of its state is new.
    public init(first block: Block, state: LedgerState) {
        let validators = state.validators()
        self.init(
            final: FinalBlock(block: block, certificate: Certificate(round: 0, seals: [])),
            receipts: [], changes: state.entries, decidedBy: validators,
            nextValidators: validators, state: state)
    }

    /// The block's header.
    public var header: BlockHeader { final.block.header }

    /// Safety records of this height and below are of no more use and may be deleted with it.
    public var obsoleteRecordHeight: UInt64 { final.block.number }
}
