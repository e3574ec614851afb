import API
import Ledger
import Market
import Protocol
import Storage
import Synchronization

/// A household's quarter hours and days, from what its meter wrote down and what the ledger says of
/// its trades.
final class QuarterBook: Sendable {
    /// How many deliveries of a day are looked at.
    private static let mostDeliveries = 4_000
    /// How many days' sums are remembered: over a year.
    private static let mostDays = 400

    private let meter: HouseholdStore
    private let chain: ChainStore
    /// The sums of days in which nothing can change any more.
    private let days = Mutex([MarketTime: DaySum]())

    init(meter: HouseholdStore, chain: ChainStore) {
        self.meter = meter
        self.chain = chain
    }

    /// The quarters that have begun from `start` to `end`; the last one may go on, up to what the
    /// registers show `now`.
    func quarters(
        from start: MarketTime, to end: MarketTime, now: MeterReading?
    ) async throws -> [Quarter] {
        let marks = try meter.quarters(from: start, through: end)
        let byStart = Dictionary(uniqueKeysWithValues: marks.map { ($0.start, $0) })
        let deliveries = try await deliveries(from: start, to: end)
        let present = now?.time ?? start
        var quarters: [Quarter] = []
        // Before the meter wrote anything down nothing is missing.
        guard let beginning = try beginning() else { return [] }
        var time = start
        while time < beginning { time = Quarter(start: time).end }
        while time < end, time <= present {
            var quarter = Quarter(start: time)
            quarter.isClosed = quarter.end <= present
            let last = byStart[quarter.end] ?? now.flatMap { quarter.isClosed ? nil : $0.mark }
            if let first = byStart[time], let last { quarter.count(from: first, to: last) }
            for delivery in deliveries { quarter.add(delivery) }
            quarters.append(quarter)
            time = quarter.end
        }
        return quarters
    }

    /// What a day came to that begins at `start` and ends at `end`.
    func sum(
        from start: MarketTime, to end: MarketTime, now: MeterReading?, settledAfter window: UInt64
    ) async throws -> DaySum {
        if let known = days.withLock({ $0[start] }) { return known }
        let sum = DaySum(try await quarters(from: start, to: end, now: now))
        if let now, end.advanced(bySeconds: 2 * window) < now.time {
            days.withLock { days in
                if days.count >= Self.mostDays { days.removeAll() }
                days[start] = sum
            }
        }
        return sum
    }

    /// When the first quarter began of which something is kept; nil if there is none.
    func beginning() throws -> MarketTime? { try meter.firstQuarter() }

    /// The trades whose deliveries ended in that time, in the order of their ends.
    func trades(from start: MarketTime, to end: MarketTime) throws -> [OfferID] {
        try meter.receipts(from: start, to: end, limit: 31 * Self.mostDeliveries)
            .map(\.receipt.tradeID)
    }

    /// The deliveries that ended in that time or up to an hour after it and are proved.
    private func deliveries(
        from start: MarketTime, to end: MarketTime
    ) async throws -> [ProvedDelivery] {
        let receipts = try meter.receipts(
            from: start, to: end.advanced(bySeconds: 3_600), limit: Self.mostDeliveries)
        var deliveries: [ProvedDelivery] = []
        for receipt in receipts.map(\.receipt) {
            guard let trade = try await chain.trade(receipt.tradeID), trade.delivered > .zero else {
                continue
            }
            let isSale = receipt.direction == .export
            let paid = trade.price.baseUnits - min(trade.returned, trade.price).baseUnits
            deliveries.append(
                ProvedDelivery(
                    trade: trade.id, isSale: isSale, start: receipt.startTime,
                    end: receipt.endTime, energy: trade.delivered.value,
                    amount: isSale ? trade.sellerAmount.baseUnits : paid,
                    fee: isSale ? 0 : trade.fee.baseUnits))
        }
        return deliveries
    }
}

/// What a day came to.
struct DaySum: Hashable, Sendable {
    var slots = 0
    var missing = 0
    var sold: UInt64 = 0
    var toGrid: UInt64 = 0
    var bought: UInt64 = 0
    var fromGrid: UInt64 = 0
    var earned: UInt64 = 0
    var spent: UInt64 = 0
    var fee: UInt64 = 0

    init() {}

    init(_ quarters: [Quarter]) {
        slots = quarters.count
        missing = quarters.count { $0.flag == .missing && $0.isClosed }
        for quarter in quarters {
            sold += quarter.sold
            toGrid += quarter.exported - min(quarter.sold, quarter.exported)
            bought += quarter.bought
            fromGrid += quarter.imported - min(quarter.bought, quarter.imported)
            earned += quarter.earned
            spent += quarter.spent
            fee += quarter.fee
        }
    }

    /// The figures under the names that the API gives them.
    var json: JSON {
        [
            "missing": .number(missing), "toNeighboursWh": .number(sold),
            "toGridWh": .number(toGrid), "fromNeighboursWh": .number(bought),
            "fromGridWh": .number(fromGrid), "earned": .amount(TokenAmount(earned)),
            "spent": .amount(TokenAmount(spent)), "fee": .amount(TokenAmount(fee)),
        ]
    }

    static func + (left: DaySum, right: DaySum) -> DaySum {
        var sum = left
        sum.slots += right.slots
        sum.missing += right.missing
        sum.sold += right.sold
        sum.toGrid += right.toGrid
        sum.bought += right.bought
        sum.fromGrid += right.fromGrid
        sum.earned += right.earned
        sum.spent += right.spent
        sum.fee += right.fee
        return sum
    }
}

extension MeterReading {
    /// What the registers show now, as if a quarter ended here.
    fileprivate var mark: QuarterMark {
        QuarterMark(
            start: time, imported: importRegister, exported: exportRegister, isMeasured: true)
    }
}
