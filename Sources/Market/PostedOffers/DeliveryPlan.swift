import Protocol

/// Decides when a delivery ends.
struct DeliveryPlan: Sendable {
    /// How long a delivery lasts at most, in seconds of the market.
    let deliverySeconds: UInt64
    /// How long the ledger accepts a proof after the pick, in seconds of the market.
    let window: UInt64
    /// How much of the window, at its end, is left for receipts and proof.
    let margin: UInt64
    /// How long a meter may be silent, in seconds of the market, before nothing waits for it.
    let grace: UInt64

    /// A plan that leaves ten seconds of real time for the proof, where the window has them.
    init(deliverySeconds: UInt64, window: UInt64, clockRate: UInt32) {
        self.deliverySeconds = deliverySeconds
        self.window = window
        margin = Self.margin(window: window, clockRate: clockRate)
        grace = min(window / 4, 3 * UInt64(clockRate))
    }

    /// How much of a delivery window, at its end, is left for receipts and proof.
    static func margin(window: UInt64, clockRate: UInt32) -> UInt64 {
        min(window / 4, 10 * UInt64(clockRate))
    }

    /// Whether the delivery of `progress` ends at `now`, when `matched` has flowed for it at both ends.
    ///
    /// It ends as soon as that is all of the energy. Else it lasts its time, and then as long as
    /// nothing has flowed at one of the ends, but never so long that the proof would come too late.
    func ends(_ progress: TradeProgress, matched: WattHours, at now: MarketTime) -> Bool {
        guard matched > .zero, let first = progress.seller.began?.time,
            let second = progress.buyer.began?.time
        else { return false }
        if matched >= progress.trade.offer.energy || now >= lastEnd(of: progress) { return true }
        return now >= max(first, second).advanced(bySeconds: deliverySeconds)
    }

    /// The last moment to begin or to go on delivering.
    func lastEnd(of progress: TradeProgress) -> MarketTime {
        let deadline = progress.deadline(window: window)
        return MarketTime(seconds: deadline.seconds - min(margin, deadline.seconds))
    }
}
