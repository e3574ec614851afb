import Ledger
import Protocol
import Replica

/// Recomputes from the blocks alone what the ledger must keep: nonces, tokens, watt-hours, and the
/// way of each trade.
struct LedgerChecker {
    private let accounts: [Address]
    private let meters: [Address]
    private var nonces: [Address: UInt64] = [:]
    private var claims: [Address: (export: WattHours, import: WattHours)] = [:]
    private var trades: [OfferID: TradeStatus] = [:]
    private var openTrades: [OfferID] = []
    private var offers: UInt32 = 0

    init(community: SimulatedCommunity) {
        accounts = community.genesis.members.map(\.account)
        meters = community.genesis.members.map(\.meterKey).filter { $0 != .zero }
    }

    /// What is wrong after a block that is new, or nil.
    mutating func check(_ committed: CommittedBlock) -> String? {
        checkNonces(committed.final.block) ?? checkTokens(committed.state)
            ?? checkMeters(committed.state) ?? checkTrades(committed.state)
    }

    private mutating func checkNonces(_ block: Block) -> String? {
        for transaction in block.transactions {
            let expected = nonces[transaction.sender] ?? 0
            guard transaction.transaction.nonce == expected else {
                return "nonce \(transaction.transaction.nonce) of \(transaction.sender) "
                    + "where \(expected) is next"
            }
            nonces[transaction.sender] = expected + 1
        }
        return nil
    }

    private func checkTokens(_ state: LedgerState) -> String? {
        let supply = state.supply
        let held = accounts.reduce(supply.escrow.baseUnits) {
            $0 &+ state.account($1).balance.baseUnits
        }
        guard held == supply.minted.baseUnits &- supply.burned.baseUnits else {
            return "balances and escrow are \(held), minted less burned \(supply.total.baseUnits)"
        }
        return nil
    }

    private mutating func checkMeters(_ state: LedgerState) -> String? {
        for key in meters {
            guard let meter = state.meter(key) else { return "meter \(key) is gone" }
            if let before = claims[key],
                meter.claimedExport < before.export || meter.claimedImport < before.import
            {
                return "meter \(key)'s claimed register ran backwards"
            }
            claims[key] = (meter.claimedExport, meter.claimedImport)
        }
        return nil
    }

    private mutating func checkTrades(_ state: LedgerState) -> String? {
        let next = state.nextOfferID?.value ?? .max
        while offers + 1 < next {
            offers += 1
            openTrades.append(OfferID(offers))
        }
        var stillOpen: [OfferID] = []
        for id in openTrades {
            guard let trade = state.trade(id) else { return "trade \(id.value) is gone" }
            if let before = trades[id], !before.mayBecome(trade.status) {
                return "trade \(id.value) went from \(before.name) to \(trade.status.name)"
            }
            trades[id] = trade.status
            if !trade.status.isOver { stillOpen.append(id) }
        }
        openTrades = stillOpen
        return nil
    }
}

extension TradeStatus {
    /// Whether nothing more can come of the trade.
    var isOver: Bool {
        switch self {
        case .settled, .cancelled, .expired, .refunded: true
        case .open, .picked, .paid, .delivered: false
        }
    }

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
