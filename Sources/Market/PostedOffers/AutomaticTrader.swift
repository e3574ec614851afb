import Ledger
import Protocol

/// Decides what a household offers and buys, within its owner's limits. It decides from the
/// ledger's state and the meter alone, so it has nothing to remember.
struct AutomaticTrader: Sendable {
    /// What a decision rests on.
    struct Situation: Sendable {
        var state: LedgerState
        /// The number of the next block.
        var height: UInt64
        var time: MarketTime
        /// The power drawn from the grid, in W; fed in if negative.
        var power: Int32
        /// The household's trades, followed up to `state`.
        var trades: OwnTrades
        /// Those of its trades whose delivery is over at its own meter.
        var delivered: Set<OfferID> = []
        /// What the household has fed in today, as far as it was seen.
        var surplus = CountedSurplus()
    }

    /// The least power, in W, that is worth a trade.
    static let leastPower: UInt32 = 20
    /// How many acceptable offers a buyer compares, the cheapest ones.
    static let comparedOffers = 64
    /// At how many it looks for them: as many as eight members can have open, in case the cheapest are of
    /// such as it buys nothing of.
    static let lookedAtOffers = 512
    /// Asked prices are multiples of this, a kilowatt-hour: so sellers often ask the same, and
    /// buyers spread over them.
    static let priceStep: UInt64 = 5_000
    /// The most offers that may stand open at once, whatever the limits say: those of a household
    /// must not crowd the list.
    static let mostOffersAtOnce = 32
    /// How many gifts to one neighbour may stand open at once: one who is away must not fill the list.
    static let mostOpenGiftsToOne = 2
    /// How many gifts to one neighbour, and to all of them, may be open or under way at once: one who picks
    /// and draws nothing must not have the others' turns.
    static let mostGiftsToOne = 5
    static let mostGifts = 20
    /// An offer must still stand this long, in seconds of the market, to be worth a pick.
    static let pickSeconds: UInt64 = 120
    /// From how many deliveries on a seller is busy.
    static let busySeller = 3
    /// How long a delivery lasts, more or less, in seconds of the market.
    static let deliverySeconds: UInt64 = 600
    /// How many purchases of sellers that have not shown that they deliver may be under way at once, one of
    /// each.
    static let mostTrials = 3

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
    /// Whether somebody has picked it, and no proof of its delivery is there.
    var isBeforeDelivery: Bool { status == .picked || status == .paid }

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
        let surplus = UInt64(situation.power.magnitude)
        let shares = giftShares(in: situation.state)
        // What is given away is not for sale.
        let forSale = 1_000 - shares.reduce(0) { $0 + UInt64($1.permille) }
        let expected = surplus.multipliedSaturating(by: limits.offerSeconds)
        let lots = expected.multipliedSaturating(by: forSale) / 3_600_000 / limits.lot.value
        let most = min(max(limits.mostOpenOffers, 0), Self.mostOffersAtOnce)
        let toSell = sales.count { $0.isBeforeDelivery && !$0.offer.isGift }
        let wanted = min(most, Int(clamping: lots) - toSell) - open.count { !$0.offer.isGift }
        // The ledger takes no more than a day, by its own clock.
        let expires = situation.time.advanced(bySeconds: min(limits.offerSeconds, 80_000))
        let gifts = gifts(of: shares, in: situation, after: sales, until: expires)
        guard wanted > 0, toSell < limits.mostOpenSales else { return gifts }
        let price = Self.price(
            of: limits.lot, perKilowattHour: askingPrice(surplus: surplus, of: member.ratedPower))
        return gifts + (0..<wanted).map { _ in .offer(limits.lot, price: price, expires: expires) }
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
