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
            overlay.set(.trade(of: trade.offer.seller, number: trade.sellerNumber), nil)
            if let buyer = trade.buyer {
                overlay.set(.trade(of: buyer, number: trade.buyerNumber), nil)
            }
            overlay.set(.trade(id), nil)
            overlay.set(place, nil)
            counters.forgotten += 1
        }
        if counters.forgotten != before { overlay.set(.counters, counters) }
    }
}
