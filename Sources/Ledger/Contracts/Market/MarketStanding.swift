import Protocol

/// What a member has open on the market: rules bound it, and a suspension ends what is not paid of it.
struct MarketStanding: Hashable, Sendable {
    /// The energy of ``offers``.
    var energy = WattHours.zero
    /// The member's offers that are open, or picked and not paid, in the order in which they were made.
    var offers: [OfferID] = []
    /// What the member has picked and no delivery is proved of, paid or not.
    var picks: [OfferID] = []
    /// Until when the member picks nothing: it has let picks wait for a start that never came.
    var pausedUntil = MarketTime.zero
}

extension MarketStanding: Record {
    var encoded: Bytes {
        var bytes = Self.bytes(of: energy, pausedUntil, UInt32(clamping: offers.count))
        for id in offers + picks { id.append(to: &bytes) }
        return bytes
    }

    init(decoding bytes: Bytes) throws(MalformedBytes) {
        var reader = RecordReader(bytes, of: "market standing")
        energy = try reader.next()
        pausedUntil = try reader.next()
        let count = try UInt32(next: &reader)
        let ids = try reader.rest(of: OfferID.self)
        guard count <= ids.count else { throw reader.error("too short") }
        offers = Array(ids.prefix(Int(count)))
        picks = Array(ids.dropFirst(Int(count)))
    }
}

extension StateView {
    func marketStanding(of account: Address) -> MarketStanding {
        record(at: .marketStanding(account)) ?? MarketStanding()
    }
}

extension StateOverlay {
    /// Changes what a member has open; nothing leaves no entry.
    mutating func updateStanding(
        of account: Address, _ change: (inout MarketStanding) -> Void
    ) {
        var standing = marketStanding(of: account)
        change(&standing)
        let isEmpty = standing == MarketStanding()
        set(.marketStanding(account), isEmpty ? nil : standing.encoded)
    }
}

extension BlockExecutor {
    /// Throws unless `seller` may have an offer of `energy` more.
    func requireRoom(for energy: WattHours, of seller: Member) throws(Revert) {
        let standing = overlay.marketStanding(of: seller.account)
        guard standing.offers.count < rules.offersAtOnce else {
            throw Revert(
                "\(rules.offersAtOnce) of your offers are open or picked and not paid: no more may "
                    + "be at once")
        }
        let sum = WattHours(standing.energy.value.addingSaturating(energy.value))
        guard sum.canFlow(at: seller.ratedPower, seconds: rules.offerSeconds) else {
            throw Revert(
                "\(sum.value) Wh in all your open offers is more than a connection of "
                    + "\(seller.ratedPower.value) W can deliver in \(rules.offerSeconds) s")
        }
    }

    /// The seller's offer does not count any more.
    mutating func releaseOffer(_ offer: Offer) {
        overlay.updateStanding(of: offer.seller) { standing in
            guard let index = standing.offers.firstIndex(of: offer.id) else { return }
            standing.offers.remove(at: index)
            standing.energy = WattHours(
                standing.energy.value - min(offer.energy.value, standing.energy.value))
        }
    }

    /// Ends whatever of a member's is not paid: its open offers, and picks of its offers and by it, whose
    /// buyers get their tokens back. Each is told of with its reason, the member's suspension.
    mutating func endUnpaidTrades(of account: Address) throws(Revert) {
        let standing = overlay.marketStanding(of: account)
        for id in standing.offers + standing.picks {
            guard var trade = overlay.trade(id) else { continue }
            if trade.status == .picked, let buyer = trade.buyer {
                try giveBack(&trade, to: buyer)
            } else if trade.status == .open {
                withdraw(&trade)
            } else {
                continue
            }
            overlay.set(.trade(id), trade)
            emit(CommunityEvent.tradeEndedBySuspension(account: account, trade: id).log)
        }
    }

    /// How what came of a trade counts for its buyer: a delivery that was taken, of which its meter shows half
    /// of what the seller's does at least, for one more pick at once; and silence after all of them. One that
    /// was for the buyer alone adds nothing: two accounts of one hand could make as many as they like, for
    /// nothing and with nobody to come between.
    mutating func countDelivery(of trade: Trade, to buyer: Address) {
        let most = UInt32(clamping: rules.picksAtOnce - min(rules.firstPicks, rules.picksAtOnce))
        let exported = trade.exported?.value ?? 0
        guard let imported = trade.imported?.value else { return forgetDeliveries(to: buyer) }
        let known = overlay.account(buyer).takenDeliveries
        guard trade.offer.recipient == nil else { return }
        guard imported > 0, imported >= exported - exported / 2, known < most else { return }
        overlay.update(buyer) { $0.takenDeliveries = known + 1 }
    }

    /// The buyer was silent: it may have the first few picks at once, until it has taken deliveries again.
    mutating func forgetDeliveries(to buyer: Address) {
        guard overlay.account(buyer).takenDeliveries > 0 else { return }
        overlay.update(buyer) { $0.takenDeliveries = 0 }
    }

    /// Nothing is to be delivered for the trade any more: it does not count for its buyer.
    mutating func releasePick(_ trade: Trade) {
        guard let buyer = trade.buyer else { return }
        overlay.updateStanding(of: buyer) { $0.picks.removeAll { $0 == trade.offer.id } }
    }
}
