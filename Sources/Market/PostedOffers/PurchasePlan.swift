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
    /// Of which sellers on trial an offer was looked at: one is enough.
    var compared: Set<Address> = []

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
        room = max(limits.mostOpenPurchases, 0) - underWay.count
        let open = underWay.filter { !situation.delivered.contains($0.offer.id) }
        func isLate(_ trade: Trade) -> Bool {
            let picked = trade.picked?.time ?? situation.time
            let longest = 2 * ahead + AutomaticTrader.deliverySeconds
            return picked.advanced(bySeconds: longest) <= situation.time
        }
        let records = situation.trades.sellers
        func isProven(_ trade: Trade) -> Bool { records[trade.offer.seller]?.isProven ?? false }
        late = Set(open.filter(isLate).map(\.offer.seller))
        tried = Set(underWay.filter { !isProven($0) }.map(\.offer.seller))
        energy = open.filter { isProven($0) && !isLate($0) }
            .reduce(0) { $0.addingSaturating($1.offer.energy.value) }
    }

    /// Whether there is use for another purchase, and room.
    var wantsMore: Bool { room > 0 && (energy == 0 || energy < needed) }

    /// Whether the seller has delivered what this household last bought of it.
    func isProven(_ seller: Address) -> Bool { trades.sellers[seller]?.isProven ?? false }

    /// Whether anything may be bought of the seller now.
    func accepts(_ seller: Address) -> Bool {
        guard !late.contains(seller) else { return false }
        guard !isProven(seller) else { return true }
        return tried.count < AutomaticTrader.mostTrials && !tried.contains(seller)
            && trades.sellers[seller]?.mayBeTried(at: time) ?? true
    }

    /// Counts a purchase of `offer`.
    mutating func add(_ offer: Offer) {
        room -= 1
        if isProven(offer.seller) {
            energy = energy.addingSaturating(offer.energy.value)
        } else {
            tried.insert(offer.seller)
        }
    }
}
