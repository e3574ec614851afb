import Protocol

/// Decides when a delivery ends for each of its meters.
struct DeliveryPlan: Sendable {
    /// How long a delivery lasts at most, in seconds of the market.
    let deliverySeconds: UInt64
    /// How long the ledger accepts a proof after the pick, in seconds of the market.
    let window: UInt64
    /// How much of the window, at its end, is left for receipts and proof.
    let margin: UInt64
    /// How long, in seconds of the market, receipts may take after a delivery's end.
    let grace: UInt64

    /// A plan that leaves ten seconds of real time for the proof, where the window has them.
    init(deliverySeconds: UInt64, window: UInt64, clockRate: UInt32) {
        self.deliverySeconds = deliverySeconds
        self.window = window
        margin = min(window / 4, 10 * UInt64(clockRate))
        grace = min(window / 4, 3 * UInt64(clockRate))
    }

    /// Whether the delivery of `progress` ends at `now` for one of its sides.
    ///
    /// A meter that has delivered all the energy is free at once. Else the delivery lasts its time,
    /// and then as long as one of the two has delivered nothing at all, but never so long that the
    /// proof would come too late.
    func ends(
        _ side: DeliverySide, of progress: TradeProgress, at now: MarketTime,
        sold: WattHours, bought: WattHours
    ) -> Bool {
        let own = side.direction == .export ? sold : bought
        if own >= progress.trade.offer.energy { return true }
        if now >= lastEnd(of: progress) { return true }
        guard let first = progress.seller.began?.time, let second = progress.buyer.began?.time,
            now >= max(first, second).advanced(bySeconds: deliverySeconds)
        else { return false }
        return sold > .zero && bought > .zero
    }

    /// The last moment to begin or to go on delivering.
    func lastEnd(of progress: TradeProgress) -> MarketTime {
        let deadline = progress.deadline(window: window)
        return MarketTime(seconds: deadline.seconds - min(margin, deadline.seconds))
    }
}
