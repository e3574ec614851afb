import API
import Protocol
import Transport

// What was: quarters of an hour, days, months.
extension HouseholdService {
    /// The quarters of a day that have begun; of today unless the query names another.
    func quarters(_ target: RequestTarget) async throws -> JSON {
        let view = live.current()
        let name = target["day"]?.verbatim ?? view.settings.days.day(of: view.marketNow)
        guard let day = view.settings.days.bounds(ofDay: name) else {
            throw Problem.badRequest("day is a day such as 2026-06-16")
        }
        let quarters = try await book.quarters(
            from: day.lowerBound, to: day.upperBound, now: view.figures.reading)
        let items = quarters.map { quarter in
            quarter.json(index: Int((quarter.start.seconds - day.lowerBound.seconds) / 900))
        }
        let seconds = day.upperBound.seconds - day.lowerBound.seconds
        return [
            "day": .string(name), "startsAt": .time(day.lowerBound),
            "slots": .number(seconds / 900), "items": .array(items),
            "previous": try beside(day.lowerBound, earlier: true, .day, view),
            "next": try beside(day.upperBound, earlier: false, .day, view),
        ]
    }

    /// The period that ends, or begins, at `time`; null if the meter wrote nothing down in it.
    private func beside(
        _ time: MarketTime, earlier: Bool, _ kind: LocalPeriod.Kind, _ view: HouseholdView
    ) throws -> JSON {
        guard let first = try book.beginning() else { return .null }
        let isThere = earlier ? first < time : time <= view.marketNow
        let moment = earlier ? MarketTime(seconds: time.seconds - min(time.seconds, 1)) : time
        return isThere ? .string(view.settings.days.name(of: kind, at: moment)) : .null
    }

    /// The days of a month or a week that have begun, and their sums; of this month unless the query
    /// names another.
    func days(_ target: RequestTarget) async throws -> JSON {
        let view = live.current()
        let kind: LocalPeriod.Kind = target["week"] == nil ? .month : .week
        let name =
            target[kind.rawValue]?.verbatim ?? view.settings.days.name(of: kind, at: view.marketNow)
        guard let period = view.settings.days.period(name), period.kind == kind else {
            throw Problem.badRequest(
                kind == .month ? "month is a month such as 2026-06" : "week is one such as 2026-W25"
            )
        }
        var (items, sums): ([JSON], DaySum) = ([], DaySum())
        for (day, bounds) in period.days where bounds.lowerBound <= view.marketNow {
            let sum = try await sum(bounds, view)
            sums = sums + sum
            let slots = (bounds.upperBound.seconds - bounds.lowerBound.seconds) / 900
            let head: JSON = ["day": .string(day), "slots": .number(slots)]
            items.append(.object(head.members + sum.json.members))
        }
        let head = JSON.object(heading(of: period, view))
        return .object(
            head.members
                + [
                    JSON.Member("previous", try beside(period.start, earlier: true, kind, view)),
                    JSON.Member("next", try beside(period.end, earlier: false, kind, view)),
                    JSON.Member("sums", .object(sums.json.members + compared(sums, view).members)),
                    JSON.Member("items", .array(items)),
                ])
    }

    /// What the period is called, the days in it, and the other periods that there are.
    private func heading(of period: LocalPeriod, _ view: HouseholdView) -> [JSON.Member] {
        let days = view.settings.days
        // A week in two months, or a month that goes on: the last day that has begun counts.
        let last = period.days.last { $0.bounds.lowerBound <= view.marketNow } ?? period.days[0]
        let clock = view.node.state.parameters.marketClock
        return [
            JSON.Member("kind", .string(period.kind.rawValue)),
            JSON.Member("month", .string(days.name(of: .month, at: last.bounds.lowerBound))),
            JSON.Member("week", .string(days.name(of: .week, at: last.bounds.lowerBound))),
            JSON.Member("startsAt", .time(period.start)),
            JSON.Member("days", .array(period.days.map { .string($0.name) })),
            JSON.Member(
                "months",
                .array(days.months(from: clock.origin, through: view.marketNow).map { .string($0) })
            ),
        ]
    }

    /// What the sums would have cost without neighbours, and did cost, in base units; null where the
    /// supplier's prices are not known.
    func compared(_ sums: DaySum, _ view: HouseholdView) -> JSON {
        guard let supplier = view.settings.supplier else {
            return ["alone": .null, "actual": .null]
        }
        func money(_ wattHours: UInt64, _ price: TokenAmount) -> Int64 {
            Int64(clamping: wattHours * price.baseUnits / 1_000)
        }
        let alone =
            money(sums.fromGrid + sums.bought, supplier.retail)
            - money(sums.toGrid + sums.sold, supplier.feedIn)
        let actual =
            money(sums.fromGrid, supplier.retail) - money(sums.toGrid, supplier.feedIn)
            + Int64(clamping: sums.spent) - Int64(clamping: sums.earned)
        return ["alone": .string(String(alone)), "actual": .string(String(actual))]
    }

    /// What today came to so far.
    func today(_ view: HouseholdView) async throws -> JSON {
        let name = view.settings.days.day(of: view.marketNow)
        guard let day = view.settings.days.bounds(ofDay: name) else { return .null }
        let head: JSON = ["day": .string(name)]
        return .object(head.members + (try await sum(day, view)).json.members)
    }

    func sum(_ day: Range<MarketTime>, _ view: HouseholdView) async throws -> DaySum {
        try await book.sum(
            from: day.lowerBound, to: day.upperBound, now: view.figures.reading,
            settledAfter: UInt64(view.node.state.parameters.deliveryWindow))
    }
}

extension JSON {
    /// An object's members; none of anything else.
    var members: [Member] {
        if case .object(let members) = self { members } else { [] }
    }
}
