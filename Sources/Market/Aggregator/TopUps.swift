import Ledger
import Protocol

/// Who is given tokens without asking: each household once, when it first has few, and all of them
/// together no more than so many in 24 hours. So nobody empties the aggregator by passing on what it
/// is given, and asking for more; who needs more orders it (`busbar token buy`).
struct TopUps: Sendable {
    /// How many may be decided at once.
    private static let mostAtOnce = 16

    private let settings: AggregatorSettings.TopUp
    /// Those who were given tokens, or are about to be.
    private var given: Set<Address> = []
    /// Those who are to be given some.
    private var due: Set<Address> = []
    private var today = DailyTokens()
    private var pause = Pause.none
    /// How long nothing more is said of a limit that is reached: as long as it counts.
    private static let quietMilliseconds: UInt64 = 86_400_000
    private var quiet = Pause.none

    init(_ settings: AggregatorSettings.TopUp, restoring made: [TopUp]) {
        self.settings = settings
        for topUp in made { note(topUp) }
    }

    private mutating func note(_ topUp: TopUp) {
        given.insert(topUp.account)
        due.remove(topUp.account)
        today.add(topUp.amount, at: topUp.decidedAt)
    }

    /// Looks at the balance of `account` in `state`.
    mutating func review(_ account: Address, _ state: LedgerState) {
        guard settings.amount > .zero, !given.contains(account) else { return }
        let isHousehold =
            state.member(account).map { $0.meterKey != .zero && !$0.isSuspended } ?? false
        if isHousehold, state.account(account).balance < settings.below {
            due.insert(account)
        } else {
            due.remove(account)
        }
    }

    /// What is to be given now out of `stock`, which becomes less by it.
    mutating func decide(from stock: inout UInt64, at now: Timestamp) -> [TopUp] {
        let amount = settings.amount.baseUnits
        guard !due.isEmpty, stock >= amount, pause.isOver(at: now) else { return [] }
        var room = settings.mostPerDay.baseUnits
        room -= min(room, today.sum(at: now))
        var decided: [TopUp] = []
        for account in due.sorted().prefix(Self.mostAtOnce) {
            guard stock >= amount else { break }
            guard room >= amount else {
                pause = Pause(from: now, milliseconds: 30_000)
                break
            }
            room -= amount
            stock -= amount
            decided.append(TopUp(account: account, amount: settings.amount, decidedAt: now))
        }
        for topUp in decided { note(topUp) }
        return decided
    }

    /// How many households wait for the next day, since all of this one's tokens are given; nil where
    /// none does, or where that was said within the last 24 hours.
    mutating func takeLimitNotice(at now: Timestamp) -> Int? {
        var room = settings.mostPerDay.baseUnits
        room -= min(room, today.sum(at: now))
        guard !due.isEmpty, settings.amount > .zero, room < settings.amount.baseUnits,
            quiet.isOver(at: now)
        else { return nil }
        quiet = Pause(from: now, milliseconds: Self.quietMilliseconds)
        return due.count
    }

    /// What is given in 24 hours at most.
    var mostPerDay: TokenAmount { settings.mostPerDay }

    /// Nothing came of what `account` was to be given.
    mutating func failed(_ account: Address, _ state: LedgerState, at now: Timestamp) {
        given.remove(account)
        pause = Pause(from: now, milliseconds: 5_000)
        review(account, state)
    }
}
