import API
import Ledger
import Protocol
import Storage
import Transport

// "Why did I get this?": in codes, which the app turns into sentences.
extension HouseholdService {
    /// Why a trade came about as it did, as far as the ledger and the owner's rules tell.
    func reasons(of trade: StoredTrade, _ view: HouseholdView) -> JSON {
        guard trade.energy > .zero, trade.seller == view.account || trade.buyer == view.account
        else { return .array([]) }
        let price = trade.price.baseUnits * 1_000 / trade.energy.value
        let isSale = trade.seller == view.account
        var reasons: [JSON] = []
        if trade.price == .zero {
            reasons.append(Self.reason("gift"))
        } else if trade.buyer != nil {
            let limit =
                isSale ? rulebook.rules.lowestSalePrice : rulebook.rules.highestPurchasePrice
            let isWithin = isSale ? price >= limit.baseUnits : price <= limit.baseUnits
            reasons.append(
                isWithin
                    ? Self.reason(
                        "your-limit",
                        ["limit": .amount(limit), "price": .amount(TokenAmount(price))])
                    : Self.reason("by-hand"))
        }
        if trade.delivered < trade.energy, ["settled", "delivered"].contains(trade.state) {
            reasons.append(
                Self.reason(
                    "partial",
                    [
                        "sellerWh": .number(trade.delivered.value),
                        "buyerWh": .number(trade.delivered.value),
                    ], block: trade.steps.last?.blockNumber))
        }
        return .array(reasons)
    }

    /// What came of the quarter that `text` says the beginning of, and why nothing was traded if
    /// nothing was.
    func quarterWhy(_ text: UntrustedText) async throws -> JSON {
        guard let start = RFC3339.time(text.verbatim), start.seconds % 900 == 0 else {
            throw Problem.badRequest("\(text) is no beginning of a quarter of an hour")
        }
        let view = live.current()
        let day = view.settings.days.bounds(ofDay: view.settings.days.day(of: start))
        let quarters = try await book.quarters(
            from: start, to: start.advanced(bySeconds: 900), now: view.figures.reading)
        guard let day, let quarter = quarters.first, quarter.start == start else {
            throw Problem.notFound("of that quarter nothing is kept")
        }
        var trades: [JSON] = []
        for id in quarter.trades.prefix(50) {
            if let stored = try await store.trade(id) {
                trades.append(view.trade(stored, why: reasons(of: stored, view)))
            }
        }
        return [
            "quarter": quarter.json(index: Int((start.seconds - day.lowerBound.seconds) / 900)),
            "trades": .array(trades), "answer": .array(reasons(of: quarter)),
        ]
    }

    private func reasons(of quarter: Quarter) -> [JSON] {
        if quarter.flag == .missing { return [Self.reason("missing-reading")] }
        guard quarter.trades.isEmpty else { return [] }
        if !rulebook.rules.isEnabled { return [Self.reason("trading-off")] }
        return quarter.exported == 0 && quarter.imported == 0 ? [Self.reason("no-surplus")] : []
    }

    private static func reason(
        _ code: String, _ values: JSON = .object([]), block: UInt64? = nil
    ) -> JSON {
        [
            "code": .string(code), "values": values, "block": block.map { .number($0) } ?? .null,
        ]
    }
}
