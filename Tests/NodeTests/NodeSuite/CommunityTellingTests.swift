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

/// What an aggregator's node tells its households' nodes, over their links.
@Suite struct `An aggregator's node tells its households` {
    private static let length = QuarterSums.seconds

    /// Has the meters of `members` show something more each quarter, those but the last five quarters
    /// long; the last meter is heard up to the quarter before the last one alone.
    private func fill(
        _ books: AggregatorStore, _ members: [TestMember], until now: MarketTime
    ) async throws {
        let start = MarketTime(seconds: (now.seconds / Self.length - 6) * Self.length)
        for (number, member) in members.enumerated() {
            let marks: UInt64 = number == members.count - 1 ? 5 : 6
            let readings = (0..<marks).map { quarter in
                ReceivedReading(
                    reading: MeterReading(
                        meter: member.member.meterKey,
                        time: start.advanced(bySeconds: quarter * Self.length + 2),
                        importRegister: WattHours(quarter * quarter * 10),
                        exportRegister: WattHours(quarter * UInt64(number) * 10), power: 0),
                    receivedAt: Timestamp(milliseconds: 1))
            }
            try await books.store(.readings(readings))
        }
    }

    /// What is told stays so, whenever somebody asks in a quarter of an hour.
    private func expectSettled(
        _ books: AggregatorStore, _ office: TestMember, _ node: Node
    ) throws {
        let snapshot = node.latest.current
        let rate = snapshot.state.parameters.marketClock.rate
        let settled = QuarterPace(rate: rate).settledAfter
        for step in 0..<18 as Range<UInt64> {
            let moment = node.clock.now().advanced(byMilliseconds: step * 50_000 / UInt64(rate))
            let time = snapshot.marketTime(at: moment).seconds
            let meters = CommunityMeters(
                books: books, account: office.account.address, latest: node.latest,
                now: { moment })
            let report = try meters.report(from: MarketTime(seconds: time - 2 * Self.length))
            #expect(report.end.seconds + settled <= time)
        }
    }

    /// The quarters that `member`'s node shows to everyone, of the days in which the last hours lie.
    private func quarters(of member: TestMember, at now: MarketTime) async throws -> [JSON] {
        let browser = AppBrowser(member)
        let days = LocalDays(in: .gmt)
        let earlier = MarketTime(seconds: now.seconds - 7 * Self.length)
        var items: [JSON] = []
        for day in Set([days.day(of: earlier), days.day(of: now)]).sorted() {
            let answer = try await browser.get("community/quarters?day=\(day)")
            items += try answer.json["items"]?.elements ?? []
        }
        return items
    }

    private func word(of member: TestMember) async throws -> JSON? {
        try await AppBrowser(member).get("community/quarters").json["source"]
    }

    @Test func `what the community's quarters came to, and their nodes show the same`() async throws
    {
        try await withTemporaryDirectory { directory in
            let community = try NodeCommunity(in: directory, neighbours: 4)
            let (office, household) = (community.office, community.household)
            let broker = JSON.address(office.account.address)
            try await community.running(office) { node in
                guard case .aggregator(let books) = node.node.roleStore else { return }
                let now = node.snapshot.marketTime(at: node.node.clock.now())
                try await fill(books, [household] + community.neighbours, until: now)
                // Of what was before the first reading nothing is known, and nothing told.
                let first = (now.seconds / Self.length - 6) * Self.length
                let meters = try #require(node.node.community)
                let all = try meters.report(from: .zero)
                #expect(all.first.seconds == first && all.quarters.count >= 4)
                try self.expectSettled(books, office, node.node)
                try await community.running(household) { running in
                    // What an aggregator of before told is not this one's word.
                    guard case .household(let store) = running.node.roleStore else { return }
                    let before = QuarterReport(
                        first: MarketTime(seconds: now.seconds / Self.length * Self.length - 3_600),
                        quarters: [
                            QuarterSums(
                                meters: 9, measured: 9, supply: WattHours(1), need: WattHours(1))
                        ])
                    try await store.store(.told(before, by: Address(reserved: 77)))
                    let word = try await self.word(of: household)
                    #expect(word?["kind"] == "aggregator" && word?["aggregator"] == broker)
                    #expect(word?["until"] == nil)
                    #expect(try await quarters(of: household, at: now).isEmpty)
                    #expect(
                        try await AppBrowser(household).get("community").json["sharedTodayWh"]
                            == nil)
                }
                try await community.running(household, dialling: [office]) { _ in
                    try await eventually("it is told") {
                        try await quarters(of: household, at: now).count >= 5
                    }
                    let told = try await quarters(of: household, at: now)
                    let known = try await quarters(of: office, at: now)
                    #expect(told == Array(known.prefix(told.count)))
                    let shown = told.filter { $0["needWh"] != nil }
                    #expect(shown.map { $0["members"] } == Array(repeating: 5, count: 4))
                    #expect(shown.first?["needWh"] == 50 && shown.first?["supplyWh"] == 100)
                    // One meter was silent: the sum of four is nobody's business.
                    let hidden = try #require(told.first { $0["members"] == 4 })
                    #expect(hidden["needWh"] == nil && hidden["sharedWh"] == nil)
                    #expect(try await word(of: household)?["until"] != nil)
                    let own = try await word(of: office)
                    #expect(own?["kind"] == "meters" && own?["aggregator"] == broker)
                }
                // It is written down.
                try await community.running(household) { _ in
                    let kept = try await quarters(of: household, at: now)
                    #expect(kept.count >= 5)
                }
                // Of what is longer ago than a week and a day nobody is told, though it is known.
                let old = MarketTime(seconds: first - 9 * 86_400)
                let reading = MeterReading(
                    meter: household.member.meterKey, time: old, importRegister: .zero,
                    exportRegister: .zero, power: 0)
                try await books.store(
                    .readings([
                        ReceivedReading(reading: reading, receivedAt: Timestamp(milliseconds: 1))
                    ]))
                #expect(try books.firstQuarter() == old)
                let clock = node.node.clock
                let again = CommunityMeters(
                    books: books, account: office.account.address, latest: node.node.latest,
                    now: { clock.now() })
                let since = try again.report(from: .zero).first.seconds
                #expect(since > old.seconds && since >= first - 8 * 86_400)
            }
        }
    }

    @Test func `and a validator's says where to look`() async throws {
        try await withTemporaryDirectory { directory in
            let community = try NodeCommunity(in: directory)
            let validator = community.validators[0]
            try await community.running(validator) { node in
                let answer = try await node.client.get("/api/v1/community/quarters").json
                #expect(answer["items"] == [])
                #expect(answer["source"]?["kind"] == "none")
                let broker = JSON.address(community.office.account.address)
                #expect(answer["source"]?["aggregator"] == broker)
                let figures = try await node.client.get("/api/v1/community").json
                #expect(figures["source"] == answer["source"])
            }
        }
    }

    @Test func `why they are suspended`() async throws {
        try await withTemporaryDirectory { directory in
            let community = try NodeCommunity(in: directory)
            let (office, household) = (community.office, community.household)
            let validator = community.validators[0]
            let path = "aggregator/members/\(household.account.address)"
            // As long as a reason may be.
            let reason = "Unpaid: " + String(repeating: "ü", count: 124)
            try await community.running(validator) { _ in
                try await community.running(office, dialling: [validator]) { node in
                    try await eventually("linked") { !node.snapshot.peers.isEmpty }
                    try await community.running(household, dialling: [office]) { other in
                        try await eventually("linked") { !other.snapshot.peers.isEmpty }
                        let app = try AppBrowser.program(of: household)
                        let before = try await app.get("household").json
                        #expect(before["suspensionReason"] == nil)
                        var program = try AppBrowser.program(of: office)
                        let answer = try await program.send(
                            "PATCH", path, ["suspended": true, "reason": .string(reason)],
                            key: "suspend")
                        #expect(answer.status < 300, "\(answer.body)")
                        try await eventually("it knows why") {
                            let told = try await app.get("household").json
                            return told["suspensionReason"] == .string(reason)
                        }
                        #expect(try await AppBrowser(household).get("household").status == 401)
                        _ = try await program.send(
                            "PATCH", path, ["suspended": false, "reason": "Paid."],
                            key: "reinstate")
                        try await eventually("it is a member again") {
                            let told = try await app.get("household").json
                            return told["suspended"] == false
                                && told["suspensionReason"] == nil
                        }
                    }
                }
            }
        }
    }
}

/// What waits to be told to households.
@Suite struct `News that wait` {
    private static let (one, other) = (Address(reserved: 1), Address(reserved: 2))

    @Test func `are the newest of each kind, in the order of who came first`() {
        let waiting = WaitingNews()
        waiting.add(.quarters(from: MarketTime(seconds: 900)), for: Self.one)
        waiting.add(.suspension, for: Self.other)
        waiting.add(.suspension, for: Self.one)
        waiting.add(.quarters(from: MarketTime(seconds: 1_800)), for: Self.one)
        var told: [Address] = []
        var news: [HouseholdNews] = []
        while let (household, next) = waiting.next() {
            told.append(household)
            news.append(next)
        }
        #expect(told == [Self.one, Self.other, Self.one])
        #expect(
            news == [.quarters(from: MarketTime(seconds: 1_800)), .suspension, .suspension])
        let more = waiting.next()
        #expect(more?.0 == nil)
    }
}
