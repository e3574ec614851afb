import API
import Foundation
import Ledger
import Market
import Protocol
import Storage
import TestKit
import Testing

@testable import App
@testable import Node

/// The month's figures of an aggregator, and how they become a spreadsheet.
@Suite struct `An aggregator's month` {
    @Test func `is a table in which no name is taken for a formula`() async throws {
        try await withTemporaryDirectory { directory in
            let community = try NodeCommunity(in: directory)
            let office = community.office
            try await community.running(office) { node in
                guard case .aggregator(let books) = node.node.roleStore else { return }
                let account = community.household.account.address
                for (name, shown) in [
                    ("=HYPERLINK(\"http://x\")", #""'=HYPERLINK(""http://x"")""#),
                    ("+1", "\"'+1\""), ("-1", "\"'-1\""), ("@a", "\"'@a\""), (" =1", "\"' =1\""),
                    ("＝1", "\"'＝1\""), ("No. 5; a, b", "\"No. 5; a, b\""),
                ] {
                    try await books.set(
                        MemberNote(account: account, name: name, meteringPoint: "DE;5"))
                    let program = try AppBrowser.program(of: office)
                    let answer = try await program.get("aggregator/months/latest.csv")
                    #expect(answer.status == 200, "\(answer.body)")
                    #expect(answer.headers["content-type"] == "text/csv; charset=utf-8")
                    let lines = answer.body.components(separatedBy: "\r\n")
                    #expect(lines.count == 4 && lines[3] == "")
                    #expect(lines[0].hasPrefix("name,metering_point,account,role,import_wh"))
                    #expect(lines[1].hasPrefix("\(shown),\"DE;5\",\"\(account)\","))
                    #expect(lines[2].hasPrefix("\"total\",,"))
                }
            }
        }
    }

    @Test func `is of one month, and of none that does not exist`() async throws {
        try await withTemporaryDirectory { directory in
            let community = try NodeCommunity(in: directory)
            try await community.running(community.office) { node in
                let program = try AppBrowser.program(of: community.office)
                let latest = try await program.get("aggregator/months/latest").json
                let month = try #require(latest["month"]?.verbatim)
                #expect(latest["settled"] == 0 && latest["fees"] == "0")
                let same = try await program.get("aggregator/months/\(month).csv")
                let file = same.headers["content-disposition"] ?? ""
                #expect(file.contains("busbar-\(month).csv"))
                for wrong in ["2026-13.csv", "x.csv", ".csv", "2026-13", "latest.csv.csv"] {
                    #expect(try await program.get("aggregator/months/\(wrong)").status == 400)
                }
                let stranger = try await AppBrowser(community.office)
                    .get("aggregator/months/latest.csv")
                #expect(stranger.status == 401)
            }
        }
    }

    @Test func `is written as its reader writes numbers`() {
        var table = CSVTable(language: "de-DE,de;q=0.9", head: ["a", "b"])
        table.add([.tokens(TokenAmount(1_500_000)), .none])
        #expect(String(decoding: table.content, as: UTF8.self) == "a;b\r\n1,500000;\r\n")
        table = CSVTable(language: nil, head: ["a", "b"])
        table.add([.tokens(TokenAmount(7)), .number(5)])
        #expect(String(decoding: table.content, as: UTF8.self) == "a,b\r\n0.000007,5\r\n")
    }
}

/// A community's day by quarter of an hour, from what its meters told the aggregator.
@Suite struct `A community's quarters` {
    private let length: UInt64 = 900

    /// Has `count` meters showed `imported` and `exported` Wh more each quarter, from the beginning of
    /// yesterday on.
    private func fill(
        _ books: AggregatorStore, _ meters: [Address], from start: MarketTime, quarters: UInt64
    ) async throws {
        for (number, meter) in meters.enumerated() {
            let readings = (0...quarters).map { quarter in
                ReceivedReading(
                    reading: MeterReading(
                        meter: meter, time: start.advanced(bySeconds: quarter * length + 2),
                        importRegister: WattHours(quarter * 100),
                        exportRegister: WattHours(quarter * UInt64(number) * 10), power: 0),
                    receivedAt: Timestamp(milliseconds: 1))
            }
            try await books.store(.readings(readings))
        }
    }

    @Test func `are sums of those who were heard, and hide the few`() async throws {
        try await withTemporaryDirectory { directory in
            let books = try AggregatorStore(path: directory + "/aggregator.sqlite")
            let meters = (1...6).map { Address(reserved: $0) }
            let members = meters.map { Member.fixture($0, .prosumer, meter: $0) }
            try await books.store(.members(members, names: [:]))
            let start = MarketTime(seconds: 1_779_926_400)
            try await fill(books, Array(meters.prefix(5)), from: start, quarters: 4)
            try await fill(books, [meters[5]], from: start, quarters: 1)
            let sums = CommunityQuarters(books: books)
            func quarters(at seconds: UInt64) throws -> [CommunityQuarter] {
                try sums.quarters(
                    from: start, to: start.advanced(bySeconds: 86_400),
                    at: start.advanced(bySeconds: seconds), of: meters, pace: QuarterPace(rate: 1))
            }
            // The running quarter is not told.
            #expect(try quarters(at: 899).isEmpty)
            let early = try quarters(at: 1_850)
            #expect(early.map(\.measured) == [6, 5])
            #expect(early.map(\.need) == [600, 500])
            #expect(early.map(\.supply) == [100, 100] && early.map(\.shared) == [100, 100])
            let all = try quarters(at: 3_600)
            #expect(all.map(\.measured) == [6, 5, 5, 5])
            #expect(sums.cost(from: start, to: all[3].end, at: all[3].end, meters: 6) > 0)
            let late = try quarters(at: 9_000)
            #expect(late.map(\.measured) == [6, 5, 5, 5, 0, 0, 0, 0, 0, 0])
            #expect(late[4].json(index: 4, hidingBelow: 5)["needWh"] == nil)
            #expect(late[1].json(index: 1, hidingBelow: 6)["needWh"] == nil)
            #expect(late[0].json(index: 0, hidingBelow: 5)["needWh"] == 600)
            let day = CommunityDay(late)
            #expect(day.need == 2_100 && day.supply == 400 && day.end == late[3].end)
            #expect(day.permille(of: day.need) == .number(400 * 1_000 / 2_100))
            #expect(CommunityDay([]).permille(of: 0) == .null)
            // What is over is looked up once.
            #expect(
                sums.cost(from: start, to: all[3].end, at: late[9].end, meters: 6) == 0)
        }
    }

    @Test func `are shown to everyone who asks an aggregator's node`() async throws {
        try await withTemporaryDirectory { directory in
            let community = try NodeCommunity(in: directory)
            try await community.running(community.office) { node in
                let stranger = AppBrowser(community.office)
                let answer = try await stranger.get("community/quarters")
                #expect(answer.status == 200)
                #expect(try answer.json["items"] == [])
                #expect(try await stranger.get("community").json["sharedTodayWh"] == nil)
                #expect(try await stranger.get("aggregator/quarters").status == 401)
                let program = try AppBrowser.program(of: community.office)
                for day in ["", "?day=2026-06-16", "?day=1970-01-01", "?day=9998-12-31"] {
                    #expect(try await program.get("aggregator/quarters\(day)").status == 200)
                }
                #expect(try await program.get("aggregator/quarters?day=x").status == 400)
            }
        }
    }
}
