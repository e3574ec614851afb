import API
import HTTPTypes
import Ledger
import Protocol
import Storage
import Transport

// A month on paper: what was delivered, paid and saved, with the blocks that prove it.
extension HouseholdService {
    /// The statement of the month that `text` names, or its quarters as a table where it ends in
    /// `.csv`.
    func statement(_ text: UntrustedText, _ request: Request) async throws -> Reply {
        let isTable = text.verbatim.hasSuffix(".csv")
        let month = isTable ? String(text.verbatim.dropLast(4)) : text.verbatim
        let view = live.current()
        guard let days = view.settings.days.days(ofMonth: month),
            let first = days.first?.bounds.lowerBound, let last = days.last?.bounds.upperBound
        else { throw Problem.badRequest("\(text) is no month such as 2026-06") }
        guard isTable else {
            return .json(
                try await statement(month, from: first, to: last, days.map(\.bounds), view))
        }
        let quarters = try await book.quarters(from: first, to: last, now: view.figures.reading)
        let language = request.headers[.acceptLanguage]?.prefix(2).lowercased()
        let table = StatementTable(isGerman: language == "de", days: view.settings.days)
        var reply = Reply(
            type: "text/csv; charset=utf-8", body: Array(table.text(of: quarters).utf8))
        reply.headers[.contentDisposition] = "attachment; filename=\"busbar-\(month).csv\""
        return reply
    }

    private func statement(
        _ month: String, from start: MarketTime, to end: MarketTime, _ days: [Range<MarketTime>],
        _ view: HouseholdView
    ) async throws -> JSON {
        var sums = DaySum()
        for day in days where day.lowerBound <= view.marketNow {
            sums = sums + (try await sum(day, view))
        }
        var items: [JSON] = []
        for id in try book.trades(from: start, to: end) {
            guard let trade = try await store.trade(id) else { continue }
            items.append(item(trade, view))
        }
        let parameters = view.node.state.parameters
        return [
            "version": 1, "month": .string(month), "household": .string(view.identity.name),
            "street": .string(parameters.name), "account": .address(view.account),
            "timeZone": view.settings.zoneName, "chainId": .number(parameters.chainID),
            "genesisHash": .hash(store.genesisHash), "madeAt": .time(view.now),
            "height": .number(view.node.height), "blockHash": .hash(view.node.hash),
            "isWhole": .bool(end <= view.marketNow), "tariff": view.settings.tariff,
            "sums": .object(sums.json.members + compared(sums, view).members),
            "items": .array(items),
        ]
    }

    /// A trade of the month: what was delivered and paid, and what that was worth at the supplier's.
    private func item(_ trade: StoredTrade, _ view: HouseholdView) -> JSON {
        let isSale = trade.seller == view.account
        let paid = trade.price.baseUnits - min(trade.returned, trade.price).baseUnits
        let amount = isSale ? trade.sellerAmount : TokenAmount(paid)
        let saved = view.settings.supplier.map { supplier -> JSON in
            let price = isSale ? supplier.feedIn : supplier.retail
            let other = Int64(clamping: trade.delivered.value * price.baseUnits / 1_000)
            let own = Int64(clamping: amount.baseUnits)
            return .string(String(isSale ? own - other : other - own))
        }
        return [
            "trade": .number(trade.id.value), "side": isSale ? "seller" : "buyer",
            "counterparty": .addressIfAny(isSale ? trade.buyer : trade.seller),
            "state": .string(trade.state), "time": trade.steps.last.map { .time($0.time) } ?? .null,
            "energyWh": .number(trade.energy.value), "deliveredWh": .number(trade.delivered.value),
            "amount": .amount(amount), "fee": .amount(trade.fee),
            "returned": .amount(trade.returned), "savedAgainstRetail": saved ?? .null,
            "blocks": .array(trade.steps.map { .number($0.blockNumber) }),
        ]
    }
}

/// The quarters of a month as a table for spreadsheets: a row a quarter, local time and UTC.
struct StatementTable {
    let isGerman: Bool
    let days: LocalDays

    private var separator: String { isGerman ? ";" : "," }

    func text(of quarters: [Quarter]) -> String {
        let head = [
            "local_time", "utc", "flag", "import_wh", "export_wh", "from_neighbours_wh",
            "to_neighbours_wh", "spent", "earned", "fee",
        ]
        var lines = [head.joined(separator: separator)]
        for quarter in quarters {
            lines.append(
                [
                    days.text(of: quarter.start), RFC3339.text(quarter.start),
                    quarter.flag.rawValue, String(quarter.imported), String(quarter.exported),
                    String(quarter.bought), String(quarter.sold), tokens(quarter.spent),
                    tokens(quarter.earned), tokens(quarter.fee),
                ].joined(separator: separator))
        }
        return lines.joined(separator: "\r\n") + "\r\n"
    }

    /// Base units as tokens, with all six decimals.
    private func tokens(_ units: UInt64) -> String {
        let fraction = String(1_000_000 + units % 1_000_000).dropFirst()
        return "\(units / 1_000_000)\(isGerman ? "," : ".")\(fraction)"
    }
}
