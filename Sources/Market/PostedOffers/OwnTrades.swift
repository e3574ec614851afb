import Ledger
import Protocol

/// The trades of one account, followed through the ledger's state.
struct OwnTrades: Sendable {
    private let account: Address
    private var seen: UInt32 = 0
    /// What it has picked on the market's day of the last look, or after it.
    private var purchases: [(id: OfferID, day: UInt64)] = []
    /// The offers and trades that are not over, in order of the ids.
    private(set) var unfinished: [Trade] = []

    init(of account: Address) {
        self.account = account
    }

    /// Looks at what has changed up to `state`, at `time`.
    mutating func follow(_ state: LedgerState, at time: MarketTime) {
        let total = state.account(account).tradeCount
        let new = state.trades(of: account, from: seen, count: total - min(seen, total))
        seen = max(seen, total)
        let trades = (unfinished.map(\.offer.id) + new).compactMap { state.trade($0) }
        unfinished = trades.filter { !$0.status(at: time).isOver }
        for trade in new.compactMap({ state.trade($0) }) where trade.buyer == account {
            guard let picked = trade.picked else { continue }
            purchases.append((trade.offer.id, Self.day(of: picked.time)))
        }
        let today = Self.day(of: time)
        purchases.removeAll { $0.day < today }
    }

    /// What the account has spent, or holds in escrow, for what it picked on the market's day of
    /// the last look.
    func spentToday(in state: LedgerState) -> TokenAmount {
        let amounts = purchases.compactMap { state.trade($0.id) }.map { trade in
            trade.offer.price.baseUnits - min(trade.returned.baseUnits, trade.offer.price.baseUnits)
        }
        return TokenAmount(amounts.reduce(0) { $0.addingSaturating($1) })
    }

    private static func day(of time: MarketTime) -> UInt64 { time.seconds / 86_400 }
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
