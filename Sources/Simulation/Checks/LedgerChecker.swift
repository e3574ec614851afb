package import Ledger
import Protocol

/// Recomputes from the blocks alone what the ledger must keep: nonces, tokens, watt-hours, and the
/// way of each trade.
///
/// It looks at what differs between the state after a block and the one before, found by comparing
/// the two; what no block touched was right before and still is.
package struct LedgerChecker: Sendable {
    /// The state after the last block that was checked.
    private(set) var state: LedgerState
    private var nonces: [Address: UInt64] = [:]
    private var held: UInt64 = 0
    /// The prices of all trades that are held in escrow.
    private var escrow: UInt64 = 0
    /// How many offers and trades stand in each status, and the energy of those that are settled.
    private var statuses: [TradeStatus: UInt64] = [:]
    private var settledEnergy: UInt64 = 0
    /// How much energy each household has been proved to deliver and to draw in its trades.
    private var proved: [Address: (sold: UInt64, bought: UInt64)] = [:]
    /// What each buyer has waiting and has taken.
    var picks: [Address: PickCount] = [:]

    /// A checker of the chain whose `first` state no block has changed.
    package init(from first: LedgerState) {
        state = first
    }

    /// What is wrong after a block that is new, or nil.
    package mutating func check(_ committed: CommittedBlock) -> String? {
        let before = state
        let after = committed.state
        state = after
        let changes = after.changes(since: before)
        guard changes == committed.changes else {
            return "what is to be stored is not how the state differs"
        }
        let trades = changes.compactMap(\.trade)
        return checkNonces(committed.final.block) ?? checkAccounts(
            changes.compactMap(\.account), before, after)
            ?? checkMeters(changes.compactMap(\.meter), before, after)
            ?? checkTrades(trades, in: committed, before, after)
            ?? checkTotals(trades, before, after)
            ?? checkDeliveries(trades, before, after)
            ?? checkPicks(trades, in: committed, before, after)
            ?? Self.checkPayments(trades, before, after)
    }

    private mutating func checkNonces(_ block: Block) -> String? {
        for transaction in block.transactions {
            let expected = nonces[transaction.sender] ?? 0
            let nonce = transaction.transaction.nonce
            guard nonce == expected else {
                return "nonce \(nonce) of \(transaction.sender) where \(expected) is next"
            }
            nonces[transaction.sender] = expected + 1
        }
        return nil
    }

    private mutating func checkAccounts(
        _ accounts: [Address], _ before: LedgerState, _ after: LedgerState
    ) -> String? {
        for address in accounts {
            let account = after.account(address)
            let next = nonces[address] ?? 0
            guard account.nonce == next else {
                return "the ledger expects nonce \(account.nonce) of \(address), not \(next)"
            }
            held &+= account.balance.baseUnits &- before.account(address).balance.baseUnits
        }
        let supply = after.supply
        let all = held &+ supply.escrow.baseUnits
        guard all == supply.minted.baseUnits &- supply.burned.baseUnits else {
            return "balances and escrow are \(all), minted less burned \(supply.total.baseUnits)"
        }
        return nil
    }

    private func checkMeters(
        _ meters: [Address], _ before: LedgerState, _ after: LedgerState
    ) -> String? {
        for key in meters {
            guard let meter = after.meter(key) else { return "meter \(key) is gone" }
            guard let earlier = before.meter(key) else { continue }
            for direction in [FlowDirection.import, .export] {
                let (old, new) = (earlier.claims(direction), meter.claims(direction))
                guard new.energy >= old.energy, new.end.register >= old.end.register,
                    new.floor.register >= old.floor.register
                else { return "what is claimed of meter \(key) has become less" }
                if let fault = fault(in: new, of: after.member(meter.owner)) {
                    return "meter \(key): \(fault)"
                }
            }
        }
        return nil
    }

    /// What is wrong with what is claimed of a register: one register goes through all of it, in order,
    /// and no faster than the connection carries. Worked out here in watt-seconds.
    private func fault(in claims: RegisterClaims, of owner: Member?) -> String? {
        let points = [claims.floor] + claims.stretches.flatMap { [$0.start, $0.end] }
        let power = owner?.ratedPower.value ?? 0
        for (index, later) in points.enumerated() {
            for earlier in points[..<index] {
                guard earlier.register <= later.register, earlier.time <= later.time else {
                    return "register \(later.register.value) Wh is claimed twice"
                }
                let energy = later.register.value - earlier.register.value
                let seconds = later.time.seconds - earlier.time.seconds
                if energy > 1, (energy - 1) * 3_600 > power * seconds {
                    return "\(energy) Wh are claimed in \(seconds) s through \(power) W"
                }
            }
        }
        return nil
    }

    /// Whether a trade was over for so long before `block` that it may have left the state.
    private func mayBeForgotten(_ trade: Trade, _ block: CommittedBlock) -> Bool {
        let clock = block.state.parameters.marketClock
        guard let closed = trade.closed, let rules = try? block.state.rules(at: block.header.number)
        else { return false }
        return closed.time.advanced(bySeconds: rules.keptSeconds)
            < clock.time(at: block.header.timestamp)
    }

    private mutating func checkTrades(
        _ trades: [OfferID], in committed: CommittedBlock, _ before: LedgerState,
        _ after: LedgerState
    ) -> String? {
        for id in trades {
            guard let trade = after.trade(id) else {
                guard let last = before.trade(id), mayBeForgotten(last, committed) else {
                    return "trade \(id.value) is gone"
                }
                continue
            }
            if let earlier = before.trade(id) {
                // A pick that was released has gone back to an open offer.
                let isReleased = earlier.releaseCount < trade.releaseCount
                let status = isReleased ? .open : earlier.status
                guard status.mayBecome(trade.status) else {
                    return "trade \(id.value) went from \(status.name) to \(trade.status.name)"
                }
            }
            escrow &+= trade.inEscrow &- (before.trade(id)?.inEscrow ?? 0)
        }
        guard escrow == after.supply.escrow.baseUnits else {
            return "\(after.supply.escrow.baseUnits) are in escrow, for trades over \(escrow)"
        }
        let (offers, next) = (before.nextOfferID?.value ?? .max, after.nextOfferID?.value ?? .max)
        guard offers <= next else { return "offers are numbered anew from \(next)" }
        for id in offers..<next where after.trade(OfferID(id)) == nil {
            return "trade \(id) is gone"
        }
        return nil
    }

    /// The sums that the ledger keeps are those of what it holds.
    private mutating func checkTotals(
        _ trades: [OfferID], _ before: LedgerState, _ after: LedgerState
    ) -> String? {
        for id in trades {
            // What leaves the state stays counted.
            guard let trade = after.trade(id) else { continue }
            if let earlier = before.trade(id) { statuses[earlier.status, default: 0] -= 1 }
            statuses[trade.status, default: 0] += 1
            guard trade.status == .settled, before.trade(id)?.status != .settled else { continue }
            settledEnergy += trade.deliveredEnergy.value
        }
        let totals = after.totals
        for status in TradeStatus.allCases where totals.count(status) != statuses[status] ?? 0 {
            return "the ledger counts \(totals.count(status)) \(status.name) trades, where there "
                + "are \(statuses[status] ?? 0)"
        }
        guard totals.settledEnergy.value == settledEnergy else {
            return "the ledger counts \(totals.settledEnergy.value) Wh as settled, where "
                + "\(settledEnergy) Wh are"
        }
        guard totals.balances.baseUnits == held else {
            return "the ledger counts balances of \(totals.balances.baseUnits), where \(held) "
                + "are held"
        }
        return nil
    }

    /// No watt-hour is sold twice: all deliveries together are no more than the meters have counted
    /// for them.
    private mutating func checkDeliveries(
        _ trades: [OfferID], _ before: LedgerState, _ after: LedgerState
    ) -> String? {
        for id in trades {
            guard let trade = after.trade(id), let buyer = trade.buyer else { continue }
            let (seller, last) = (trade.offer.seller, before.trade(id))
            if last?.exported == nil, let exported = trade.exported {
                proved[seller, default: (0, 0)].sold += exported.value
            }
            if last?.imported == nil, let imported = trade.imported {
                proved[buyer, default: (0, 0)].bought += imported.value
            }
            let sold = proved[seller]?.sold ?? 0
            let bought = proved[buyer]?.bought ?? 0
            let exported = after.claimed(.export, by: seller)
            let imported = after.claimed(.import, by: buyer)
            guard sold <= exported, bought <= imported else {
                return "\(sold) Wh sold and \(bought) Wh bought in trade \(id.value), where the "
                    + "meters have counted \(exported) Wh and \(imported) Wh"
            }
        }
        return nil
    }
}

extension LedgerState {
    /// How much of the register of `direction` is claimed of the meter of `household`.
    fileprivate func claimed(_ direction: FlowDirection, by household: Address) -> UInt64 {
        member(household).flatMap { meter($0.meterKey) }?.claims(direction).energy.value ?? 0
    }
}

extension Trade {
    /// What is held in escrow for it.
    fileprivate var inEscrow: UInt64 { status.isPicked ? offer.price.baseUnits : 0 }
}

extension TradeStatus {
    /// Whether a block may take a trade from here to `other`; several steps may stand in one.
    func mayBecome(_ other: TradeStatus) -> Bool {
        if self == other { return true }
        return switch self {
        case .open: true
        case .picked: [.paid, .delivered, .settled, .refunded].contains(other)
        case .paid: [.delivered, .settled, .refunded].contains(other)
        case .delivered: other == .settled
        case .settled, .cancelled, .expired, .refunded: false
        }
    }
}
