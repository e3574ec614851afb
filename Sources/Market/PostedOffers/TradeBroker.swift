import Ledger
import Protocol

/// What an aggregator does for posted offers: it brings each trade from its pick to its settlement.
///
/// What there is to do follows from the ledger's state and from what households say again when
/// asked; what was kept only spares the asking. So it may stop anywhere and go on.
struct TradeBroker: Sendable {
    /// One register of one meter.
    struct Register: Hashable, Sendable {
        let meter: Address
        let direction: FlowDirection

        init(_ meter: Address, _ direction: FlowDirection) {
            self.meter = meter
            self.direction = direction
        }
    }

    /// A step that has been submitted and is not final.
    struct StepUnderWay: Sendable {
        let trade: OfferID
        let step: AggregatorStep
        let submittedAt: Timestamp
    }

    let plan: DeliveryPlan
    /// After how long a command without an answer is sent again, in milliseconds.
    let resendMilliseconds: UInt64
    /// The trades that were picked and are not over.
    var trades: [OfferID: TradeProgress] = [:]
    /// Which of them each meter takes part in.
    private var tradesOfMeter: [Address: Set<OfferID>] = [:]
    /// Each meter's latest reading.
    var latest: [Address: MeterReading] = [:]
    /// Up to where each register is signed away, as far as is known.
    var signedEnds: [Register: WattHours] = [:]
    var underWay: [CallID: StepUnderWay] = [:]
    /// What was kept of trades that were not over, until the ledger tells of them again.
    private var kept: [OfferID: KeptTrade]

    init(plan: DeliveryPlan, resendMilliseconds: UInt64, restoring trades: [KeptTrade]) {
        self.plan = plan
        self.resendMilliseconds = resendMilliseconds
        kept = Dictionary(trades.map { ($0.id, $0) }, uniquingKeysWith: { $1 })
    }

    /// Looks at every trade in the ledger's state, once.
    mutating func started(_ context: inout RoleContext) {
        let first = context.state.oldestTradeID.value
        let end = context.state.nextOfferID?.value ?? .max
        for id in first..<max(end, first) { follow(OfferID(id), &context) }
    }

    /// Looks at what the ledger has made of the trade `id`.
    mutating func follow(_ id: OfferID, _ context: inout RoleContext) {
        guard let trade = context.state.trade(id) else { return }
        if let progress = trades[id] {
            note(trade, insteadOf: progress, &context)
        } else if trade.status.isUnderWay {
            takeUp(trade, &context)
        } else if let known = kept[id], known.status != trade.status {
            // It ended, or its pick was released, in a block that was stored before the books were.
            let now = TradeProgress(trade, kept: known, in: context.state).kept
            context.store(.aggregator(.trade(now)))
            kept[id] = trade.status.isOver ? nil : now
        }
    }

    private mutating func note(
        _ trade: Trade, insteadOf before: TradeProgress, _ context: inout RoleContext
    ) {
        guard before.trade != trade else { return }
        var progress = before
        progress.trade = trade
        progress.failures = 0
        progress.pause = .none
        if trade.status != before.trade.status { progress.buyer.command = nil }
        context.store(.aggregator(.trade(progress.kept)))
        if trade.status == .open || trade.picked != before.trade.picked {
            // The pick was released; another one may have come already.
            forget(before)
            kept[trade.offer.id] = progress.kept
            if trade.status.isUnderWay { takeUp(trade, &context) }
        } else if trade.status.isOver {
            forget(before)
        } else {
            trades[trade.offer.id] = progress
        }
    }

    private mutating func takeUp(_ trade: Trade, _ context: inout RoleContext) {
        let kept = kept.removeValue(forKey: trade.offer.id)
        let progress = TradeProgress(trade, kept: kept, in: context.state)
        trades[trade.offer.id] = progress
        for side in [progress.seller, progress.buyer] {
            tradesOfMeter[side.meter, default: []].insert(progress.id)
            if let receipt = side.receipt?.receipt { note(receipt) }
        }
        context.store(.aggregator(.trade(progress.kept)))
    }

    private mutating func forget(_ progress: TradeProgress) {
        trades[progress.id] = nil
        for side in [progress.seller, progress.buyer] {
            tradesOfMeter[side.meter]?.remove(progress.id)
            if tradesOfMeter[side.meter]?.isEmpty == true { tradesOfMeter[side.meter] = nil }
        }
    }

    /// The trades that share a meter with the trade `id`, and itself, in order.
    func neighbours(of id: OfferID) -> [TradeProgress] {
        guard let progress = trades[id] else { return [] }
        let ids = [progress.seller.meter, progress.buyer.meter].map { tradesOfMeter[$0] ?? [] }
        return ids[0].union(ids[1]).sorted().compactMap { trades[$0] }
    }

    /// Up to where the registers of `meter` are proved, or signed for trades that are not over.
    func signedRegisters(of meter: Address, in state: LedgerState) -> MeterRegisterPair {
        var pair = MeterRegisterPair()
        if let known = state.meter(meter) {
            pair.imported = known.importClaims.end.register
            pair.exported = known.exportClaims.end.register
        }
        for progress in trades(of: meter) {
            for case let receipt? in [
                progress.seller.receipt?.receipt, progress.buyer.receipt?.receipt,
            ]
            where receipt.meter == meter {
                switch receipt.direction {
                case .import: pair.imported = max(pair.imported, receipt.endRegister)
                case .export: pair.exported = max(pair.exported, receipt.endRegister)
                }
            }
        }
        return pair
    }

    /// Up to where the register of `side` is proved, or signed for trades that are not over, as far as
    /// that ended by `time`: what is shown at that time may have been signed away since.
    func signedAway(
        of side: DeliverySide, until time: MarketTime, in state: LedgerState
    ) -> WattHours {
        let claimed = state.meter(side.meter).map { [$0.claims(side.direction).end] } ?? []
        let receipts = trades(of: side.meter).flatMap { [$0.seller.receipt, $0.buyer.receipt] }
            .compactMap { $0?.receipt }
            .filter { $0.meter == side.meter && $0.direction == side.direction }
        let ends = claimed + receipts.map(\.stretch.end)
        return ends.filter { $0.time <= time }.map(\.register).max() ?? .zero
    }

    /// The trades that the meter takes part in, in order.
    func trades(of meter: Address) -> [TradeProgress] {
        (tradesOfMeter[meter] ?? []).sorted().compactMap { trades[$0] }
    }
}

extension TradeProgress {
    /// What the ledger has of a trade and the households said of it before.
    fileprivate init(_ trade: Trade, kept: KeptTrade?, in state: LedgerState) {
        let seller = trade.offer.seller
        let buyer = trade.buyer ?? .zero
        self.init(
            trade: trade,
            seller: DeliverySide(
                account: seller, meter: state.member(seller)?.meterKey ?? .zero,
                direction: .export, began: kept?.sellerBegan, receipt: kept?.sellerReceipt),
            buyer: DeliverySide(
                account: buyer, meter: state.member(buyer)?.meterKey ?? .zero,
                direction: .import, began: kept?.buyerBegan, receipt: kept?.buyerReceipt))
    }
}
