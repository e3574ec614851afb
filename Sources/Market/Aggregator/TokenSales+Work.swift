import Ledger
import Protocol

extension TokenSales {
    /// Fills the purchases that are due, and tops up the balances that are.
    mutating func work(_ context: inout RoleContext) {
        var stock = context.state.account(context.account).balance.baseUnits
        fillPurchases(from: &stock, &context)
        topUpBalances(from: &stock, &context)
    }

    private mutating func fillPurchases(from stock: inout UInt64, _ context: inout RoleContext) {
        for buyer in purchases.due(at: context.now) {
            guard let entry = purchases.entries[buyer] else { continue }
            let purchase = entry.purchase
            guard isWithinLimit(purchase, of: buyer, at: context.now) else {
                leave(entry, of: buyer, &context)
                continue
            }
            guard stock >= purchase.amount.baseUnits else {
                postpone(purchase, of: buyer, stock: stock, &context)
                continue
            }
            stock -= purchase.amount.baseUnits
            // The ledger fills it once, whatever becomes of this call.
            let call = context.call(
                NativeContract.token, TokenCall.sellTokens(to: buyer, purchase: purchase.number))
            underWay[call] = .purchase(purchase, of: buyer)
            purchases.began(buyer, call)
        }
    }

    private mutating func isWithinLimit(
        _ purchase: TokenPurchase, of buyer: Address, at now: Timestamp
    ) -> Bool {
        guard limit >= purchase.amount else { return false }
        return soldWithinADay(to: buyer, at: now) <= limit.baseUnits - purchase.amount.baseUnits
    }

    private mutating func postpone(
        _ purchase: TokenPurchase, of buyer: Address, stock: UInt64,
        _ context: inout RoleContext
    ) {
        context.log(
            .warning,
            """
            purchase \(purchase.number) of \(buyer) waits: \
            \(purchase.amount.tokensText) tokens are wanted, and \
            \(TokenAmount(stock).tokensText) are there to sell
            """, cause: LineCause("purchase waits", by: buyer))
        purchases.postpone(buyer, milliseconds: 30_000, at: context.now)
    }

    /// Leaves a purchase to the operator, and says so once; a day later it may be within the limit.
    private mutating func leave(
        _ entry: PendingPurchases.Entry, of buyer: Address, _ context: inout RoleContext
    ) {
        purchases.postpone(buyer, milliseconds: 60_000, at: context.now)
        purchases.leave(buyer)
        guard !entry.isLeft else { return }
        context.log(
            .notice,
            """
            purchase \(entry.purchase.number) of \(buyer) waits for the operator: \
            \(entry.purchase.amount.tokensText) tokens are beyond the limit of \
            \(limit.tokensText) a day (busbar token sell, busbar token decline)
            """, cause: LineCause("purchase waits", by: buyer))
    }

    private mutating func topUpBalances(from stock: inout UInt64, _ context: inout RoleContext) {
        for topUp in topUps.decide(from: &stock, at: context.now) {
            // It is written down first: after a crash in between, the household gets none, which its
            // operator can mend, rather than some each time.
            context.store(.aggregator(.topUp(topUp)))
            // What was not final in time may still become so, and nothing but the balance tells.
            let call = context.call(
                NativeContract.token, TokenCall.transfer(to: topUp.account, amount: topUp.amount),
                once: true)
            underWay[call] = .topUp(topUp.amount, of: topUp.account)
        }
        if let waiting = topUps.takeLimitNotice(at: context.now) {
            context.log(
                .notice,
                """
                \(topUps.mostPerDay.tokensText) tokens are given to new households in 24 hours \
                (top_up_daily_tokens), and no more: \(waiting) \(waiting == 1 ? "waits" : "wait") for \
                that time to pass, or for an order of their own (busbar token buy)
                """)
        }
    }
}
