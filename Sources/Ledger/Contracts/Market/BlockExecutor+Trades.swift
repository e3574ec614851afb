import Protocol

extension BlockExecutor {
    /// Registers that the buyer's payment stands in escrow and its meter has signed a start; delivery
    /// begins. The buyer may do it itself, so that nobody can hold its start back.
    mutating func confirmPayment(
        _ trade: inout Trade, start: SignedMeterReceipt
    ) throws(Revert) {
        let isBuyer = trade.buyer == sender
        if isBuyer {
            _ = try senderMember()
        } else {
            try requireSender(.aggregator, to: "confirm payments")
            try requireOwn(trade)
        }
        try require(trade, .picked)
        try requireWithinWindow(trade)
        try check(start: start, of: trade)
        releaseOffer(trade.offer)
        trade.status = .paid
        trade.aggregator = isBuyer ? nil : sender
        trade.paid = step
        emit(
            MarketEvent.peerPaid(
                id: trade.offer.id, buyer: trade.buyer ?? .zero,
                aggregator: trade.aggregator ?? .zero, price: trade.offer.price
            ).log)
    }

    /// Throws unless the sender is the aggregator of one of the trade's households: another may neither
    /// take it nor its fee.
    func requireOwn(_ trade: Trade) throws(Revert) {
        let households = [trade.offer.seller, trade.buyer ?? .zero]
        guard
            households.contains(where: { overlay.aggregator(of: $0).map { $0 == sender } ?? true })
        else {
            throw Revert(
                "\(sender) is the aggregator of neither household of trade \(trade.offer.id.value)")
        }
    }

    /// Pays for what was delivered, by the aggregator's word.
    mutating func confirmSettlement(_ trade: inout Trade) throws(Revert) {
        try requireSender(.aggregator, to: "release payments")
        try require(trade, .delivered)
        try settle(&trade)
    }

    /// Pays for what was delivered, a window after the proof, whoever asks; and the seller's share,
    /// when the buyer's receipt can come no more.
    mutating func claim(_ trade: inout Trade) throws(Revert) {
        if trade.status == .paid, trade.exported != nil { return try claimShare(&trade) }
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
        guard trade.exported == nil else {
            throw Revert(
                "trade \(id.value) is not refunded: the seller's receipt shows its delivery, and what "
                    + "the buyer's is missing for is claimed")
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
        if trade.status == .picked { releaseOffer(trade.offer) }
        releasePick(trade)
        try releaseEscrow(to: buyer, amount: trade.offer.price)
        trade.returned = trade.offer.price
        end(&trade, as: .refunded)
        emit(
            MarketEvent.tradeRefunded(
                id: trade.offer.id, buyer: buyer, amount: trade.offer.price
            ).log)
    }

    /// The buyer's meter was silent to the end, after a start.
    private mutating func claimShare(_ trade: inout Trade) throws(Revert) {
        let due = deadline(of: trade).advanced(bySeconds: answerTimes.receipt)
        guard time > due else {
            throw Revert(
                "trade \(trade.offer.id.value) can be claimed after \(due.seconds), when the buyer's "
                    + "receipt can come no more; now it is \(time.seconds)")
        }
        releasePick(trade)
        try settle(&trade)
    }

    /// Divides the escrow as ``PaymentSplit`` does. Where the buyer registered its payment itself, no
    /// aggregator is due a fee.
    private mutating func settle(_ trade: inout Trade) throws(Revert) {
        guard let buyer = trade.buyer else {
            throw Revert("trade \(trade.offer.id.value) lacks a buyer")
        }
        let split = try PaymentSplit(
            of: trade, sellerShare: parameters.sellerShare,
            feeMillionths: trade.aggregator == nil ? 0 : parameters.aggregatorFee)
        try releaseEscrow(to: trade.offer.seller, amount: split.seller)
        try releaseEscrow(to: trade.aggregator ?? .zero, amount: split.fee)
        try releaseEscrow(to: buyer, amount: split.buyer)
        try burnEscrow(split.burned)
        trade.sellerAmount = split.seller
        trade.fee = split.fee
        trade.returned = split.buyer
        trade.burned = split.burned
        countDelivery(of: trade, to: buyer)
        end(&trade, as: .settled)
        emit(
            MarketEvent.sellerPaid(
                id: trade.offer.id, seller: trade.offer.seller, amount: split.seller,
                fee: split.fee, returned: split.buyer, burned: split.burned
            ).log)
    }

    /// Until when payment may be confirmed and delivery proved.
    func deadline(of trade: Trade) -> MarketTime {
        (trade.picked ?? trade.offered).time.advanced(bySeconds: parameters.deliveryWindow)
    }

    func requireWithinWindow(_ trade: Trade) throws(Revert) {
        let deadline = deadline(of: trade)
        guard time <= deadline else {
            throw Revert(
                "trade \(trade.offer.id.value)'s delivery window ended at \(deadline.seconds), "
                    + "now it is \(time.seconds)")
        }
    }

    func require(_ trade: Trade, _ status: TradeStatus) throws(Revert) {
        guard trade.status == status else {
            throw Revert(
                "trade \(trade.offer.id.value) is \(trade.status(at: time).name), "
                    + "not \(status.name)")
        }
    }
}
