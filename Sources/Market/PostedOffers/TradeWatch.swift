import Ledger
import Protocol

/// Watches over a household's trades: what its aggregator has not done in time, and its meter's word
/// suffices for, it does itself. So an aggregator's silence, and the other household's, end where the
/// ledger's rules end them.
struct TradeWatch: Sendable {
    private var underWay: [CallID: OfferID] = [:]
    private var failures: [OfferID: UInt64] = [:]
    private var pauses: [OfferID: Pause] = [:]

    /// Looks at those of the household's `trades` that are not over.
    mutating func work(
        _ trades: [Trade], to aggregator: Address?, _ deliveries: inout MeterDeliveries,
        _ meter: inout SmartMeter, _ context: inout RoleContext
    ) {
        forgetAllBut(trades)
        guard !trades.isEmpty else { return }
        let times = context.state.answerTimes(at: context.head.number + 1)
        for trade in trades {
            let id = trade.offer.id
            beginItself(trade, &deliveries, context)
            guard !underWay.values.contains(id), pauses[id]?.isOver(at: context.now) ?? true,
                let call = call(for: trade, times, to: aggregator, &deliveries, &meter, &context)
            else { continue }
            underWay[context.call(NativeContract.market, call)] = id
        }
    }

    /// Takes what one of the calls came to. Another may have been faster.
    mutating func finished(
        _ call: CallID, _ outcome: CallOutcome, _ context: inout RoleContext
    ) {
        guard let id = underWay.removeValue(forKey: call), case .failure(let failure) = outcome
        else { return }
        context.log(.info, "trade \(id.value): \(failure)")
        failures[id, default: 0] += 1
        pauses[id] = Pause(from: context.now, afterFailures: failures[id] ?? 1)
    }

    private mutating func forgetAllBut(_ trades: [Trade]) {
        guard !failures.isEmpty else { return }
        let kept = Set(trades.map(\.offer.id))
        failures = failures.filter { kept.contains($0.key) }
        pauses = pauses.filter { kept.contains($0.key) }
    }

    /// What the ledger is to be told about the trade now; nil if nothing.
    private func call(
        for trade: Trade, _ times: AnswerTimes, to aggregator: Address?,
        _ deliveries: inout MeterDeliveries, _ meter: inout SmartMeter,
        _ context: inout RoleContext
    ) -> Bytes? {
        let id = trade.offer.id
        let isBuyer = trade.buyer == context.account
        switch trade.status {
        case .picked:
            let picked = (trade.picked ?? trade.offered).time
            let now = context.marketNow
            if !isBuyer {
                let isLate = picked.advanced(bySeconds: 2 * times.start) < now
                return isLate ? MarketCall.releaseOffer(id) : nil
            }
            guard picked.advanced(bySeconds: times.start / 2) <= now,
                let start = deliveries.start(for: trade, &meter, &context)
            else { return nil }
            return MarketCall.confirmP2L(id, start: start)
        case .paid:
            let isSigned = deliveries.receipt(for: id) != nil
            guard isReceiptDue(of: trade, isBuyer: isBuyer, isSigned: isSigned, times, context),
                let receipt = deliveries.endItself(id, &meter, &context)
            else { return nil }
            if let aggregator { context.send(.receipt(receipt), to: aggregator) }
            return MarketCall.handInReceipt(id, receipt)
        case .open, .delivered, .settled, .cancelled, .expired, .refunded: return nil
        }
    }

    /// Whether this household's receipt is to be handed in: the seller's shortly before the window
    /// ends, and the buyer's when the seller's is there. Until then the buyer takes its time, however
    /// early the seller comes: it has till then to use what it is to pay for.
    private func isReceiptDue(
        of trade: Trade, isBuyer: Bool, isSigned: Bool, _ times: AnswerTimes,
        _ context: RoleContext
    ) -> Bool {
        let parameters = context.state.parameters
        let window = parameters.deliveryWindow
        let deadline = (trade.picked ?? trade.offered).time.advanced(bySeconds: window)
        let now = context.marketNow
        let margin = DeliveryPlan.margin(
            window: window, clockRate: parameters.marketClock.rate)
        let isLate = now.advanced(bySeconds: margin / 2) >= deadline
        if isBuyer {
            return trade.exported != nil && trade.imported == nil && (isSigned || isLate)
                && now <= deadline.advanced(bySeconds: times.receipt)
        }
        return trade.exported == nil && now <= deadline && isLate
    }

    /// The meter notes where it stands, should the aggregator not say so: the start is on the ledger, and
    /// what flows from now on counts.
    private func beginItself(
        _ trade: Trade, _ deliveries: inout MeterDeliveries, _ context: RoleContext
    ) {
        let parameters = context.state.parameters
        let grace = min(parameters.deliveryWindow / 4, 3 * UInt64(parameters.marketClock.rate))
        guard trade.status == .paid, let paid = trade.paid, !deliveries.knows(trade.offer.id),
            paid.time.advanced(bySeconds: grace) < context.marketNow
        else { return }
        deliveries.begin(
            DeliveryCommand(
                tradeID: trade.offer.id,
                direction: trade.buyer == context.account ? .import : .export,
                energy: trade.offer.energy))
    }
}
