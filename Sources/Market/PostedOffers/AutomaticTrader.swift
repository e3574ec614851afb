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
    }

    /// The least power, in W, that is worth a trade.
    static let leastPower: UInt32 = 20
    /// How many open offers a buyer looks at.
    static let comparedOffers = 500
    /// Asked prices are multiples of this, a kilowatt-hour: so sellers often ask the same, and
    /// buyers spread over them.
    static let priceStep: UInt64 = 5_000
    /// The most offers that may stand open at once, whatever the limits say: those of a household
    /// must not crowd the list.
    static let mostOffersAtOnce = 32
    /// An offer must still stand this long, in seconds of the market, to be worth a pick.
    static let pickSeconds: UInt64 = 120

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
        if situation.power >= Int32(Self.leastPower), let id = bestOffer(in: situation) {
            actions.append(.pick(id))
        }
        return actions
    }

    /// What the aggregator should have done long ago, and anyone may.
    private func rescues(in situation: Situation) -> [TradeAction] {
        let window = situation.state.parameters.deliveryWindow
        let timeout = window + window / 4
        return situation.trades.unfinished.compactMap { trade in
            switch trade.status {
            case .picked, .paid:
                guard trade.buyer == account, let picked = trade.picked,
                    picked.time.advanced(bySeconds: timeout) < situation.time
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
        let expires = situation.time.advanced(bySeconds: limits.offerSeconds)
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
    /// The cheapest acceptable offer, unless a purchase is under way. Among equally cheap ones,
    /// one whose seller has the fewest deliveries before it; then each buyer has an order of its
    /// own, so that not all pick the same.
    private func bestOffer(in situation: Situation) -> OfferID? {
        let isBuying = situation.trades.unfinished.contains {
            $0.buyer == account && $0.status.isUnderWay
        }
        guard !isBuying else { return nil }
        let state = situation.state
        let budget = budget(in: situation)
        let latest = situation.time.advanced(bySeconds: Self.pickSeconds)
        let offers = state.openOffers(
            from: OfferID(1), count: Self.comparedOffers, at: latest
        ).filter { isAcceptable($0, within: budget) }
        guard let cheapest = offers.min(by: Self.isCheaper) else { return nil }
        let best = offers.filter { !Self.isCheaper(cheapest, $0) }
        var loads: [Address: Int] = [:]
        for offer in best where loads[offer.seller] == nil {
            loads[offer.seller] = Self.deliveries(of: offer.seller, in: state)
        }
        return best.min { left, right in
            let loadOfLeft = loads[left.seller] ?? 0
            let loadOfRight = loads[right.seller] ?? 0
            guard loadOfLeft == loadOfRight else { return loadOfLeft < loadOfRight }
            return preference(left.id) < preference(right.id)
        }?.id
    }

    private func budget(in situation: Situation) -> UInt64 {
        let state = situation.state
        let spent = situation.trades.spentToday.baseUnits
        let limit = limits.mostTokensPerDay.baseUnits
        return min(limit - min(spent, limit), state.account(account).balance.baseUnits)
    }

    private func isAcceptable(_ offer: Offer, within budget: UInt64) -> Bool {
        let perLimit = limits.highestPurchasePrice.baseUnits.multipliedReportingOverflow(
            by: offer.energy.value)
        let (price, overflow) = offer.price.baseUnits.multipliedReportingOverflow(by: 1_000)
        return offer.seller != account && offer.price.baseUnits <= budget && !overflow
            && (perLimit.overflow || price <= perLimit.partialValue)
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
