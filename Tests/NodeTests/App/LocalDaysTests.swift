import API
import Foundation
import Protocol
import Testing

@testable import App

/// Days, weeks and months as the clock on the wall has them.
@Suite struct `Local days` {
    private let days = LocalDays(in: TimeZone(identifier: "Europe/Berlin") ?? .gmt)

    private func time(_ text: String) throws -> MarketTime {
        let date = try #require(ISO8601DateFormatter().date(from: text))
        return MarketTime(seconds: UInt64(date.timeIntervalSince1970))
    }

    @Test(arguments: [
        ("2026-06-16T09:00:00Z", "2026-W25"), ("2026-06-14T21:59:59Z", "2026-W24"),
        ("2026-06-14T22:00:00Z", "2026-W25"), ("2025-12-29T12:00:00Z", "2026-W01"),
        ("2026-01-01T12:00:00Z", "2026-W01"), ("2027-01-03T12:00:00Z", "2026-W53"),
        ("2027-01-04T12:00:00Z", "2027-W01"), ("2024-12-30T12:00:00Z", "2025-W01"),
        ("2021-01-03T12:00:00Z", "2020-W53"), ("2023-01-01T12:00:00Z", "2022-W52"),
    ])
    func `a week belongs to the year of its Thursday`(moment: String, name: String) throws {
        let time = try time(moment)
        #expect(days.name(of: .week, at: time) == name)
        let week = try #require(days.period(name))
        #expect(week.kind == .week && week.days.count == 7)
        #expect(week.start <= time && time < week.end)
        for (day, bounds) in week.days {
            #expect(days.name(of: .week, at: bounds.lowerBound) == name)
            #expect(days.period(day)?.start == bounds.lowerBound)
        }
    }

    @Test func `a week in which the clock is put forward is an hour shorter, and back longer`()
        throws
    {
        let spring = try #require(days.period("2026-W13"))
        let autumn = try #require(days.period("2026-W43"))
        #expect(spring.end.seconds - spring.start.seconds == 7 * 86_400 - 3_600)
        #expect(autumn.end.seconds - autumn.start.seconds == 7 * 86_400 + 3_600)
        #expect(spring.start == (try time("2026-03-22T23:00:00Z")))
    }

    @Test func `weeks follow each other without a gap, and agree with the days of months`() throws {
        var week = try #require(days.period("2024-W01"))
        for _ in 0..<320 {
            let next = try #require(days.period(days.name(of: .week, at: week.end)))
            #expect(next.start == week.end && next.name > week.name)
            week = next
        }
        let june = try #require(days.period("2026-06"))
        #expect(june.kind == .month && june.days.count == 30)
        #expect(june.start == (try time("2026-05-31T22:00:00Z")))
    }

    @Test(arguments: [
        "", "2026", "2026-00", "2026-13", "2026-W00", "2026-W54", "2025-W53", "2026-W+5",
        "2026-w25", "+026-W25", "2026W025", "2026-02-30", "9999-W01", "1969-W30", "2026-06-1x",
        "-W2026-W",
    ])
    func `what is no period is none`(name: String) {
        #expect(days.period(name) == nil)
    }

    @Test func `a table has a row a quarter, in the reader's way of writing`() throws {
        var quarter = Quarter(start: try time("2026-06-16T09:00:00Z"))
        quarter.spent = 1_234_567
        var tables = [false, true].map { StatementTable(isGerman: $0, days: days) }
        for index in tables.indices { tables[index].add([quarter]) }
        let rows = tables.map { $0.text.split(separator: "\r\n").map(String.init) }
        #expect(rows.allSatisfy { $0.count == 2 })
        let row =
            "2026-06-16 11:00,2026-06-16T09:00:00Z,missing,0,0,0,0,1.234567,0.000000,0.000000"
        #expect(rows[0][1] == row)
        #expect(rows[1][1].contains(";1,234567;"))
    }
}
