/// A place in the ledger: a block, and the number of a transaction or an event in it.
package struct LedgerPosition: Hashable, Sendable {
    /// The block's height.
    package let block: UInt64
    /// The number within it.
    package let index: UInt64

    package init(block: UInt64, index: UInt64) {
        self.block = block
        self.index = index
    }
}
