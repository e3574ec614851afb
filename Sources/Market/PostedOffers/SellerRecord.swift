import Ledger
import Protocol

/// What a household knows of a seller by its own purchases that are over, as the ledger has them.
struct SellerRecord: Hashable, Sendable {
    /// Whether half of what was bought last, or more, was delivered.
    private(set) var isProven = false
    /// How many times nothing came since something last did; purchases that were under way together count once.
    private var failures = 0
    /// When that was known last.
    private var failed = MarketTime.zero

    /// Counts a purchase that is over.
    mutating func note(_ trade: Trade) {
        guard let picked = trade.picked, let closed = trade.closed else { return }
        if trade.status == .settled {
            let delivered = trade.deliveredEnergy.value
            isProven = delivered >= trade.offer.energy.value - trade.offer.energy.value / 2
            if delivered > 0 { failures = 0 }
        } else if trade.status == .refunded, trade.paid != nil {
            isProven = false
            guard failures == 0 || picked.time >= failed else { return }
            failures += 1
            failed = closed.time
        }
    }

    /// Whether it is worth another try at `time`: at once after one failure, an hour after two, and twice as
    /// long after each more, up to a day.
    func mayBeTried(at time: MarketTime) -> Bool {
        guard failures > 1 else { return true }
        let hours = min(UInt64(1) << UInt64(min(failures - 2, 5)), 24)
        return failed.advanced(bySeconds: 3_600 * hours) <= time
    }
}
