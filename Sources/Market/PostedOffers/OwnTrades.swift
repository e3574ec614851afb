import Ledger
import Protocol

/// The trades of one account, followed through the ledger's state. A look costs what is not over, and
/// what is new.
struct OwnTrades: Sendable {
    private let account: Address
    private var seen: UInt32 = 0
    /// What was spent for purchases that are over, by the market's day on which they were picked:
    /// that of the last look, and after it.
    private var spent: [UInt64: UInt64] = [:]
    /// The market's day of the last look.
    private var today: UInt64 = 0
    /// The sellers of whom the account has bought, and what came of it.
    private(set) var sellers: [Address: SellerRecord] = [:]
    /// What the account has given away on the market's day of the last look, of what is over.
    private var given: [Gift] = []
    /// The offers and trades that are not over, in order of the ids.
    private(set) var unfinished: [Trade] = []

    init(of account: Address) {
        self.account = account
    }

    /// Looks at what has changed up to `state`, at `time`.
    mutating func follow(_ state: LedgerState, at time: MarketTime) {
        let own = state.account(account)
        let total = own.tradeCount
        seen = max(seen, own.forgottenTradeCount)
        let new = state.trades(of: account, from: seen, count: total - min(seen, total))
        seen = max(seen, total)
        today = Self.day(of: time)
        let trades = (unfinished.map(\.offer.id) + new).compactMap { state.trade($0) }
        unfinished = []
        for trade in trades where trade.offer.seller == account || trade.buyer == account {
            if trade.status(at: time).isOver {
                note(trade)
            } else {
                unfinished.append(trade)
            }
        }
        spent = spent.filter { $0.key >= today }
        given = given.filter { Self.day(of: $0.offered) >= today }
    }

    /// Counts a purchase or a gift that is over.
    private mutating func note(_ trade: Trade) {
        if let gift = Gift(trade, of: account, isOver: true), gift.energy > .zero {
            given.append(gift)
        }
        guard trade.buyer == account, let picked = trade.picked else { return }
        sellers[trade.offer.seller, default: SellerRecord()].note(trade)
        let day = Self.day(of: picked.time)
        guard day >= today else { return }
        spent[day] = (spent[day] ?? 0).addingSaturating(Self.cost(of: trade))
    }

    /// What the account has spent, or holds in escrow, for what it picked on the market's day of
    /// the last look.
    var spentToday: TokenAmount {
        let held = unfinished.filter { trade in
            trade.buyer == account && trade.picked.map { Self.day(of: $0.time) >= today } ?? false
        }
        let sum = held.reduce(UInt64(0)) { $0.addingSaturating(Self.cost(of: $1)) }
        return TokenAmount(spent.values.reduce(sum) { $0.addingSaturating($1) })
    }

    /// How much of the account's energy is whose for nothing, of what was offered from `start` on: delivered
    /// or signed away, or still to be picked or delivered.
    func given(since start: MarketTime) -> [Address: WattHours] {
        let gifts = given + unfinished.compactMap { Gift($0, of: account, isOver: false) }
        return gifts.reduce(into: [:]) { sums, gift in
            guard gift.offered >= start else { return }
            let sum = sums[gift.recipient] ?? .zero
            sums[gift.recipient] = WattHours(sum.value.addingSaturating(gift.energy.value))
        }
    }

    /// The price, less what came back of it.
    private static func cost(of trade: Trade) -> UInt64 {
        trade.offer.price.baseUnits - min(trade.returned.baseUnits, trade.offer.price.baseUnits)
    }

    private static func day(of time: MarketTime) -> UInt64 { time.seconds / 86_400 }
}

/// What an account has given away by one offer.
private struct Gift: Sendable {
    let recipient: Address
    let offered: MarketTime
    /// All of it as long as it is not over. Then what was delivered of it, or what this account's meter has
    /// signed for it if that is more: a recipient that hands in no receipt has had its part all the same.
    let energy: WattHours

    /// The gift that `trade` is; nil if it is no gift of `account`'s.
    init?(_ trade: Trade, of account: Address, isOver: Bool) {
        guard trade.offer.isGift, trade.offer.seller == account,
            let recipient = trade.offer.recipient
        else { return nil }
        self.recipient = recipient
        offered = trade.offer.timeOffered
        energy =
            isOver ? max(trade.exported ?? .zero, trade.deliveredEnergy) : trade.offer.energy
    }
}

extension TradeStatus {
    /// Whether nothing more can come of it.
    var isOver: Bool {
        switch self {
        case .open, .picked, .paid, .delivered: false
        case .settled, .cancelled, .expired, .refunded: true
        }
    }

    /// Whether somebody has picked it and it is not over.
    var isUnderWay: Bool {
        switch self {
        case .picked, .paid, .delivered: true
        case .open, .settled, .cancelled, .expired, .refunded: false
        }
    }
}
