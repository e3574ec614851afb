import API
import HTTPTypes
import Ledger
import Protocol
import Storage
import Synchronization
import Transport

/// What a month came to for an aggregator, by the ledger and by its books.
struct MonthFigures {
    let month: String
    let sums: TradeSums
    let sold: TokenAmount
    /// In market time and in the ledger's.
    let bounds: Range<MarketTime>
    let ledger: Range<Timestamp>
}

/// Remembers a month's sums for some seconds: a console asks for them again and again.
final class MonthSums: Sendable {
    private static let milliseconds: UInt64 = 20_000
    private static let capacity = 24

    private let known = Mutex([String: (at: Timestamp, sums: TradeSums)]())

    func sums(
        of month: String, at now: Timestamp, _ make: () async throws -> TradeSums
    ) async throws -> TradeSums {
        if let known = known.withLock({ $0[month] }),
            now >= known.at, now.millisecondsSince(known.at) < Self.milliseconds
        {
            return known.sums
        }
        let sums = try await make()
        known.withLock { known in
            if known.count >= Self.capacity { known.removeAll() }
            known[month] = (now, sums)
        }
        return sums
    }
}

extension AggregatorService {
    /// The figures of the month that `text` names, such as 2026-06 or latest.
    func figures(of text: String) async throws -> MonthFigures {
        let clock = node.state.parameters.marketClock
        let latest = settings.days.name(of: .month, at: node.marketTime(at: parts.now()))
        let month = text == "latest" ? latest : text
        guard let period = settings.days.period(month), period.kind == .month else {
            throw Problem.badRequest("\(UntrustedText(text)) is no month such as 2026-06")
        }
        let (first, last) = (period.start, period.end)
        let ledger = clock.timestamp(of: first)..<clock.timestamp(of: last)
        let sums = try await months.sums(of: month, at: parts.now()) {
            try await parts.store.sums(
                of: parts.identity.account, from: first, to: last, blocks: ledger.lowerBound,
                to: ledger.upperBound)
        }
        return MonthFigures(
            month: month, sums: sums,
            sold: try books.sold(from: ledger.lowerBound, to: ledger.upperBound),
            bounds: first..<last, ledger: ledger)
    }

    private static let columns = [
        "name", "metering_point", "account", "role", "import_wh", "export_wh", "trades_sold",
        "sold_wh", "earned", "trades_bought", "bought_wh", "spent", "fees", "tokens_sold",
        "minted", "burned",
    ]

    /// The month as a table: a row a household, and the last one for all together.
    func table(_ text: String, _ request: Request) async throws -> Reply {
        let figures = try await figures(of: text)
        var table = CSVTable(
            language: request.headers[.acceptLanguage], head: Self.columns)
        let sold = try books.soldByBuyer(
            from: figures.ledger.lowerBound, to: figures.ledger.upperBound)
        var energy = (imported: UInt64(0), exported: UInt64(0))
        for member in try households() {
            let note = try books.note(of: member.account)
            let party = figures.sums.parties[member.account] ?? TradeSums.Party()
            let marks = try books.marks(
                of: member.meterKey, from: figures.bounds.lowerBound, to: figures.bounds.upperBound)
            let flowed = marks.map { marks in
                (
                    imported: marks.last.imported.value
                        - min(marks.first.imported.value, marks.last.imported.value),
                    exported: marks.last.exported.value
                        - min(marks.first.exported.value, marks.last.exported.value)
                )
            }
            energy.imported += flowed?.imported ?? 0
            energy.exported += flowed?.exported ?? 0
            table.add([
                .text(note.name), .text(note.meteringPoint), .text(member.account.description),
                .text(member.role.name), flowed.map { .number($0.imported) } ?? .none,
                flowed.map { .number($0.exported) } ?? .none, .number(party.sales),
                .number(party.sold.value), .tokens(party.earned), .number(party.purchases),
                .number(party.bought.value), .tokens(party.spent), .none,
                .tokens(sold[member.account] ?? .zero), .none, .none,
            ])
        }
        table.add(Self.total(figures, energy, account: parts.identity.account))
        var reply = Reply(type: "text/csv; charset=utf-8", body: table.content)
        reply.headers[.contentDisposition] =
            "attachment; filename=\"busbar-\(figures.month).csv\""
        return reply
    }

    private static func total(
        _ figures: MonthFigures, _ energy: (imported: UInt64, exported: UInt64), account: Address
    ) -> [CSVTable.Cell] {
        let sums = figures.sums
        let earned = sums.parties.values.reduce(UInt64(0)) { $0 + $1.earned.baseUnits }
        let spent = sums.parties.values.reduce(UInt64(0)) { $0 + $1.spent.baseUnits }
        return [
            .text("total"), .none, .text(account.description), .text("aggregator"),
            .number(energy.imported), .number(energy.exported), .number(sums.settled),
            .number(sums.delivered.value), .tokens(TokenAmount(earned)), .number(sums.settled),
            .number(sums.delivered.value), .tokens(TokenAmount(spent)), .tokens(sums.fees),
            .tokens(figures.sold), .tokens(sums.minted), .tokens(sums.burned),
        ]
    }
}
