import Protocol

// Trades that are over leave the state after a while, in the order in which they ended: it holds what
// rules need, and blocks hold everything.
extension BlockExecutor {
    /// Ends a trade, and puts it at the end of those that are over.
    mutating func end(_ trade: inout Trade, as status: TradeStatus) {
        trade.status = status
        trade.closed = step
        var counters = overlay.counters
        overlay.set(.closedTrade(counters.closed), trade.offer.id.value.bigEndianBytes)
        counters.closed += 1
        overlay.set(.counters, counters)
    }

    /// Takes the oldest trades out that have been over for long enough, a few at a time. As a call ends
    /// two or three at most, none stays for long in a market in use.
    mutating func forgetOldTrades() {
        var counters = overlay.counters
        let before = counters.forgotten
        for _ in 0..<rules.forgottenAtOnce where counters.forgotten < counters.closed {
            let place = StateKey.closedTrade(counters.forgotten)
            let id = overlay.value(at: place).flatMap { UInt32(bigEndian: $0) }.map { OfferID($0) }
            guard let id, let trade = overlay.trade(id), let closed = trade.closed,
                closed.time.advanced(bySeconds: rules.keptSeconds) < time
            else { break }
            forget(trade.sellerNumber, of: trade.offer.seller)
            if let buyer = trade.buyer { forget(trade.buyerNumber, of: buyer) }
            overlay.set(.trade(id), nil)
            overlay.set(place, nil)
            counters.forgotten += 1
        }
        guard counters.forgotten != before else { return }
        for _ in 0..<(2 * rules.forgottenAtOnce) where counters.gone < counters.offers {
            guard overlay.value(at: .trade(OfferID(counters.gone + 1))) == nil else { break }
            counters.gone += 1
        }
        overlay.set(.counters, counters)
    }

    /// Takes a trade out of an account's list, which then begins with the oldest that is still there.
    /// The list loses one and looks at a few, so that its beginning keeps up.
    private mutating func forget(_ number: UInt32, of account: Address) {
        overlay.set(.trade(of: account, number: number), nil)
        var known = overlay.account(account)
        let before = known.forgottenTradeCount
        for _ in 0..<rules.forgottenAtOnce where known.forgottenTradeCount < known.tradeCount {
            let oldest = StateKey.trade(of: account, number: known.forgottenTradeCount)
            guard overlay.value(at: oldest) == nil else { break }
            known.forgottenTradeCount += 1
        }
        guard known.forgottenTradeCount != before else { return }
        overlay.update(account) { $0.forgottenTradeCount = known.forgottenTradeCount }
    }
}
