import Protocol

extension BlockExecutor {
    /// Stores the sender's offer and gives its number.
    mutating func addOffer(_ new: NewOffer) throws(Revert) -> OfferID {
        let (energy, price) = (new.energy, new.price)
        let seller = try senderMember()
        guard seller.role == .prosumer else {
            throw Revert(
                "\(sender) is \(seller.role.withArticle), not a prosumer: it cannot offer energy")
        }
        guard energy > .zero else { throw Revert("energy is 0 Wh") }
        if let recipient = new.recipient {
            try requireRecipient(recipient)
        } else {
            guard price > .zero else {
                throw Revert(
                    "the price is 0: only an offer that names its recipient is for nothing")
            }
        }
        let window = parameters.deliveryWindow
        guard energy.canFlow(at: seller.ratedPower, seconds: window) else {
            throw Revert(
                "energy \(energy.value) Wh is more than a connection of "
                    + "\(seller.ratedPower.value) W can deliver in \(window) s")
        }
        let latest = time.advanced(bySeconds: rules.offerSeconds)
        let expires = new.expires ?? latest
        guard expires > time else {
            throw Revert(
                "expiry \(expires.seconds) is not after the market's time \(time.seconds)")
        }
        guard expires <= latest else {
            throw Revert(
                "expiry \(expires.seconds) is after \(latest.seconds): an offer stands for "
                    + "\(rules.offerSeconds) s at most")
        }
        expireOffers(of: sender)
        try requireRoom(for: energy, of: seller)
        guard let id = overlay.nextOfferID else { throw Revert("all offer ids are used up") }
        let offer = Offer(
            id: id, seller: sender, energy: energy, price: price, timeOffered: time,
            expires: expires, recipient: new.recipient)
        try store(offer)
        return id
    }

    /// Throws unless an offer may name `recipient`: a household that could pick it now.
    private func requireRecipient(_ recipient: Address) throws(Revert) {
        guard recipient != sender else { throw Revert("the recipient is yourself") }
        let member = try registered(recipient)
        guard member.role.isHousehold else {
            throw Revert(
                "\(recipient) is \(member.role.withArticle): only households pick offers")
        }
        try requireNotSuspended(recipient)
    }

    private mutating func store(_ offer: Offer) throws(Revert) {
        var trade = Trade(offer: offer, offered: step)
        trade.sellerNumber = try addToTrades(of: offer.seller, offer.id)
        var counters = overlay.counters
        counters.offers = offer.id.value
        overlay.set(.counters, counters)
        overlay.set(.trade(offer.id), trade)
        OpenOffers.insert(offer, in: &overlay)
        overlay.updateStanding(of: offer.seller) { standing in
            standing.offers.append(offer.id)
            standing.energy = WattHours(standing.energy.value.addingSaturating(offer.energy.value))
        }
        emit(
            MarketEvent.offerAdded(
                id: offer.id, seller: offer.seller, recipient: offer.recipient ?? .zero,
                energy: offer.energy, price: offer.price,
                timeOffered: offer.timeOffered, expires: offer.expires
            ).log)
    }

    /// Adds `id` to what `account` made or picked, and gives its number there.
    private mutating func addToTrades(
        of account: Address, _ id: OfferID
    ) throws(Revert) -> UInt32 {
        let number = overlay.account(account).tradeCount
        guard number < .max else { throw Revert("\(account) has too many trades") }
        overlay.set(.trade(of: account, number: number), id.value.bigEndianBytes)
        overlay.update(account) { $0.tradeCount = number + 1 }
        return number
    }

    /// Moves the price into escrow and makes the sender the buyer.
    mutating func pick(_ trade: inout Trade) throws(Revert) {
        let offer = trade.offer
        let buyer = try senderMember()
        guard buyer.role.isHousehold else {
            throw Revert("\(sender) is \(buyer.role.withArticle): only households pick offers")
        }
        try requireOpen(trade)
        try requireNotSuspended(offer.seller)
        guard offer.seller != sender else { throw Revert("offer \(offer.id.value) is your own") }
        if let recipient = offer.recipient, recipient != sender {
            throw Revert("offer \(offer.id.value) is for \(recipient) alone")
        }
        try requireMayPick(trade)
        try escrowTokens(of: sender, amount: offer.price)
        trade.buyerNumber = try addToTrades(of: sender, offer.id)
        OpenOffers.remove(offer, in: &overlay)
        overlay.updateStanding(of: sender) { standing in
            standing.picks.append(offer.id)
            standing.pausedUntil = .zero
        }
        trade.status = .picked
        trade.buyer = sender
        trade.picked = step
        emit(
            MarketEvent.offerPicked(
                id: offer.id, seller: offer.seller, buyer: sender, price: offer.price
            ).log)
    }

    private func requireMayPick(_ trade: Trade) throws(Revert) {
        let standing = overlay.marketStanding(of: sender)
        let most = rules.picksAtOnce(
            afterDeliveries: overlay.account(sender).takenDeliveries)
        guard standing.picks.count < most else {
            let growth = most < rules.picksAtOnce ? "; each delivery you take allows one more" : ""
            throw Revert(
                "\(most) of your picks wait for their delivery: no more may at once\(growth)")
        }
        guard standing.pausedUntil <= time else {
            throw Revert(
                "you pick nothing until \(standing.pausedUntil.seconds): picks of yours were released, "
                    + "as your meter signed no start")
        }
        guard !trade.released.contains(sender) else {
            throw Revert(
                "your pick of offer \(trade.offer.id.value) was released: it is others' to pick")
        }
    }

    /// Takes the sender's offer from the list.
    mutating func cancel(_ trade: inout Trade) throws(Revert) {
        let offer = trade.offer
        guard offer.seller == sender else {
            throw Revert("offer \(offer.id.value) is not yours but \(offer.seller)'s")
        }
        try requireOpen(trade)
        withdraw(&trade)
    }

    /// Takes an open offer from the list, whoever asked for it.
    mutating func withdraw(_ trade: inout Trade) {
        close(&trade, as: .cancelled)
        emit(MarketEvent.offerCancelled(id: trade.offer.id, seller: trade.offer.seller).log)
    }

    /// Marks an open offer whose time is over.
    mutating func expire(_ trade: inout Trade) {
        close(&trade, as: .expired)
        emit(MarketEvent.offerExpired(id: trade.offer.id, seller: trade.offer.seller).log)
    }

    /// Marks those of a member's offers whose time is over: they leave room for others at once.
    private mutating func expireOffers(of seller: Address) {
        for id in overlay.marketStanding(of: seller).offers {
            guard var trade = overlay.trade(id), trade.status == .open,
                trade.offer.isExpired(at: time)
            else { continue }
            expire(&trade)
            overlay.set(.trade(id), trade)
        }
    }

    private mutating func close(_ trade: inout Trade, as status: TradeStatus) {
        OpenOffers.remove(trade.offer, in: &overlay)
        releaseOffer(trade.offer)
        end(&trade, as: status)
    }

    private func requireOpen(_ trade: Trade) throws(Revert) {
        let id = trade.offer.id.value
        switch trade.status(at: time) {
        case .open: return
        case .cancelled: throw Revert("offer \(id) is cancelled")
        case .expired:
            throw Revert("offer \(id) expired at \(trade.offer.expires.seconds)")
        case .picked, .paid, .delivered, .settled, .refunded:
            throw Revert("offer \(id) is already picked")
        }
    }
}

extension BlockExecutor {
    /// Looks at a few open offers, the next in their round, and marks those whose time is over.
    ///
    /// Each call that changes the market does this. No rule waits for the mark: an offer past its
    /// time counts as expired at once. So no call ever has much to do; and as a call adds one offer
    /// at most, the search gets round, and no expired offer stays in the list of a market in use.
    mutating func searchExpiredOffers() {
        var counters = overlay.counters
        let start = counters.expirySearch
        for _ in 0..<rules.expirySearch {
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

/// An offer as a call makes it.
struct NewOffer {
    let energy: WattHours
    let price: TokenAmount
    /// Who alone may pick it; nil if anyone may.
    var recipient: Address?
    /// Until when it stands; as long as offers may if nil.
    var expires: MarketTime?

    /// Reads the arguments of `function`; nil if that makes no offer.
    init?(_ function: MarketFunction, _ arguments: inout ABIFields) throws(Revert) {
        switch function {
        case .addOffer, .addOfferExpiring, .addOfferTo, .addOfferToExpiring: break
        default: return nil
        }
        energy = try arguments.quantity("energy")
        price = try arguments.quantity("price")
        if function == .addOfferTo || function == .addOfferToExpiring {
            recipient = try arguments.address("recipient")
        }
        if function == .addOfferExpiring || function == .addOfferToExpiring {
            expires = try arguments.quantity("expiry")
        }
    }
}

extension WattHours {
    /// Whether so much energy can flow through a connection of `power` within `seconds`.
    func canFlow(at power: Watts, seconds: UInt64) -> Bool {
        value.multipliedFullWidth(by: 3_600) <= power.value.multipliedFullWidth(by: seconds)
    }
}
