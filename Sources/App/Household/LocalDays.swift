import Foundation
import Protocol

/// Days and months as the household's clock on the wall has them, with 23 or 25 hours where it is put
/// forward or back.
struct LocalDays: Sendable {
    private let calendar: Calendar

    init(in zone: TimeZone) {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = zone
        self.calendar = calendar
    }

    /// The day of `time`, such as 2026-06-16.
    func day(of time: MarketTime) -> String {
        let parts = calendar.dateComponents([.year, .month, .day], from: Self.date(time))
        return [Self.padded(parts.year, 4), Self.padded(parts.month, 2), Self.padded(parts.day, 2)]
            .joined(separator: "-")
    }

    /// `time` on the wall, such as 2026-06-16 11:15.
    func text(of time: MarketTime) -> String {
        let parts = calendar.dateComponents([.hour, .minute], from: Self.date(time))
        return "\(day(of: time)) \(Self.padded(parts.hour, 2)):\(Self.padded(parts.minute, 2))"
    }

    /// When the day named `name` begins and ends; nil if there is no such day.
    func bounds(ofDay name: String) -> Range<MarketTime>? {
        guard name.count == 10, let start = date(name),
            let end = calendar.date(byAdding: .day, value: 1, to: start)
        else { return nil }
        return Self.time(start)..<Self.time(end)
    }

    /// The month, week or day named `name`, such as 2026-06, 2026-W25 or 2026-06-16, with its days in
    /// order; nil if there is none of that name.
    func period(_ name: String) -> LocalPeriod? {
        switch name.count {
        case 7: days(ofMonth: name).map { LocalPeriod(kind: .month, name: name, days: $0) }
        case 8: days(ofWeek: name).map { LocalPeriod(kind: .week, name: name, days: $0) }
        default: bounds(ofDay: name).map { LocalPeriod(kind: .day, name: name, days: [(name, $0)]) }
        }
    }

    /// The name of the period of that kind in which `time` lies.
    func name(of kind: LocalPeriod.Kind, at time: MarketTime) -> String {
        switch kind {
        case .month: String(day(of: time).prefix(7))
        case .week: week(of: Self.date(time))
        case .day: day(of: time)
        }
    }

    private func days(ofMonth name: String) -> [LocalPeriod.Day]? {
        guard let first = date(name + "-01"),
            let count = calendar.range(of: .day, in: .month, for: first)?.count
        else { return nil }
        return days(count, from: first)
    }

    private func days(ofWeek name: String) -> [LocalPeriod.Day]? {
        let numbers = name.split(separator: "-W").map { Int($0) }
        guard numbers.count == 2, let year = numbers[0], let week = numbers[1], 1...53 ~= week,
            // The fourth of January lies in the first week.
            let fourth = date("\(Self.padded(year, 4))-01-04"),
            let monday = calendar.date(
                byAdding: .day, value: 7 * (week - 1) - daysSinceMonday(fourth), to: fourth),
            self.week(of: monday) == name
        else { return nil }
        return days(7, from: monday)
    }

    private func days(_ count: Int, from first: Date) -> [LocalPeriod.Day]? {
        let days = (0..<count).compactMap { number -> LocalPeriod.Day? in
            guard let date = calendar.date(byAdding: .day, value: number, to: first) else {
                return nil
            }
            let name = day(of: Self.time(date))
            return bounds(ofDay: name).map { (name, $0) }
        }
        return days.count == count ? days : nil
    }

    /// The week of a date, such as 2026-W25: it begins on Monday and belongs to the year of its
    /// Thursday, as ISO 8601 has it.
    private func week(of date: Date) -> String {
        let thursday =
            calendar.date(byAdding: .day, value: 3 - daysSinceMonday(date), to: date) ?? date
        let number = calendar.ordinality(of: .day, in: .year, for: thursday) ?? 1
        let year = calendar.component(.year, from: thursday)
        return "\(Self.padded(year, 4))-W\(Self.padded((number - 1) / 7 + 1, 2))"
    }

    private func daysSinceMonday(_ date: Date) -> Int {
        (calendar.component(.weekday, from: date) + 5) % 7
    }

    /// The months from that of `first` to that of `last`, the latest first.
    func months(from first: MarketTime, through last: MarketTime) -> [String] {
        var months: [String] = []
        var date = Self.date(last)
        let end = String(day(of: first).prefix(7))
        while months.count < 120 {
            let month = String(day(of: Self.time(date)).prefix(7))
            months.append(month)
            guard month > end, let earlier = calendar.date(byAdding: .month, value: -1, to: date)
            else { break }
            date = earlier
        }
        return months
    }

    private func date(_ name: String) -> Date? {
        let numbers = name.split(separator: "-").map { Int($0) }
        guard numbers.count == 3, let year = numbers[0], let month = numbers[1],
            let day = numbers[2], 1970...9_998 ~= year
        else { return nil }
        let parts = DateComponents(year: year, month: month, day: day)
        guard let date = calendar.date(from: parts), self.day(of: Self.time(date)) == name else {
            return nil
        }
        return date
    }

    private static func date(_ time: MarketTime) -> Date {
        Date(timeIntervalSince1970: Double(min(time.seconds, 253_402_300_799)))
    }

    private static func time(_ date: Date) -> MarketTime {
        MarketTime(seconds: UInt64(max(date.timeIntervalSince1970, 0)))
    }

    private static func padded(_ number: Int?, _ count: Int) -> String {
        let text = String(number ?? 0)
        return String(repeating: "0", count: max(0, count - text.count)) + text
    }
}

/// A month, a week or a day of the household's, and its days.
struct LocalPeriod: Sendable {
    enum Kind: String, Sendable {
        case month, week, day
    }

    typealias Day = (name: String, bounds: Range<MarketTime>)

    let kind: Kind
    let name: String
    /// At least one.
    let days: [Day]

    var start: MarketTime { days.first?.bounds.lowerBound ?? .zero }
    var end: MarketTime { days.last?.bounds.upperBound ?? .zero }
}
