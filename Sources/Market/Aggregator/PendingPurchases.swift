import Ledger
import Protocol

/// The open purchases of tokens that are an aggregator's to sell, as the ledger had them last.
///
/// Whoever waits is not looked at until its pause is over, so a second costs what is due in it.
struct PendingPurchases: Sendable {
    struct Entry: Sendable {
        let purchase: TokenPurchase
        /// The call of its sale, if that is under way.
        var call: CallID?
        /// It waits for the operator, who has been told.
        var isLeft = false
    }

    private(set) var entries: [Address: Entry] = [:]
    /// Those that may be looked at now.
    private var ready: Set<Address> = []
    private var paused = PausedAccounts()

    /// Whose purchases may be looked at now, in order.
    mutating func due(at now: Timestamp) -> [Address] {
        for account in paused.takeOver(at: now) where entries[account]?.call == nil {
            if entries[account] != nil { ready.insert(account) }
        }
        return ready.sorted()
    }

    /// Takes the open purchase of `buyer` as the ledger has it; nil for none. Of one that it knows it
    /// remembers what it knew.
    mutating func follow(_ buyer: Address, _ purchase: TokenPurchase?) {
        guard let purchase else {
            entries[buyer] = nil
            ready.remove(buyer)
            return
        }
        if entries[buyer]?.purchase.number == purchase.number { return }
        entries[buyer] = Entry(purchase: purchase)
        ready.insert(buyer)
    }

    /// The purchase of `buyer` is being sold by `call`.
    mutating func began(_ buyer: Address, _ call: CallID) {
        entries[buyer]?.call = call
        ready.remove(buyer)
    }

    /// The call that sold to `buyer` has ended; should it still have to be sold, after a pause.
    mutating func finished(_ buyer: Address, _ call: CallID, pause: UInt64, at now: Timestamp) {
        guard entries[buyer]?.call == call else { return }
        entries[buyer]?.call = nil
        postpone(buyer, milliseconds: pause, at: now)
    }

    /// Does not look at the purchase of `buyer` for a while.
    mutating func postpone(_ buyer: Address, milliseconds: UInt64, at now: Timestamp) {
        ready.remove(buyer)
        paused.add(buyer, Pause(from: now, milliseconds: milliseconds), of: milliseconds)
    }

    /// Leaves the purchase of `buyer` to the operator.
    mutating func leave(_ buyer: Address) { entries[buyer]?.isLeft = true }
}

/// Accounts that wait, by how long: of each length, who came first is free first.
private struct PausedAccounts: Sendable {
    private struct Lane: Sendable {
        var waiting: [(account: Address, pause: Pause)] = []
        /// How many of them are free already.
        var passed = 0
    }

    private var lanes: [UInt64: Lane] = [:]

    mutating func add(_ account: Address, _ pause: Pause, of milliseconds: UInt64) {
        lanes[milliseconds, default: Lane()].waiting.append((account, pause))
    }

    /// Takes those whose pause is over, in order.
    mutating func takeOver(at now: Timestamp) -> [Address] {
        var free: [Address] = []
        for length in lanes.keys.sorted() {
            guard var lane = lanes[length] else { continue }
            while lane.passed < lane.waiting.count, lane.waiting[lane.passed].pause.isOver(at: now)
            {
                free.append(lane.waiting[lane.passed].account)
                lane.passed += 1
            }
            if lane.passed * 2 >= lane.waiting.count {
                lane.waiting.removeFirst(lane.passed)
                lane.passed = 0
            }
            lanes[length] = lane.waiting.isEmpty ? nil : lane
        }
        return free
    }
}
