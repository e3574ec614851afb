import Ledger
import Protocol

/// Decides what a household offers and buys, within its owner's limits. It decides from the
/// ledger's state and the meter alone, so it has nothing to remember.
struct AutomaticTrader: Sendable {
    /// What a decision rests on.
    struct Situation: Sendable {
        var state: LedgerState
        var time: MarketTime
        /// The power drawn from the grid, in W; fed in if negative.
        var power: Int32
        /// The household's trades, followed up to `state`.
        var trades: OwnTrades
        /// Those of its trades whose delivery is over at its own meter.
        var delivered: Set<OfferID> = []
    }

    /// The least power, in W, that is worth a trade.
    static let leastPower: UInt32 = 20
    /// How many acceptable offers a buyer compares, the cheapest ones.
    static let comparedOffers = 64
    /// Asked prices are multiples of this, a kilowatt-hour: so sellers often ask the same, and
    /// buyers spread over them.
    static let priceStep: UInt64 = 5_000
    /// The most offers that may stand open at once, whatever the limits say: those of a household
    /// must not crowd the list.
    static let mostOffersAtOnce = 32
    /// An offer must still stand this long, in seconds of the market, to be worth a pick.
    static let pickSeconds: UInt64 = 120
    /// From how many deliveries on a seller is busy.
    static let busySeller = 3
    /// How long a delivery lasts, more or less, in seconds of the market.
    static let deliverySeconds: UInt64 = 600

    let account: Address
    var limits: TraderLimits

    /// What to do now; nothing depends on the order.
    func actions(in situation: Situation) -> [TradeAction] {
        var actions = rescues(in: situation)
        guard limits.isEnabled else { return actions }
        if situation.power <= -Int32(Self.leastPower) {
            actions += offers(in: situation)
        } else if situation.power > 0 {
            actions += cancellations(in: situation)
        }
        if situation.power >= Int32(Self.leastPower) { actions += purchases(in: situation) }
        return actions
    }

    /// What the aggregator should have done long ago, and anyone may.
    private func rescues(in situation: Situation) -> [TradeAction] {
        let window = situation.state.parameters.deliveryWindow
        let timeout = window + window / 4
        return situation.trades.unfinished.compactMap { trade in
            switch trade.status {
            case .picked, .paid:
                // The seller's receipt is there and the buyer's never came: its share is the seller's.
                if trade.exported != nil, trade.imported == nil {
                    return trade.isOverdue(by: timeout, at: situation.time)
                        && trade.offer.seller == account ? .claim(trade.offer.id) : nil
                }
                guard trade.buyer == account, trade.isOverdue(by: timeout, at: situation.time)
                else { return nil }
                return .refund(trade.offer.id)
            case .delivered:
                guard trade.offer.seller == account, let delivered = trade.delivered,
                    delivered.time.advanced(bySeconds: timeout) < situation.time
                else { return nil }
                return .claim(trade.offer.id)
            case .open, .settled, .cancelled, .expired, .refunded: return nil
            }
        }
    }
}

extension Trade {
    /// Whether it was picked longer than `timeout` ago, in seconds of the market.
    fileprivate func isOverdue(by timeout: UInt64, at now: MarketTime) -> Bool {
        picked.map { $0.time.advanced(bySeconds: timeout) < now } ?? false
    }
}

// Selling.
extension AutomaticTrader {
    private func sales(in situation: Situation) -> [Trade] {
        situation.trades.unfinished.filter { $0.offer.seller == account }
    }

    private func offers(in situation: Situation) -> [TradeAction] {
        guard let member = situation.state.member(account), member.role == .prosumer,
            !member.isSuspended, limits.lot.value > 0
        else { return [] }
        let sales = sales(in: situation)
        let open = sales.filter { $0.status == .open }
        let underWay = sales.filter { $0.status == .picked || $0.status == .paid }
        guard underWay.count < limits.mostOpenSales else { return [] }
        let surplus = UInt64(situation.power.magnitude)
        let expected = surplus.multipliedSaturating(by: limits.offerSeconds)
        let lots = expected / 3_600 / limits.lot.value
        let most = min(max(limits.mostOpenOffers, 0), Self.mostOffersAtOnce)
        let wanted = min(most, Int(clamping: lots) - underWay.count) - open.count
        guard wanted > 0 else { return [] }
        let price = Self.price(
            of: limits.lot, perKilowattHour: askingPrice(surplus: surplus, of: member.ratedPower))
        // The ledger takes no more than a day, by its own clock.
        let expires = situation.time.advanced(bySeconds: min(limits.offerSeconds, 80_000))
        return (0..<wanted).map { _ in .offer(limits.lot, price: price, expires: expires) }
    }

    private func cancellations(in situation: Situation) -> [TradeAction] {
        sales(in: situation).filter { $0.status == .open }.map { .cancel($0.offer.id) }
    }

    /// What to ask for a kilowatt-hour: the more there is to sell, the less. From a quarter of the
    /// connection's power on, it is the lowest price.
    func askingPrice(surplus: UInt64, of ratedPower: Watts) -> TokenAmount {
        let lowest = limits.lowestSalePrice.baseUnits
        let range = limits.highestSalePrice.baseUnits.subtractingReportingOverflow(lowest)
        guard !range.overflow else { return limits.lowestSalePrice }
        let full = max(ratedPower.value / 4, 1)
        let product = range.partialValue.multipliedFullWidth(by: full - min(surplus, full))
        let above = full.dividingFullWidth((product.high, product.low)).quotient
        let stepped = above / Self.priceStep * Self.priceStep
        return TokenAmount(lowest + stepped)
    }

    /// The price of `energy`, rounded up to a base unit, within what an offer can carry.
    static func price(of energy: WattHours, perKilowattHour price: TokenAmount) -> TokenAmount {
        let (product, overflow) = energy.value.multipliedReportingOverflow(by: price.baseUnits)
        guard !overflow else { return TokenAmount(UInt64(UInt32.max)) }
        let whole = product / 1_000 + (product % 1_000 == 0 ? 0 : 1)
        return TokenAmount(min(max(whole, 1), UInt64(UInt32.max)))
    }
}

// Buying.
extension AutomaticTrader {
    /// How long it may take in real seconds from a pick until energy flows for it, and from its end
    /// until that is proved: so long ahead a household buys.
    private static let purchaseSeconds: UInt64 = 8

    /// The cheapest acceptable offers, as many as what is drawn from the grid will use up by the time
    /// that more can be bought: one at least, and none but those that the deliveries which go on leave
    /// room for. The next purchase waits for no proof.
    private func purchases(in situation: Situation) -> [TradeAction] {
        let state = situation.state
        let ahead = Self.purchaseSeconds * UInt64(state.parameters.marketClock.rate)
        let needed = WattHours(UInt64(situation.power) * ahead / 3_600)
        let underWay = situation.trades.unfinished.filter {
            $0.buyer == account && $0.status.isUnderWay
        }
        var room = max(limits.mostOpenPurchases, 0) - underWay.count
        // What takes long has a seller who does not deliver: nothing is to be expected of it, and
        // nothing more is bought of it as long as that is so.
        let open = underWay.filter { !situation.delivered.contains($0.offer.id) }
        func isLate(_ trade: Trade) -> Bool {
            let picked = trade.picked?.time ?? situation.time
            return picked.advanced(bySeconds: 2 * ahead + Self.deliverySeconds) <= situation.time
        }
        let late = Set(open.filter(isLate).map(\.offer.seller))
        var energy = open.filter { !isLate($0) }
            .reduce(0 as UInt64) { $0.addingSaturating($1.offer.energy.value) }
        guard room > 0, energy == 0 || energy < needed.value,
            state.picksPaused(of: account) <= situation.time
        else { return [] }
        var budget = budget(in: situation)
        var picks: [TradeAction] = []
        for offer in bestOffers(in: situation, within: budget, avoiding: late)
        where room > 0 && (energy == 0 || energy < needed.value) {
            guard offer.price.baseUnits <= budget else { continue }
            picks.append(.pick(offer.id))
            room -= 1
            energy = energy.addingSaturating(offer.energy.value)
            budget -= offer.price.baseUnits
        }
        return picks
    }

    /// The acceptable offers, the cheapest first, but those of sellers with many deliveries before it
    /// last: it would wait for their energy while others' flows unsold. Among equally cheap ones, those
    /// whose seller has the fewest deliveries; then each buyer has an order of its own, so that not all
    /// pick the same.
    private func bestOffers(
        in situation: Situation, within budget: UInt64, avoiding late: Set<Address>
    ) -> [Offer] {
        let state = situation.state
        let latest = situation.time.advanced(bySeconds: Self.pickSeconds)
        let offers = state.cheapestOffers(
            upTo: limits.highestPurchasePrice.baseUnits, count: Self.comparedOffers, at: latest
        ) { offer in
            isAcceptable(offer, within: budget) && !isBarred(from: offer, in: state)
                && !late.contains(offer.seller)
        }
        var loads: [Address: Int] = [:]
        for offer in offers where loads[offer.seller] == nil {
            loads[offer.seller] = Self.deliveries(of: offer.seller, in: state)
        }
        let ranked = offers.map {
            (offer: $0, load: loads[$0.seller] ?? 0, preference: preference($0.id))
        }
        return ranked.sorted { left, right in
            let isBusy = (left.load >= Self.busySeller, right.load >= Self.busySeller)
            guard isBusy.0 == isBusy.1 else { return isBusy.1 }
            let favours = (
                limits.favourites.contains(left.offer.seller),
                limits.favourites.contains(right.offer.seller)
            )
            guard favours.0 == favours.1 else { return favours.0 }
            if Self.isCheaper(left.offer, right.offer) { return true }
            if Self.isCheaper(right.offer, left.offer) { return false }
            return (left.load, left.preference) < (right.load, right.preference)
        }.map(\.offer)
    }

    private func budget(in situation: Situation) -> UInt64 {
        let state = situation.state
        let spent = situation.trades.spentToday.baseUnits
        let limit = limits.mostTokensPerDay.baseUnits
        let balance = state.account(account).balance
        let free = balance.baseUnits - min(limits.reserve, balance).baseUnits
        return min(limit - min(spent, limit), free)
    }

    private func isAcceptable(_ offer: Offer, within budget: UInt64) -> Bool {
        let perLimit = limits.highestPurchasePrice.baseUnits.multipliedReportingOverflow(
            by: offer.energy.value)
        let (price, overflow) = offer.price.baseUnits.multipliedReportingOverflow(by: 1_000)
        return offer.seller != account && offer.price.baseUnits <= budget && !overflow
            && (perLimit.overflow || price <= perLimit.partialValue)
    }

    /// Whether a pick of the offer by this household was released: it is others' then.
    private func isBarred(from offer: Offer, in state: LedgerState) -> Bool {
        state.trade(offer.id)?.released.contains(account) ?? false
    }

    /// Whether a kilowatt-hour of `left` costs less. Both figures of an offer are below 2^32.
    private static func isCheaper(_ left: Offer, _ right: Offer) -> Bool {
        let first = left.price.baseUnits.multipliedFullWidth(by: right.energy.value)
        let second = right.price.baseUnits.multipliedFullWidth(by: left.energy.value)
        return (first.high, first.low) < (second.high, second.low)
    }

    /// How many sales of `seller` wait for their delivery, among its latest.
    private static func deliveries(of seller: Address, in state: LedgerState) -> Int {
        let total = state.account(seller).tradeCount
        let latest = state.trades(of: seller, from: total - min(total, 16), count: 16)
        return latest.filter { id in
            guard let trade = state.trade(id) else { return false }
            return trade.offer.seller == seller
                && (trade.status == .picked || trade.status == .paid)
        }.count
    }

    private func preference(_ id: OfferID) -> Hash32 {
        SHA256.hash(account.bytes + id.value.bigEndianBytes)
    }
}
