import Ledger
import Protocol

// What a role looks for in a final block.
extension CommittedBlock {
    /// The offers and trades that it changed, in order of their ids.
    var changedTrades: [OfferID] {
        let ids = receipts.flatMap(\.logs).compactMap { MarketEvent($0)?.id }
        return Set(ids).sorted()
    }

    var tokenEvents: [TokenEvent] { receipts.flatMap(\.logs).compactMap { TokenEvent($0) } }

    /// Whether it lets the member be one again.
    func reinstates(_ account: Address) -> Bool {
        receipts.flatMap(\.logs).contains {
            CommunityEvent($0) == .memberReinstated(account: account)
        }
    }

    /// The members that it registered or changed, in order.
    var changedMembers: [Address] {
        receipts.flatMap(\.logs).compactMap { log in
            switch CommunityEvent(log) {
            case .memberRegistered(let account, _, _, _, _)?: account
            case .memberSuspended(let account)?, .memberReinstated(let account)?: account
            case .tradeEndedBySuspension?, nil: nil
            }
        }
    }
}

extension LedgerState {
    /// The first aggregator that it knows; looks at the members up to it.
    var firstAggregator: Address? {
        (0..<memberCount).lazy.flatMap { members(from: $0, count: 1) }
            .first { $0.role == .aggregator }?.account
    }
}
