import Ledger
import Protocol

// Orders of tokens: those within the limit are filled at once, the others left to the operator.
extension Aggregator {
    /// Looks at the ledger's open purchases.
    func followPurchases() {
        purchases.follow(
            services.state().openTokenPurchases().filter { $0.purchase.seller == services.account })
    }

    /// The purchases to fill now, marked as under way.
    func takeDuePurchases() throws -> [(buyer: Address, purchase: TokenPurchase)] {
        let now = services.now()
        var stock = services.state().account(services.account).balance.baseUnits
        var taken: [(buyer: Address, purchase: TokenPurchase)] = []
        for buyer in purchases.due(at: now) {
            guard let entry = purchases.entries[buyer] else { continue }
            guard try isWithinLimit(entry.purchase, of: buyer, at: now) else {
                leave(entry, of: buyer)
                continue
            }
            guard stock >= entry.purchase.amount.baseUnits else {
                logger.warning(
                    """
                    purchase \(entry.purchase.number) of \(buyer) waits: \
                    \(entry.purchase.amount.tokensText) tokens are wanted, and \
                    \(TokenAmount(stock).tokensText) are there to sell
                    """)
                purchases.update(buyer) { $0.retryAt = now.advanced(byMilliseconds: 30_000) }
                continue
            }
            stock -= entry.purchase.amount.baseUnits
            purchases.update(buyer) { $0.isBusy = true }
            taken.append((buyer, entry.purchase))
        }
        return taken
    }

    /// Fills `purchase`. The ledger fills it once, whatever becomes of this call.
    func sell(to buyer: Address, _ purchase: TokenPurchase) async {
        do throws(CallFailure) {
            let final = try await services.submit(
                to: NativeContract.token,
                data: TokenCall.sellTokens(to: buyer, purchase: purchase.number))
            keepSale(to: buyer, purchase, final)
            purchases.update(buyer) { $0.retryAt = Timestamp(milliseconds: .max) }
        } catch {
            logger.warning("purchase \(purchase.number) of \(buyer): \(error)")
            let again = services.now().advanced(byMilliseconds: 5_000)
            purchases.update(buyer) { $0.retryAt = again }
        }
        purchases.update(buyer) { $0.isBusy = false }
    }

    private func keepSale(to buyer: Address, _ purchase: TokenPurchase, _ final: FinalTransaction) {
        do {
            try store.keepSale(
                to: buyer, amount: purchase.amount, purchase: purchase.number, final,
                at: services.now())
        } catch {
            logger.error("a sale to \(buyer) is final, but not in the books: \(error)")
        }
    }

    private func isWithinLimit(
        _ purchase: TokenPurchase, of buyer: Address, at now: Timestamp
    ) throws -> Bool {
        guard settings.purchaseLimit >= purchase.amount else { return false }
        let day: UInt64 = 86_400_000
        let since = Timestamp(milliseconds: now.milliseconds - min(day, now.milliseconds))
        let sold = try store.soldForPurchases(of: buyer, since: since)
        return sold.baseUnits <= settings.purchaseLimit.baseUnits - purchase.amount.baseUnits
    }

    /// Leaves a purchase to the operator, and says so once; a day later it may be within the limit.
    private func leave(_ entry: PendingPurchases.Entry, of buyer: Address) {
        let again = services.now().advanced(byMilliseconds: 60_000)
        purchases.update(buyer) { entry in
            entry.isLeft = true
            entry.retryAt = again
        }
        guard !entry.isLeft else { return }
        logger.notice(
            """
            purchase \(entry.purchase.number) of \(buyer) waits for the operator: \
            \(entry.purchase.amount.tokensText) tokens are beyond the limit of \
            \(settings.purchaseLimit.tokensText) a day (busbar token sell, busbar token decline)
            """)
    }
}
