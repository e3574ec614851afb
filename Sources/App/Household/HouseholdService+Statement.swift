import API
import HTTPTypes
import Ledger
import Protocol
import Storage
import Transport

// A month on paper: what was delivered, paid and saved, with the blocks that prove it.
extension HouseholdService {
    /// The statement of the month that `text` names; where it ends in `.csv`, the quarters of that
    /// month, week or day as a table.
    func statement(_ text: UntrustedText, _ request: Request) async throws -> Reply {
        let isTable = text.verbatim.hasSuffix(".csv")
        let name = isTable ? String(text.verbatim.dropLast(4)) : text.verbatim
        let view = live.current()
        guard let period = view.settings.days.period(name), isTable || period.kind == .month else {
            throw Problem.badRequest(
                isTable
                    ? "\(text) is no month, week or day such as 2026-06, 2026-W25 or 2026-06-16"
                    : "\(text) is no month such as 2026-06")
        }
        guard isTable else { return .json(try await statement(period, view)) }
        let language = request.headers[.acceptLanguage]?.prefix(2).lowercased()
        var table = StatementTable(isGerman: language == "de", days: view.settings.days)
        // Day by day: how many deliveries are looked at is bounded for each.
        for (_, day) in period.days where day.lowerBound <= view.marketNow {
            table.add(
                try await book.quarters(
                    from: day.lowerBound, to: day.upperBound, now: view.figures.reading))
        }
        var reply = Reply(type: "text/csv; charset=utf-8", body: Array(table.text.utf8))
        reply.headers[.contentDisposition] = "attachment; filename=\"busbar-\(name).csv\""
        return reply
    }

    private func statement(_ month: LocalPeriod, _ view: HouseholdView) async throws -> JSON {
        var sums = DaySum()
        for (_, day) in month.days where day.lowerBound <= view.marketNow {
            sums = sums + (try await sum(day, view))
        }
        var items: [JSON] = []
        for id in try book.trades(from: month.start, to: month.end) {
            guard let trade = try await store.trade(id) else { continue }
            items.append(item(trade, view))
        }
        let parameters = view.node.state.parameters
        return [
            "version": 1, "month": .string(month.name), "household": .string(view.identity.name),
            "street": .string(parameters.name), "account": .address(view.account),
            "timeZone": view.settings.zoneName, "chainId": .number(parameters.chainID),
            "genesisHash": .hash(store.genesisHash), "madeAt": .time(view.now),
            "height": .number(view.node.height), "blockHash": .hash(view.node.hash),
            "isWhole": .bool(month.end <= view.marketNow), "tariff": view.settings.tariff,
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

/// Quarters of an hour as a table for spreadsheets: a row a quarter, local time and UTC.
struct StatementTable {
    private let isGerman: Bool
    private let days: LocalDays
    private(set) var text = ""

    init(isGerman: Bool, days: LocalDays) {
        self.isGerman = isGerman
        self.days = days
        add([
            "local_time", "utc", "flag", "import_wh", "export_wh", "from_neighbours_wh",
            "to_neighbours_wh", "spent", "earned", "fee",
        ])
    }

    mutating func add(_ quarters: [Quarter]) {
        for quarter in quarters {
            add([
                days.text(of: quarter.start), RFC3339.text(quarter.start), quarter.flag.rawValue,
                String(quarter.imported), String(quarter.exported), String(quarter.bought),
                String(quarter.sold), tokens(quarter.spent), tokens(quarter.earned),
                tokens(quarter.fee),
            ])
        }
    }

    private mutating func add(_ row: [String]) {
        text += row.joined(separator: isGerman ? ";" : ",") + "\r\n"
    }

    /// Base units as tokens, with all six decimals.
    private func tokens(_ units: UInt64) -> String {
        let fraction = String(1_000_000 + units % 1_000_000).dropFirst()
        return "\(units / 1_000_000)\(isGerman ? "," : ".")\(fraction)"
    }
}
