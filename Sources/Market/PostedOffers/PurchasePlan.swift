import Ledger
import Protocol

/// What a household expects of its purchases under way, and what it may buy beside them.
struct PurchasePlan {
    /// How long it may take in real seconds from a pick until energy flows for it, and from its end
    /// until that is proved: so long ahead a household buys.
    private static let purchaseSeconds: UInt64 = 8

    private let trades: OwnTrades
    private let time: MarketTime
    /// What is drawn from the grid until more can be bought.
    private let needed: UInt64
    /// What is expected of sellers that deliver.
    private var energy: UInt64
    /// The sellers of whom something is under way and nothing is known yet.
    private var tried: Set<Address>
    /// What takes long has a seller who does not deliver: nothing is to be expected of it, and
    /// nothing more is bought of it as long as that is so.
    private let late: Set<Address>
    /// How many more purchases may be under way.
    var room: Int
    /// How many more gifts may be: as many beside the purchases as there may be of these, but no more than
    /// half of what the ledger lets an account pick. So gifts that take long keep nobody from buying.
    private var giftRoom: Int
    /// How many more sales of next to nothing may be: half of the places. They cost their seller next to nothing,
    /// and would keep a household from buying.
    private var smallRoom: Int
    /// A sale below a quarter of the usual lot is next to nothing if as many such as there are places do not
    /// bring what is needed.
    private let smallest: UInt64
    /// Of which sellers on trial an offer was looked at: one is enough.
    var compared: Set<Address> = []
    /// How many sales of next to nothing were looked at.
    private var comparedSmall = 0

    init(
        of account: Address, in situation: AutomaticTrader.Situation, within limits: TraderLimits
    ) {
        trades = situation.trades
        time = situation.time
        let ahead =
            Self.purchaseSeconds * UInt64(situation.state.parameters.marketClock.rate)
        needed = UInt64(max(situation.power, 0)) * ahead / 3_600
        let underWay = situation.trades.unfinished.filter {
            $0.buyer == account && $0.status.isUnderWay
        }
        let most = max(limits.mostOpenPurchases, 0)
        let gifts = underWay.count { $0.offer.isGift }
        room = most - (underWay.count - gifts)
        smallest = most > 0 ? min(needed / UInt64(most), limits.lot.value / 4) : 0
        smallRoom =
            most - most / 2
            - underWay.count { [smallest] in
                !$0.offer.isGift && $0.offer.energy.value < smallest
            }
        let picks = situation.state.picksLeft(of: account, at: situation.height)
        giftRoom = min(most, max((underWay.count + picks) / 2, 1)) - gifts
        let open = underWay.filter { !situation.delivered.contains($0.offer.id) }
        let draw = GiftDraw(power: UInt64(max(situation.power, 0)), time: situation.time)
        func isLate(_ trade: Trade) -> Bool {
            let picked = trade.picked?.time ?? situation.time
            var longest = AutomaticTrader.deliverySeconds
            if trade.offer.isGift { longest = min(longest, draw.seconds(for: trade.offer.energy)) }
            return picked.advanced(bySeconds: 2 * ahead + longest) <= situation.time
        }
        let records = situation.trades.sellers
        func isProven(_ trade: Trade) -> Bool { records[trade.offer.seller]?.isProven ?? false }
        late = Set(open.filter(isLate).map(\.offer.seller))
        tried = Set(underWay.filter { !isProven($0) }.map(\.offer.seller))
        energy = open.filter { isProven($0) && !isLate($0) }
            .reduce(0) { $0.addingSaturating(draw.expected(of: $1)) }
    }

    /// Whether there is use for another purchase, and room.
    var wantsMore: Bool { room > 0 && (energy == 0 || energy < needed) }

    /// Whether there is use for what `offer` offers, and room.
    func wants(_ offer: Offer) -> Bool {
        wantsMore && (!offer.isGift || giftRoom > 0) && (!isNextToNothing(offer) || smallRoom > 0)
    }

    /// Whether `offer` is a sale of so little that it comes after all others.
    func isNextToNothing(_ offer: Offer) -> Bool {
        !offer.isGift && offer.energy.value < smallest
    }

    /// Whether the seller has delivered what this household last bought of it.
    func isProven(_ seller: Address) -> Bool { trades.sellers[seller]?.isProven ?? false }

    /// Whether anything may be bought of the seller now.
    func accepts(_ seller: Address) -> Bool {
        guard !late.contains(seller) else { return false }
        guard !isProven(seller) else { return true }
        return tried.count < AutomaticTrader.mostTrials && !tried.contains(seller)
            && trades.sellers[seller]?.mayBeTried(at: time) ?? true
    }

    /// Whether `offer` is to be compared with others: of those of next to nothing no more than may be bought.
    mutating func compares(_ offer: Offer) -> Bool {
        guard isNextToNothing(offer) else { return true }
        comparedSmall += 1
        return comparedSmall <= smallRoom
    }

    /// Counts a purchase of `offer`. A gift takes a purchase's place until the next decision, as the ledger
    /// counts picks of both.
    mutating func add(_ offer: Offer) {
        room -= 1
        if offer.isGift { giftRoom -= 1 }
        if isNextToNothing(offer) { smallRoom -= 1 }
        if isProven(offer.seller) {
            energy = energy.addingSaturating(offer.energy.value)
        } else {
            tried.insert(offer.seller)
        }
    }
}

/// What is to be expected of a gift. It costs its giver nothing to let it take long, so it stands for its
/// energy no longer than that lasts at the power that is drawn: then the household buys again, whether
/// anything has come or not.
private struct GiftDraw {
    /// What is drawn from the grid, in W.
    let power: UInt64
    let time: MarketTime

    /// How long it takes to draw `energy`, in seconds of the market.
    func seconds(for energy: WattHours) -> UInt64 {
        energy.value.multipliedSaturating(by: 3_600) / max(power, 1)
    }

    /// The energy that is still to come of `trade`, if it is a gift; else all of it.
    func expected(of trade: Trade) -> UInt64 {
        let energy = trade.offer.energy.value
        guard trade.offer.isGift, let picked = trade.picked else { return energy }
        let passed = time.seconds - min(picked.time.seconds, time.seconds)
        return energy - min(energy, power.multipliedSaturating(by: passed) / 3_600)
    }
}
