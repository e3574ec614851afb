import Ledger
import Protocol

// What a household gives away: parts of what it feeds in, in whole lots, to neighbours of its choice.
extension AutomaticTrader {
    /// A neighbour, and what part of the surplus is for it.
    struct GiftShare: Hashable {
        let recipient: Address
        let permille: UInt32
    }

    /// Who gets what part, of those who can take it now, in order of their addresses. Together no more than
    /// all: whatever the limits say beyond that is left out.
    func giftShares(in state: LedgerState) -> [GiftShare] {
        var left: UInt32 = 1_000
        var shares: [GiftShare] = []
        for (recipient, permille) in limits.gifts.sorted(by: { $0.key < $1.key }) {
            guard recipient != account, let member = state.member(recipient),
                !member.isSuspended, member.role == .consumer || member.role == .prosumer
            else { continue }
            let share = min(permille, left)
            left -= share
            if share > 0 { shares.append(GiftShare(recipient: recipient, permille: share)) }
        }
        return shares
    }

    /// The gifts that are due: what each neighbour's part of today's surplus comes to, less what it has had
    /// or may still take of it. `sales` are this household's offers and trades that are not over.
    func gifts(
        of shares: [GiftShare], in situation: Situation, after sales: [Trade],
        until expires: MarketTime
    ) -> [TradeAction] {
        let before = sales.filter {
            $0.offer.isGift && ($0.status == .open || $0.isBeforeDelivery)
        }
        var room = Self.mostGifts - before.count
        var gifts: [TradeAction] = []
        let given = situation.trades.given(since: situation.surplus.since)
        for share in shares where room > 0 {
            let part =
                situation.surplus.energy.value
                .multipliedSaturating(by: UInt64(share.permille)) / 1_000
            let had = given[share.recipient]?.value ?? 0
            let lots = (part - min(had, part)) / limits.lot.value
            let own = before.filter { $0.offer.recipient == share.recipient }
            let waiting = own.count { $0.status == .open }
            let count = min(
                Int(clamping: lots), Self.mostOpenGiftsToOne - waiting,
                Self.mostGiftsToOne - own.count, room)
            guard count > 0 else { continue }
            room -= count
            gifts += (0..<count).map { _ in
                .offer(limits.lot, price: .zero, expires: expires, to: share.recipient)
            }
        }
        return gifts
    }
}

/// What a household has fed into the grid on a day of the market, as far as its node was there to see: the
/// gifts of the day are parts of it.
struct CountedSurplus: Hashable, Sendable {
    /// From when on it is counted.
    private(set) var since = MarketTime.zero
    /// How much that is.
    private(set) var energy = WattHours.zero
    /// What the register held then; nil before the first look.
    private var start: WattHours?

    init() {}

    /// Counts up to what the meter shows. Each day of the market begins anew.
    mutating func count(_ reading: MeterReading) {
        let isSameDay = reading.time.seconds / 86_400 == since.seconds / 86_400
        if let start, isSameDay, reading.exportRegister >= start {
            energy = WattHours(reading.exportRegister.value - start.value)
        } else {
            (since, energy, start) = (reading.time, .zero, reading.exportRegister)
        }
    }
}
