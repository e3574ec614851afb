import API
import Market
import Protocol
import Storage

/// What one quarter of an hour came to: what the meter counted, and what of it neighbours had.
struct Quarter: Hashable, Sendable {
    /// Where its figures come from.
    enum Flag: String, Hashable, Sendable {
        /// The meter counted.
        case measured = "M"
        /// A mark lies on the line between two counts that are far apart.
        case interpolated = "I"
        /// The node was off; the energy is in the registers, and nobody knows when it flowed.
        case missing
    }

    let start: MarketTime
    var flag = Flag.missing
    /// Whether it is over.
    var isClosed = true
    /// What was drawn from the grid and fed into it, in Wh.
    var imported: UInt64 = 0
    var exported: UInt64 = 0
    /// What of that was bought of neighbours and sold to them, as it was proved.
    var bought: UInt64 = 0
    var sold: UInt64 = 0
    /// Base units that it brought and cost; the fee is part of what it cost.
    var earned: UInt64 = 0
    var spent: UInt64 = 0
    var fee: UInt64 = 0
    var trades: [OfferID] = []

    init(start: MarketTime) { self.start = start }

    /// When it ends.
    var end: MarketTime { start.advanced(bySeconds: QuarterMark.seconds) }

    /// Takes what the registers held at both its ends.
    mutating func count(from start: QuarterMark, to end: QuarterMark) {
        imported = end.imported.value - min(start.imported.value, end.imported.value)
        exported = end.exported.value - min(start.exported.value, end.exported.value)
        flag = start.isMeasured && end.isMeasured ? .measured : .interpolated
    }

    /// Adds what of a delivery falls into it, taken as flowing evenly.
    mutating func add(_ delivery: ProvedDelivery) {
        let first = max(start.seconds, delivery.start.seconds)
        let last = min(end.seconds, delivery.end.seconds)
        let length = max(delivery.end.seconds - delivery.start.seconds, 1)
        guard last > first || delivery.start == delivery.end && first == start.seconds else {
            return
        }
        func share(_ whole: UInt64) -> UInt64 {
            // Differences of rounded sums, so that the quarters of a delivery add up to it.
            func upTo(_ time: UInt64) -> UInt64 {
                let part = time - delivery.start.seconds
                let product = whole.multipliedFullWidth(by: part)
                return length.dividingFullWidth((product.high, product.low)).quotient
            }
            return upTo(last) - upTo(first)
        }
        trades.append(delivery.trade)
        if delivery.isSale {
            sold += share(delivery.energy)
            earned += share(delivery.amount)
        } else {
            bought += share(delivery.energy)
            spent += share(delivery.amount)
            fee += share(delivery.fee)
        }
    }

    func json(index: Int) -> JSON {
        [
            "startsAt": .time(start), "index": .number(index), "isClosed": .bool(isClosed),
            "flag": .string(flag.rawValue), "exportWh": .number(exported),
            "importWh": .number(imported), "generationWh": .null, "toNeighboursWh": .number(sold),
            "toGridWh": .number(exported - min(sold, exported)),
            "fromNeighboursWh": .number(bought),
            "fromGridWh": .number(imported - min(bought, imported)),
            "earned": .amount(TokenAmount(earned)), "spent": .amount(TokenAmount(spent)),
            "fee": .amount(TokenAmount(fee)), "trades": .array(trades.map { .number($0.value) }),
            "finalAt": .null,
        ]
    }
}

/// A delivery of the household's that the ledger holds for proved.
struct ProvedDelivery: Hashable, Sendable {
    let trade: OfferID
    let isSale: Bool
    /// From when to when it flowed.
    let start: MarketTime
    let end: MarketTime
    /// How much, in Wh.
    let energy: UInt64
    /// What it brought or cost the household, in base units.
    let amount: UInt64
    /// What of that the aggregator had.
    let fee: UInt64
}
