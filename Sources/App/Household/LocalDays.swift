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

    /// The days of the month named `name`, such as 2026-06, in order, with their bounds; nil if there
    /// is no such month.
    func days(ofMonth name: String) -> [(day: String, bounds: Range<MarketTime>)]? {
        guard name.count == 7, let first = date(name + "-01"),
            let count = calendar.range(of: .day, in: .month, for: first)?.count
        else { return nil }
        return (1...count).compactMap { number in
            let day = "\(name)-\(Self.padded(number, 2))"
            return bounds(ofDay: day).map { (day, $0) }
        }
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
