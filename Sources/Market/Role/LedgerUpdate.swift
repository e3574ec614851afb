package import Ledger
package import Protocol

/// A block that has become final, as roles are told of it.
package struct LedgerUpdate: Sendable {
    /// The block's header.
    package let header: BlockHeader
    /// What became of its transactions, in order.
    package let receipts: [TransactionReceipt]
    /// The state after it.
    package let state: LedgerState

    package init(header: BlockHeader, receipts: [TransactionReceipt], state: LedgerState) {
        self.header = header
        self.receipts = receipts
        self.state = state
    }

    /// The offers and trades that it changed, in order of their ids.
    var changedTrades: [OfferID] {
        let ids = receipts.flatMap(\.logs).compactMap { MarketEvent($0)?.id }
        return Set(ids).sorted()
    }

    /// What it did with tokens.
    var tokenEvents: [TokenEvent] { receipts.flatMap(\.logs).compactMap { TokenEvent($0) } }

    /// The members that it registered or changed, in order.
    var changedMembers: [Address] {
        receipts.flatMap(\.logs).compactMap { log in
            switch CommunityEvent(log) {
            case .memberRegistered(let account, _, _, _, _)?: account
            case .memberSuspended(let account)?, .memberReinstated(let account)?: account
            case nil: nil
            }
        }
    }
}
