import Protocol

extension BlockExecutor {
    /// Stores the sender's offer and gives its number.
    mutating func addOffer(
        _ energy: WattHours, for price: TokenAmount, until expires: MarketTime?
    ) throws(Revert) -> OfferID {
        let seller = try senderMember()
        guard seller.role == .prosumer else {
            throw Revert(
                "\(sender) is \(seller.role.withArticle), not a prosumer: it cannot offer energy")
        }
        guard energy > .zero else { throw Revert("energy is 0 Wh") }
        guard price > .zero else { throw Revert("the price is 0") }
        let window = parameters.deliveryWindow
        guard energy.canFlow(at: seller.ratedPower, seconds: window) else {
            throw Revert(
                "energy \(energy.value) Wh is more than a connection of "
                    + "\(seller.ratedPower.value) W can deliver in \(window) s")
        }
        if let expires, expires <= time {
            throw Revert(
                "expiry \(expires.seconds) is not after the market's time \(time.seconds)")
        }
        guard let id = overlay.nextOfferID else { throw Revert("all offer ids are used up") }
        let offer = Offer(
            id: id, seller: sender, energy: energy, price: price, timeOffered: time,
            expires: expires)
        try store(offer)
        return id
    }

    private mutating func store(_ offer: Offer) throws(Revert) {
        try addToTrades(of: offer.seller, offer.id)
        var counters = overlay.counters
        counters.offers = offer.id.value
        overlay.set(.counters, counters)
        overlay.set(.trade(offer.id), Trade(offer: offer, offered: step))
        OpenOffers.insert(offer.id.value, in: &overlay)
        emit(
            MarketEvent.offerAdded(
                id: offer.id, seller: offer.seller, energy: offer.energy, price: offer.price,
                timeOffered: offer.timeOffered, expires: offer.expires
            ).log)
    }

    /// Adds `id` to what `account` made or picked.
    private mutating func addToTrades(of account: Address, _ id: OfferID) throws(Revert) {
        let number = overlay.account(account).tradeCount
        guard number < .max else { throw Revert("\(account) has too many trades") }
        overlay.set(.trade(of: account, number: number), id.value.bigEndianBytes)
        overlay.update(account) { $0.tradeCount = number + 1 }
    }

    /// Moves the price into escrow and makes the sender the buyer.
    mutating func pick(_ trade: inout Trade) throws(Revert) {
        let offer = trade.offer
        let buyer = try senderMember()
        guard buyer.role.isHousehold else {
            throw Revert("\(sender) is \(buyer.role.withArticle): only households pick offers")
        }
        try requireOpen(trade)
        guard offer.seller != sender else { throw Revert("offer \(offer.id.value) is your own") }
        try escrowTokens(of: sender, amount: offer.price)
        try addToTrades(of: sender, offer.id)
        OpenOffers.remove(offer.id.value, in: &overlay)
        trade.status = .picked
        trade.buyer = sender
        trade.picked = step
        emit(
            MarketEvent.offerPicked(
                id: offer.id, seller: offer.seller, buyer: sender, price: offer.price
            ).log)
    }

    /// Takes the sender's offer from the list.
    mutating func cancel(_ trade: inout Trade) throws(Revert) {
        let offer = trade.offer
        guard offer.seller == sender else {
            throw Revert("offer \(offer.id.value) is not yours but \(offer.seller)'s")
        }
        try requireOpen(trade)
        close(&trade, as: .cancelled)
        emit(MarketEvent.offerCancelled(id: offer.id, seller: offer.seller).log)
    }

    /// Marks an open offer whose time is over.
    mutating func expire(_ trade: inout Trade) {
        close(&trade, as: .expired)
        emit(MarketEvent.offerExpired(id: trade.offer.id, seller: trade.offer.seller).log)
    }

    private mutating func close(_ trade: inout Trade, as status: TradeStatus) {
        OpenOffers.remove(trade.offer.id.value, in: &overlay)
        trade.status = status
        trade.closed = step
    }

    private func requireOpen(_ trade: Trade) throws(Revert) {
        let id = trade.offer.id.value
        switch trade.status(at: time) {
        case .open: return
        case .cancelled: throw Revert("offer \(id) is cancelled")
        case .expired:
            throw Revert("offer \(id) expired at \(trade.offer.expires?.seconds ?? 0)")
        case .picked, .paid, .delivered, .settled, .refunded:
            throw Revert("offer \(id) is already picked")
        }
    }
}

extension BlockExecutor {
    /// Looks at two open offers, the next in their round, and marks those whose time is over.
    ///
    /// Each call that changes the market does this. No rule waits for the mark: an offer past its
    /// time counts as expired at once. So no call ever has much to do; and as a call adds one offer
    /// at most, the search gets round, and no expired offer stays in the list of a market in use.
    mutating func searchExpiredOffers() {
        var counters = overlay.counters
        let start = counters.expirySearch
        for _ in 0..<2 {
            guard let id = OpenOffers.first(from: counters.expirySearch, in: overlay) else {
                counters.expirySearch = 0
                continue
            }
            counters.expirySearch = id == .max ? 0 : id + 1
            if var trade = overlay.trade(OfferID(id)), trade.offer.isExpired(at: time) {
                expire(&trade)
                overlay.set(.trade(OfferID(id)), trade)
            }
        }
        if counters.expirySearch != start { overlay.set(.counters, counters) }
    }
}

extension WattHours {
    /// Whether so much energy can flow through a connection of `power` within `seconds`.
    func canFlow(at power: Watts, seconds: UInt64) -> Bool {
        value.multipliedFullWidth(by: 3_600) <= power.value.multipliedFullWidth(by: seconds)
    }
}
