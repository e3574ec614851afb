import Ledger
import Protocol

extension AutomaticTrader {
    /// The cheapest acceptable offers, as many as what is drawn from the grid will use up by the time
    /// that more can be bought: one at least, and none but those that the deliveries which go on leave
    /// room for. The next purchase waits for no proof.
    ///
    /// Nothing is expected of a seller that has not shown that it delivers: what is bought of it comes on
    /// top, so that whoever offers cheaply and delivers nothing keeps no buyer waiting. Nor does whoever
    /// gives little and lets it take long: a gift is waited for as long as its energy lasts.
    func purchases(in situation: Situation) -> [TradeAction] {
        let state = situation.state
        var plan = PurchasePlan(of: account, in: situation, within: limits)
        plan.room = min(plan.room, state.picksLeft(of: account, at: situation.height))
        guard plan.wantsMore, state.picksPaused(of: account) <= situation.time else { return [] }
        var budget = budget(in: situation)
        var picks: [TradeAction] = []
        for offer in bestOffers(in: situation, within: budget, for: plan) where plan.wants(offer) {
            guard offer.price.baseUnits <= budget, plan.accepts(offer.seller) else { continue }
            plan.add(offer)
            picks.append(.pick(offer.id))
            budget -= offer.price.baseUnits
        }
        return picks
    }

    /// The acceptable offers, gifts first, then the cheapest, but those of next to nothing last, and those of
    /// sellers with many deliveries before it: it would wait for their energy while others' flows unsold.
    /// Among equally cheap ones, those whose seller has the fewest deliveries; then each buyer has an order
    /// of its own, so that not all pick the same. One only of each seller that is to be tried, and so few of
    /// next to nothing that they hide no others. Those that are for this household alone are found apart
    /// from those for anyone, so that neither kind hides the other, and those for others hide nothing.
    private func bestOffers(
        in situation: Situation, within budget: UInt64, for plan: PurchasePlan
    ) -> [Offer] {
        let state = situation.state
        let latest = situation.time.advanced(bySeconds: Self.pickSeconds)
        var plan = plan
        let offers = [account, nil].flatMap { recipient in
            state.cheapestOffers(
                to: recipient, upTo: limits.highestPurchasePrice.baseUnits,
                count: Self.comparedOffers, lookingAt: Self.lookedAtOffers, at: latest
            ) { offer in
                guard isAcceptable(offer, within: budget), !isBarred(from: offer, in: state),
                    plan.accepts(offer.seller), plan.compares(offer)
                else { return false }
                return plan.isProven(offer.seller) || plan.compared.insert(offer.seller).inserted
            }
        }
        var loads: [Address: Int] = [:]
        for offer in offers where loads[offer.seller] == nil {
            loads[offer.seller] = Self.deliveries(of: offer.seller, in: state)
        }
        let ranked = offers.map {
            (offer: $0, load: loads[$0.seller] ?? 0, preference: preference($0.id))
        }
        return ranked.sorted { left, right in
            guard left.offer.isGift == right.offer.isGift else { return left.offer.isGift }
            let isSmall = (
                plan.isNextToNothing(left.offer), plan.isNextToNothing(right.offer)
            )
            guard isSmall.0 == isSmall.1 else { return isSmall.1 }
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
        return offer.isFor(account) && offer.price.baseUnits <= budget && !overflow
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
