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
    private let domain: SigningDomain

    private static let recent: UInt32 = 24

    init(replica: ReplicaState, account: Address, community: SimulatedCommunity) {
        state = replica.state
        self.account = account
        nextNonce = replica.pool.nextNonce(of: account) ?? replica.state.account(account).nonce
        time = community.genesis.marketClock.time(at: replica.head.block.header.timestamp)
        domain = replica.domain
    }

    /// Offers that can be picked.
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

    /// The call that proves delivery, with the receipts that both meters would sign.
    func proof(of trade: Trade, generator: inout SeededGenerator) -> Bytes? {
        guard let paid = trade.paid, let buyer = trade.buyer,
            time.seconds >= paid.time.seconds + 300
        else { return nil }
        let share = generator.chance(permille: 200) ? 50 : 100
        let energy = trade.offer.energy.value * UInt64(share) / 100
        guard
            let export = receipt(
                of: trade.offer.seller, .export, energy: energy, trade: trade, from: paid.time),
            let consumed = receipt(
                of: buyer, .import, energy: energy + 1, trade: trade, from: paid.time)
        else { return nil }
        return MarketCall.proofOfDelivery(trade.offer.id, seller: export, buyer: consumed)
    }

    private func receipt(
        of household: Address, _ direction: FlowDirection, energy: UInt64, trade: Trade,
        from start: MarketTime
    ) -> SignedMeterReceipt? {
        guard let key = state.member(household)?.meterKey, let meter = state.meter(key) else {
            return nil
        }
        let register = meter.claimed(direction).value
        let receipt = MeterReceipt(
            tradeID: trade.offer.id, meter: key, direction: direction,
            startRegister: WattHours(register), endRegister: WattHours(register + energy),
            startTime: start, endTime: time)
        return receipt.signed(by: SimulatedKey(address: key), in: domain)
    }
}
