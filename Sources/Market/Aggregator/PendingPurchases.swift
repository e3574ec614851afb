import Ledger
import Protocol

/// The open purchases of tokens that are an aggregator's to sell, as the ledger had them last.
struct PendingPurchases: Sendable {
    struct Entry: Sendable {
        let purchase: TokenPurchase
        /// The call of its sale, if that is under way.
        var call: CallID?
        /// It waits for the operator, who has been told.
        var isLeft = false
        /// How long it is not looked at.
        var pause = Pause.none
    }

    private(set) var entries: [Address: Entry] = [:]

    /// Whose purchases may be looked at now, in order.
    func due(at now: Timestamp) -> [Address] {
        entries.filter { $0.value.call == nil && $0.value.pause.isOver(at: now) }.keys.sorted()
    }

    /// Takes the open purchase of `buyer` as the ledger has it; nil for none. Of one that it knows it
    /// remembers what it knew.
    mutating func follow(_ buyer: Address, _ purchase: TokenPurchase?) {
        guard let purchase else {
            entries[buyer] = nil
            return
        }
        if entries[buyer]?.purchase.number == purchase.number { return }
        entries[buyer] = Entry(purchase: purchase)
    }

    /// Changes what is known of the purchase of `buyer`, if there is one.
    mutating func update(_ buyer: Address, _ change: (inout Entry) -> Void) {
        guard var entry = entries[buyer] else { return }
        change(&entry)
        entries[buyer] = entry
    }
}
