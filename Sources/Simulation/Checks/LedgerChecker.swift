import Ledger
import Protocol
import Replica

/// Recomputes from the blocks alone what the ledger must keep: nonces, tokens, watt-hours, and the
/// way of each trade.
///
/// It looks at what differs between the state after a block and the one before, found by comparing
/// the two; what no block touched was right before and still is.
struct LedgerChecker {
    /// The state after the last block that was checked.
    private var state: LedgerState
    private var nonces: [Address: UInt64] = [:]
    /// All balances together.
    private var held: UInt64 = 0

    init(community: SimulatedCommunity) {
        state = community.chain.state
    }

    /// What is wrong after a block that is new, or nil.
    mutating func check(_ committed: CommittedBlock) -> String? {
        let before = state
        let after = committed.state
        state = after
        let changes = after.changes(since: before)
        guard changes == committed.changes else {
            return "what is to be stored is not how the state differs"
        }
        let subjects = changes.map(\.subject)
        return checkNonces(committed.final.block) ?? checkAccounts(subjects, before, after)
            ?? checkMeters(subjects, before, after) ?? checkTrades(subjects, before, after)
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
        _ subjects: [StateSubject], _ before: LedgerState, _ after: LedgerState
    ) -> String? {
        for case .account(let address) in subjects {
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
        _ subjects: [StateSubject], _ before: LedgerState, _ after: LedgerState
    ) -> String? {
        for case .meter(let key) in subjects {
            guard let meter = after.meter(key) else { return "meter \(key) is gone" }
            guard let earlier = before.meter(key) else { continue }
            if meter.claimedExport < earlier.claimedExport
                || meter.claimedImport < earlier.claimedImport
            {
                return "meter \(key)'s claimed register ran backwards"
            }
        }
        return nil
    }

    private func checkTrades(
        _ subjects: [StateSubject], _ before: LedgerState, _ after: LedgerState
    ) -> String? {
        for case .trade(let id) in subjects {
            guard let trade = after.trade(id) else { return "trade \(id.value) is gone" }
            if let earlier = before.trade(id)?.status, !earlier.mayBecome(trade.status) {
                return "trade \(id.value) went from \(earlier.name) to \(trade.status.name)"
            }
        }
        let (offers, next) = (before.nextOfferID?.value ?? .max, after.nextOfferID?.value ?? .max)
        guard offers <= next else { return "offers are numbered anew from \(next)" }
        for id in offers..<next where after.trade(OfferID(id)) == nil {
            return "trade \(id) is gone"
        }
        return nil
    }
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
