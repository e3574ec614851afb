import Protocol

// The meters' receipts: both at once, or each by itself where the other is missing.
extension BlockExecutor {
    /// Throws unless the sender may hand in receipts: one of the two households, so that an
    /// aggregator's silence costs nobody, or the aggregator that registered the payment; that of one of
    /// the households where the buyer did it.
    private func requireProver(of trade: Trade) throws(Revert) {
        let member = try senderMember()
        guard sender != trade.offer.seller, sender != trade.buyer else { return }
        if trade.aggregator == nil, member.role == .aggregator { return try requireOwn(trade) }
        guard sender == trade.aggregator else {
            throw Revert(
                "\(sender), \(member.role.withArticle), is neither a household of trade "
                    + "\(trade.offer.id.value) nor its aggregator: it cannot prove delivery")
        }
    }

    /// Checks both meters' receipts and records what was delivered. A receipt that was handed in
    /// before stands.
    mutating func proveDelivery(
        _ trade: inout Trade, seller: SignedMeterReceipt, buyer: SignedMeterReceipt
    ) throws(Revert) {
        try require(trade, .paid)
        try requireWithinWindow(trade)
        try requireProver(of: trade)
        if trade.exported == nil { try acceptExport(seller, for: &trade) }
        if trade.imported == nil { try acceptImport(buyer, for: &trade) }
        deliver(&trade)
    }

    /// Checks one meter's receipt; with the other's, delivery is proved. The seller's comes within the
    /// window, and the buyer's a little later still.
    mutating func handIn(
        _ receipt: SignedMeterReceipt, for trade: inout Trade
    ) throws(Revert) {
        try require(trade, .paid)
        try requireProver(of: trade)
        let isExport = receipt.receipt.direction == .export
        guard (isExport ? trade.exported : trade.imported) == nil else {
            throw Revert(
                "the \(isExport ? "seller" : "buyer")'s receipt for trade \(trade.offer.id.value) is "
                    + "there already")
        }
        if isExport || trade.exported == nil {
            try requireWithinWindow(trade)
        } else {
            try requireReceiptTime(trade)
        }
        if isExport {
            try acceptExport(receipt, for: &trade)
        } else {
            try acceptImport(receipt, for: &trade)
        }
        guard trade.exported == nil || trade.imported == nil else { return deliver(&trade) }
        trade.firstReceipt = step
        emit(
            MarketEvent.receiptHandedIn(
                id: trade.offer.id,
                household: isExport ? trade.offer.seller : trade.buyer ?? .zero,
                energy: (isExport ? trade.exported : trade.imported) ?? .zero
            ).log)
    }

    private func requireReceiptTime(_ trade: Trade) throws(Revert) {
        let end = deadline(of: trade).advanced(bySeconds: answerTimes.receipt)
        guard time <= end else {
            throw Revert(
                "the time for the buyer's receipt for trade \(trade.offer.id.value) ended at "
                    + "\(end.seconds), now it is \(time.seconds)")
        }
    }

    private mutating func acceptExport(
        _ receipt: SignedMeterReceipt, for trade: inout Trade
    ) throws(Revert) {
        let energy = try accept(
            receipt, for: trade, of: trade.offer.seller, .export, "the seller")
        trade.exported = min(energy, trade.offer.energy)
    }

    private mutating func acceptImport(
        _ receipt: SignedMeterReceipt, for trade: inout Trade
    ) throws(Revert) {
        let energy = try accept(
            receipt, for: trade, of: trade.buyer ?? .zero, .import, "the buyer")
        trade.imported = min(energy, trade.offer.energy)
    }

    private mutating func deliver(_ trade: inout Trade) {
        releasePick(trade)
        trade.deliveredEnergy = min(trade.exported ?? .zero, trade.imported ?? .zero)
        trade.status = .delivered
        trade.delivered = step
        emit(
            MarketEvent.energyDelivered(
                id: trade.offer.id, seller: trade.offer.seller, buyer: trade.buyer ?? .zero,
                energy: trade.deliveredEnergy
            ).log)
    }
}

extension BlockExecutor {
    /// Gives a pick up whose buyer's meter has signed no start in time: the buyer has its price back, and
    /// the offer is open again, for others; one that names its recipient is over, as it is for nobody else.
    /// It holds nobody's offers for longer, and whoever lets picks wait picks nothing for a while.
    mutating func release(_ trade: inout Trade) throws(Revert) {
        let id = trade.offer.id
        try require(trade, .picked)
        guard let buyer = trade.buyer, let picked = trade.picked else { return }
        if sender == trade.offer.seller {
            _ = try senderMember()
        } else {
            try requireSender(.aggregator, to: "release picks")
            try requireOwn(trade)
        }
        let due = picked.time.advanced(bySeconds: answerTimes.start)
        guard time > due else {
            throw Revert(
                "the pick of offer \(id.value) can be released after \(due.seconds), now it is "
                    + "\(time.seconds)")
        }
        try releaseEscrow(to: buyer, amount: trade.offer.price)
        releasePick(trade)
        pausePicks(of: buyer)
        forgetDeliveries(to: buyer)
        overlay.set(.trade(of: buyer, number: trade.buyerNumber), nil)
        trade.reopen(for: rules.releasesKept)
        OpenOffers.insert(trade.offer, in: &overlay)
        emit(
            MarketEvent.offerReleased(
                id: id, seller: trade.offer.seller, buyer: buyer, price: trade.offer.price
            ).log)
        if trade.offer.isExpired(at: time) {
            expire(&trade)
        } else if trade.offer.recipient != nil {
            withdraw(&trade)
        }
    }

    /// Each release adds to the time in which a member picks nothing, so that on the average it holds
    /// less than one offer of those that it never answers for.
    private mutating func pausePicks(of buyer: Address) {
        let pause = answerTimes.start.multipliedSaturating(by: rules.releasePause)
        let latest = time.advanced(bySeconds: rules.offerSeconds)
        let now = time
        overlay.updateStanding(of: buyer) { standing in
            standing.pausedUntil = min(
                max(standing.pausedUntil, now).advanced(bySeconds: pause), latest)
        }
    }

    var answerTimes: AnswerTimes { AnswerTimes(rules, parameters) }
}

extension Trade {
    /// Makes the offer of a pick that is released open again; of those whose picks were, it remembers
    /// the last `most`.
    fileprivate mutating func reopen(for most: Int) {
        if let buyer { released = (released + [buyer]).suffix(most) }
        releaseCount += 1
        status = .open
        buyer = nil
        buyerNumber = 0
        picked = nil
    }
}

/// How long the two sides of a trade have for what they sign, in seconds of the market.
public struct AnswerTimes: Hashable, Sendable {
    /// From the pick to the buyer's start; then the pick may be released.
    public let start: UInt64
    /// How far from now a start may be, and how long after the window the buyer's receipt may come.
    public let receipt: UInt64

    init(_ rules: Rules, _ genesis: Genesis) {
        let rate = UInt64(genesis.marketClock.rate)
        let window = genesis.deliveryWindow
        start = max(1, min(window / 4, rules.startSeconds.multipliedSaturating(by: rate)))
        receipt = max(1, min(window / 4, rules.receiptSeconds.multipliedSaturating(by: rate)))
    }
}

extension LedgerState {
    /// How long the two sides of a trade have by the rules of block `height`.
    public func answerTimes(at height: UInt64) -> AnswerTimes {
        AnswerTimes(knownRules(at: height), parameters)
    }
}
