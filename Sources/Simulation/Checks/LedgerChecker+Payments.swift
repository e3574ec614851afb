import Ledger
import Protocol

extension LedgerChecker {
    /// Each trade that is settled is paid as its receipts say, worked out here anew: neither side has
    /// gained by its silence.
    static func checkPayments(
        _ trades: [OfferID], _ before: LedgerState, _ after: LedgerState
    ) -> String? {
        for id in trades {
            guard let trade = after.trade(id), trade.status == .settled,
                before.trade(id)?.status != .settled
            else { continue }
            if let fault = fault(in: trade, after.parameters) {
                return "trade \(id.value): \(fault)"
            }
        }
        return nil
    }

    private static func fault(in trade: Trade, _ genesis: Genesis) -> String? {
        guard let exported = trade.exported else { return "it is settled without a receipt" }
        let (price, offered) = (trade.offer.price.baseUnits, trade.offer.energy.value)
        let shown = price * exported.value / offered
        let both = price * min(exported.value, trade.imported?.value ?? 0) / offered
        let share = shown * UInt64(genesis.sellerShare) / 1_000
        let (paid, got) = (
            price - trade.returned.baseUnits,
            trade.sellerAmount.baseUnits + trade.fee.baseUnits
        )
        guard got == max(both, share) else {
            return "\(got) for the seller, who is due \(max(both, share))"
        }
        let isSilent = trade.imported == nil
        guard paid == (isSilent ? shown : got), trade.burned.baseUnits == paid - got else {
            return "the buyer, \(isSilent ? "which was silent" : "which was heard"), pays \(paid), "
                + "and \(trade.burned.baseUnits) are burned, where the seller gets \(got) and has "
                + "shown \(shown)"
        }
        return nil
    }
}
