import Ledger
import Protocol
import Replica

/// What a member sees of the market through a node.
struct MarketView {
    let state: LedgerState
    let account: Address
    /// The nonce of the member's next transaction.
    let nextNonce: UInt64
    /// The market's time at the head.
    let time: MarketTime

    private static let recent: UInt32 = 24

    init(replica: ReplicaState, account: Address, community: SimulatedCommunity) {
        state = replica.state
        self.account = account
        nextNonce = replica.pool.nextNonce(of: account) ?? replica.state.account(account).nonce
        time = community.genesis.marketClock.time(at: replica.head.block.header.timestamp)
    }

    var openOffers: [Offer] {
        let first = firstRecent
        return state.openOffers(from: OfferID(first), count: 16, at: time)
    }

    /// The newest trades, oldest first.
    var recentTrades: [Trade] {
        let next = state.nextOfferID?.value ?? .max
        return (firstRecent..<next).compactMap { state.trade(OfferID($0)) }
    }

    private var firstRecent: UInt32 {
        let next = state.nextOfferID?.value ?? .max
        return next > Self.recent ? next - Self.recent : 1
    }

    /// Whether the buyer may have the escrow of `trade` back, as far as the head's time tells.
    func isRefundable(_ trade: Trade) -> Bool {
        guard trade.status == .picked || trade.status == .paid, trade.buyer == account,
            let picked = trade.picked
        else { return false }
        let deadline = picked.time.advanced(bySeconds: state.parameters.deliveryWindow)
        return deadline < time
    }
}
