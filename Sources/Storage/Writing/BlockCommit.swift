public import Ledger
public import Protocol

/// A final block with everything that its execution came to: what one commit stores.
public struct BlockCommit: Sendable {
    /// The block and its certificate.
    public let final: FinalBlock
    /// The receipts of its transactions, in order.
    public let receipts: [TransactionReceipt]
    /// What it changed in the state.
    public let changes: [StateEntry]
    /// The state after it.
    public let state: LedgerState

    /// Puts a commit together.
    public init(
        final: FinalBlock, receipts: [TransactionReceipt], changes: [StateEntry],
        state: LedgerState
    ) {
        self.final = final
        self.receipts = receipts
        self.changes = changes
        self.state = state
    }
}
