import Ledger
import Protocol

/// The open purchases of tokens that are an aggregator's to sell, as the ledger had them last.
struct PendingPurchases {
    /// One of them.
    struct Entry {
        let purchase: TokenPurchase
        /// Its sale is under way.
        var isBusy = false
        /// It waits for the operator, who has been told.
        var isLeft = false
        /// When it is looked at again.
        var retryAt = Timestamp.zero
    }

    private(set) var entries: [Address: Entry] = [:]

    /// Whose purchases may be looked at now, in order.
    func due(at now: Timestamp) -> [Address] {
        entries.filter { !$0.value.isBusy && $0.value.retryAt <= now }.keys.sorted()
    }

    /// Brings the book up to `open`; of purchases that it knows it remembers what it knew.
    mutating func follow(_ open: [(buyer: Address, purchase: TokenPurchase)]) {
        var next: [Address: Entry] = [:]
        for (buyer, purchase) in open {
            let known = entries[buyer].flatMap { $0.purchase.number == purchase.number ? $0 : nil }
            next[buyer] = known ?? Entry(purchase: purchase)
        }
        entries = next
    }

    /// Changes what is known of the purchase of `buyer`, if there is one.
    mutating func update(_ buyer: Address, _ change: (inout Entry) -> Void) {
        guard var entry = entries[buyer] else { return }
        change(&entry)
        entries[buyer] = entry
    }
}
