import Ledger
import Protocol

// Orders of tokens: those within the limit are filled at once, the others left to the operator.
extension Aggregator {
    /// Looks at the ledger's open orders.
    func followOrders() {
        orders.follow(
            services.state().openTokenOrders().filter { $0.order.seller == services.account })
    }

    /// The orders to fill now, marked as under way.
    func takeDueOrders() throws -> [(buyer: Address, order: TokenOrder)] {
        let now = services.now()
        var stock = services.state().account(services.account).balance.baseUnits
        var taken: [(buyer: Address, order: TokenOrder)] = []
        for buyer in orders.due(at: now) {
            guard let entry = orders.entries[buyer] else { continue }
            guard try isWithinLimit(entry.order, of: buyer, at: now) else {
                leave(entry, of: buyer)
                continue
            }
            guard stock >= entry.order.amount.baseUnits else {
                logger.warning(
                    """
                    order \(entry.order.number) of \(buyer) waits: \
                    \(entry.order.amount.tokensText) tokens are wanted, and \
                    \(TokenAmount(stock).tokensText) are there to sell
                    """)
                orders.update(buyer) { $0.retryAt = now.advanced(byMilliseconds: 30_000) }
                continue
            }
            stock -= entry.order.amount.baseUnits
            orders.update(buyer) { $0.isBusy = true }
            taken.append((buyer, entry.order))
        }
        return taken
    }

    /// Fills `order`. The ledger fills it once, whatever becomes of this call.
    func sell(to buyer: Address, _ order: TokenOrder) async {
        do throws(SubmissionError) {
            let final = try await services.submit(
                to: NativeContract.token,
                data: TokenCall.sellTokens(to: buyer, order: order.number))
            keepSale(to: buyer, order, final)
            orders.update(buyer) { $0.retryAt = Timestamp(milliseconds: .max) }
        } catch {
            logger.warning("order \(order.number) of \(buyer): \(error)")
            let again = services.now().advanced(byMilliseconds: 5_000)
            orders.update(buyer) { $0.retryAt = again }
        }
        orders.update(buyer) { $0.isBusy = false }
    }

    private func keepSale(to buyer: Address, _ order: TokenOrder, _ final: FinalTransaction) {
        do {
            try store.keepSale(
                to: buyer, amount: order.amount, order: order.number, final,
                at: services.now())
        } catch {
            logger.error("a sale to \(buyer) is final, but not in the books: \(error)")
        }
    }

    private func isWithinLimit(
        _ order: TokenOrder, of buyer: Address, at now: Timestamp
    ) throws -> Bool {
        guard settings.orderLimit >= order.amount else { return false }
        let day: UInt64 = 86_400_000
        let since = Timestamp(milliseconds: now.milliseconds - min(day, now.milliseconds))
        let sold = try store.soldForOrders(of: buyer, since: since)
        return sold.baseUnits <= settings.orderLimit.baseUnits - order.amount.baseUnits
    }

    /// Leaves an order to the operator, and says so once; a day later it may be within the limit.
    private func leave(_ entry: OrderBook.Entry, of buyer: Address) {
        let again = services.now().advanced(byMilliseconds: 60_000)
        orders.update(buyer) { entry in
            entry.isLeft = true
            entry.retryAt = again
        }
        guard !entry.isLeft else { return }
        logger.notice(
            """
            order \(entry.order.number) of \(buyer) waits for the operator: \
            \(entry.order.amount.tokensText) tokens are beyond the limit of \
            \(settings.orderLimit.tokensText) a day (busbar token sell, busbar token decline)
            """)
    }
}
