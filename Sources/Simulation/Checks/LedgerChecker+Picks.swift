import Ledger
import Protocol

/// What a buyer has waiting for its delivery, and what it has ever taken.
struct PickCount: Sendable {
    private(set) var waiting: Set<OfferID> = []
    private(set) var taken = 0

    /// Counts what a block has made of a trade that is or was the buyer's.
    mutating func note(_ trade: Trade, of buyer: Address, after earlier: Trade?) {
        if trade.buyer == buyer, trade.status == .picked || trade.status == .paid {
            waiting.insert(trade.offer.id)
        } else {
            waiting.remove(trade.offer.id)
        }
        guard trade.status == .settled, earlier?.status != .settled,
            let imported = trade.imported?.value, imported > 0
        else { return }
        // What was for the buyer alone shows nothing.
        guard trade.offer.recipient == nil else { return }
        if 2 * imported >= trade.exported?.value ?? 0 { taken += 1 }
    }
}

extension LedgerChecker {
    /// Nobody has more picks waiting for their delivery than the first few and one for each delivery that
    /// it ever took, and nobody picks what is for another. (Silence takes them back: that is the ledger's own tests' to see.)
    mutating func checkPicks(
        _ trades: [OfferID], in committed: CommittedBlock, _ before: LedgerState,
        _ after: LedgerState
    ) -> String? {
        guard let rules = try? after.rules(at: committed.header.number) else { return nil }
        for id in trades {
            let earlier = before.trade(id)
            guard let trade = after.trade(id) else { continue }
            for buyer in Set([earlier?.buyer, trade.buyer].compactMap(\.self)) {
                picks[buyer, default: PickCount()].note(trade, of: buyer, after: earlier)
            }
        }
        for id in trades {
            guard let trade = after.trade(id), let buyer = trade.buyer, let count = picks[buyer]
            else { continue }
            if let recipient = trade.offer.recipient, recipient != buyer {
                return "offer \(id.value) is for \(recipient), and \(buyer) has picked it"
            }
            let most = min(rules.picksAtOnce, rules.firstPicks + count.taken)
            guard count.waiting.count <= most else {
                return "\(count.waiting.count) picks of \(buyer) wait for their delivery, where "
                    + "\(most) may"
            }
        }
        return nil
    }
}
