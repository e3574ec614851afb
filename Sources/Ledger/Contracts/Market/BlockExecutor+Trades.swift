import Protocol

extension BlockExecutor {
    /// Registers that the buyer's payment stands in escrow; delivery begins.
    mutating func confirmPayment(_ trade: inout Trade) throws(Revert) {
        try requireSender(.aggregator, to: "confirm payments")
        try requireOwn(trade)
        try require(trade, .picked)
        try requireWithinWindow(trade)
        releasePick(trade)
        trade.status = .paid
        trade.aggregator = sender
        trade.paid = step
        emit(
            MarketEvent.peerPaid(
                id: trade.offer.id, buyer: trade.buyer ?? .zero, aggregator: sender,
                price: trade.offer.price
            ).log)
    }

    /// Throws unless the sender is the aggregator of one of the trade's households: another may neither
    /// take it nor its fee.
    private func requireOwn(_ trade: Trade) throws(Revert) {
        let households = [trade.offer.seller, trade.buyer ?? .zero]
        guard
            households.contains(where: { overlay.aggregator(of: $0).map { $0 == sender } ?? true })
        else {
            throw Revert(
                "\(sender) is the aggregator of neither household of trade \(trade.offer.id.value)")
        }
    }

    /// Throws unless the sender may hand in both receipts: the aggregator that registered the payment,
    /// or one of the two households, so that an aggregator's silence costs nobody.
    private func requireProver(of trade: Trade) throws(Revert) {
        let member = try senderMember()
        guard [trade.offer.seller, trade.buyer, trade.aggregator].contains(sender) else {
            throw Revert(
                "\(sender), \(member.role.withArticle), is neither a household of trade "
                    + "\(trade.offer.id.value) nor its aggregator: it cannot prove delivery")
        }
    }

    /// Checks both meters' receipts and records what was delivered.
    mutating func proveDelivery(
        _ trade: inout Trade, seller: SignedMeterReceipt, buyer: SignedMeterReceipt
    ) throws(Revert) {
        try require(trade, .paid)
        try requireWithinWindow(trade)
        try requireProver(of: trade)
        let exported = try accept(
            seller, for: trade, of: trade.offer.seller, .export, "the seller")
        let imported = try accept(
            buyer, for: trade, of: trade.buyer ?? .zero, .import, "the buyer")
        trade.deliveredEnergy = min(exported, imported, trade.offer.energy)
        trade.status = .delivered
        trade.delivered = step
        emit(
            MarketEvent.energyDelivered(
                id: trade.offer.id, seller: trade.offer.seller, buyer: trade.buyer ?? .zero,
                energy: trade.deliveredEnergy
            ).log)
    }

    /// Pays for what was delivered, by the aggregator's word.
    mutating func confirmSettlement(_ trade: inout Trade) throws(Revert) {
        try requireSender(.aggregator, to: "release payments")
        try require(trade, .delivered)
        try settle(&trade)
    }

    /// Pays for what was delivered, a window after the proof, whoever asks.
    mutating func claim(_ trade: inout Trade) throws(Revert) {
        try require(trade, .delivered)
        let due = (trade.delivered ?? step).time.advanced(bySeconds: parameters.deliveryWindow)
        guard time > due else {
            throw Revert(
                "trade \(trade.offer.id.value) can be claimed after \(due.seconds), "
                    + "now it is \(time.seconds)")
        }
        try settle(&trade)
    }

    /// Gives the buyer the escrow back, should nothing have come of the trade in time. An offer
    /// that nobody picked in time is marked as expired.
    mutating func refund(_ trade: inout Trade) throws(Revert) {
        let id = trade.offer.id
        if trade.status == .open, trade.offer.isExpired(at: time) { return expire(&trade) }
        guard trade.status == .picked || trade.status == .paid, let buyer = trade.buyer else {
            throw Revert(
                "trade \(id.value) is \(trade.status(at: time).name): there is nothing to refund")
        }
        let deadline = deadline(of: trade)
        guard time > deadline else {
            throw Revert(
                "trade \(id.value) can be refunded after \(deadline.seconds), "
                    + "now it is \(time.seconds)")
        }
        try giveBack(&trade, to: buyer)
    }

    /// Gives the buyer the whole price back and ends the trade.
    mutating func giveBack(_ trade: inout Trade, to buyer: Address) throws(Revert) {
        if trade.status == .picked { releasePick(trade) }
        try releaseEscrow(to: buyer, amount: trade.offer.price)
        trade.returned = trade.offer.price
        end(&trade, as: .refunded)
        emit(
            MarketEvent.tradeRefunded(
                id: trade.offer.id, buyer: buyer, amount: trade.offer.price
            ).log)
    }

    /// Divides the escrow: the price in proportion to what was delivered, rounded down, to the
    /// seller, less the fee of the aggregator that registered the payment; the rest to the buyer.
    private mutating func settle(_ trade: inout Trade) throws(Revert) {
        guard let buyer = trade.buyer, let aggregator = trade.aggregator else {
            throw Revert("trade \(trade.offer.id.value) lacks a buyer or an aggregator")
        }
        let split = try PaymentSplit(
            price: trade.offer.price, delivered: trade.deliveredEnergy,
            offered: trade.offer.energy, feeMillionths: parameters.aggregatorFee)
        try releaseEscrow(to: trade.offer.seller, amount: split.seller)
        try releaseEscrow(to: aggregator, amount: split.fee)
        try releaseEscrow(to: buyer, amount: split.buyer)
        trade.sellerAmount = split.seller
        trade.fee = split.fee
        trade.returned = split.buyer
        end(&trade, as: .settled)
        emit(
            MarketEvent.sellerPaid(
                id: trade.offer.id, seller: trade.offer.seller, amount: split.seller,
                fee: split.fee, returned: split.buyer
            ).log)
    }

    /// Until when payment may be confirmed and delivery proved.
    func deadline(of trade: Trade) -> MarketTime {
        (trade.picked ?? trade.offered).time.advanced(bySeconds: parameters.deliveryWindow)
    }

    private func requireWithinWindow(_ trade: Trade) throws(Revert) {
        let deadline = deadline(of: trade)
        guard time <= deadline else {
            throw Revert(
                "trade \(trade.offer.id.value)'s delivery window ended at \(deadline.seconds), "
                    + "now it is \(time.seconds)")
        }
    }

    private func require(_ trade: Trade, _ status: TradeStatus) throws(Revert) {
        guard trade.status == status else {
            throw Revert(
                "trade \(trade.offer.id.value) is \(trade.status(at: time).name), "
                    + "not \(status.name)")
        }
    }
}

/// How a trade's price is divided; the parts add up to it exactly.
struct PaymentSplit: Hashable {
    let seller: TokenAmount
    let fee: TokenAmount
    let buyer: TokenAmount

    /// Divides `price` by the share of the energy offered that was delivered, rounding down for the
    /// seller, and takes the fee, rounded down, out of the seller's part.
    init(
        price: TokenAmount, delivered: WattHours, offered: WattHours, feeMillionths: UInt32
    ) throws(Revert) {
        guard offered > .zero, delivered <= offered, feeMillionths <= 1_000_000 else {
            throw Revert("\(delivered.value) Wh of \(offered.value) Wh cannot be paid for")
        }
        let earned = offered.value.dividingFullWidth(
            price.baseUnits.multipliedFullWidth(by: delivered.value)
        ).quotient
        let fee = UInt64(1_000_000).dividingFullWidth(
            earned.multipliedFullWidth(by: UInt64(feeMillionths))
        ).quotient
        seller = TokenAmount(earned - fee)
        self.fee = TokenAmount(fee)
        buyer = TokenAmount(price.baseUnits - earned)
    }
}
