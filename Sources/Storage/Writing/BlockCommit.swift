package import Ledger
package import Protocol

/// A final block with everything that its execution came to: what one commit stores.
package struct BlockCommit: Sendable {
    /// The block and its certificate.
    package let final: FinalBlock
    /// The receipts of its transactions, in order.
    package let receipts: [TransactionReceipt]
    /// What it changed in the state.
    package let changes: [StateEntry]
    /// The state after it.
    package let state: LedgerState

    package init(
        final: FinalBlock, receipts: [TransactionReceipt], changes: [StateEntry],
        state: LedgerState
    ) {
        self.final = final
        self.receipts = receipts
        self.changes = changes
        self.state = state
    }
}
