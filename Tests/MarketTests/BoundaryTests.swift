import Ledger
import Protocol
import Simulation
import TestKit
import Testing

@testable import Market

/// Numbers at the edges of their types in everything that a meter or an aggregator says, signed as
/// it stands by whoever may sign it, at every step of a trade: no role traps, and the market goes
/// on.
@Suite struct `A role bears every boundary` {
    private static let edges: [UInt64] = [
        0, 1, 255, 1 << 31, 1 << 32, (1 << 32) - 1, 1 << 63, (1 << 63) - 1, .max - 1, .max,
    ]
    private static let powers: [Int32] = [.min, .min + 1, -1, 0, 1, .max]

    private func readings(_ meter: Address) -> [MeterReading] {
        let usual = MeterReading(
            meter: meter, time: MarketTime(seconds: TestCommunity.marketStart),
            importRegister: WattHours(1), exportRegister: WattHours(1), power: 1)
        let changes: [(inout MeterReading, UInt64) -> Void] = [
            { $0.time = MarketTime(seconds: $1) }, { $0.importRegister = WattHours($1) },
            { $0.exportRegister = WattHours($1) },
        ]
        return changes.flatMap { change in
            Self.edges.map { edge in
                var reading = usual
                change(&reading, edge)
                return reading
            }
        }
            + Self.powers.map { power in
                var reading = usual
                reading.power = power
                return reading
            }
    }

    private func commands(_ trades: [UInt32]) -> [DeliveryCommand] {
        trades.flatMap { trade in
            [FlowDirection.import, .export].flatMap { direction in
                Self.edges.map {
                    DeliveryCommand(
                        tradeID: OfferID(trade), direction: direction, energy: WattHours($0))
                }
            }
        }
    }

    private func receipts(
        _ trade: UInt32, _ meter: SimulatedKey, _ domain: SigningDomain
    ) -> [SignedMeterReceipt] {
        [FlowDirection.import, .export].flatMap { direction in
            Self.edges.flatMap { first in
                Self.edges.map { second in
                    MeterReceipt(
                        tradeID: OfferID(trade), meter: meter.address, direction: direction,
                        startRegister: WattHours(first), endRegister: WattHours(second),
                        startTime: MarketTime(seconds: second), endTime: MarketTime(seconds: first)
                    ).signed(by: meter, in: domain)
                }
            }
        }
    }

    /// Everything that the household numbered so could say, and that could be said to it.
    private func messages(_ household: Int, _ community: TestCommunity) -> [MeterMessage] {
        let meter = TestCommunity.meterKey(household)
        let trades: [UInt32] = [0, 1, 2, .max]
        let commands = commands(trades)
        let readings = readings(meter.address)
        return readings.map { .reading($0) } + commands.map { .begin($0) }
            + commands.map { .end($0) }
            + commands.enumerated().map { .began($1, readings[$0 % readings.count]) }
            + readings.map {
                .began(
                    DeliveryCommand(
                        tradeID: OfferID(1), direction: household == 0 ? .export : .import,
                        energy: WattHours(1)), $0)
            }
            + trades.flatMap { receipts($0, meter, community.ledger.state.domain) }.map {
                .receipt($0)
            }
            + trades.map {
                .refusal(OfferID($0), reason: UntrustedText(String(repeating: "\n", count: 256)))
            } + signIns(meter) + news
    }

    private var news: [MeterMessage] {
        let sums = Self.edges.map {
            QuarterSums(
                meters: UInt32(clamping: $0), measured: UInt32(clamping: $0),
                supply: WattHours($0), need: WattHours($0))
        }
        let reports = Self.edges.flatMap { edge in
            [[], Array(sums.prefix(QuarterReport.most)), sums].map {
                QuarterReport(first: MarketTime(seconds: edge / 900 * 900), quarters: $0)
            }
        }
        let wishes = Self.edges.map {
            MeterMessage.quartersWish(from: MarketTime(seconds: $0))
        }
        let reasons: [UntrustedText] = [
            "", "no", UntrustedText(String(repeating: "\n", count: 256)),
        ]
        return wishes + reports.map { MeterMessage.quarters($0) }
            + reasons.map { MeterMessage.suspension(reason: $0) }
    }

    private func signIns(_ key: some Signer) -> [MeterMessage] {
        let challenges = [Hash32.zero, SHA256.hash([1])]
        let answers = challenges.flatMap { challenge in
            [0, 1, UInt64.max].map { time in
                MeterMessage.signInAnswer(
                    SignInAnswer(
                        challenge: challenge, time: Timestamp(milliseconds: time),
                        signature: key.sign(challenge)))
            }
        }
        return [.signInWish] + challenges.map { .signInChallenge($0) } + answers
    }

    /// The number by which a message's kind is known on the wire.
    private func kind(_ message: MeterMessage) -> UInt8? {
        message.rlp.items?.first?.string?.first
    }

    @Test func `every message there is is tried`() throws {
        let community = try TestCommunity(sources: [.manual(0)], prosumers: [0])
        let tried = Set(messages(0, community).compactMap { kind($0) })
        for number in UInt8.min...UInt8.max where !tried.contains(number) {
            do throws(MalformedBytes) {
                _ = try MeterMessage(rlp: .list([.number(number)]))
                Issue.record("\(number) is tried by no message")
            } catch {
                #expect(error.reason.contains("unknown kind"), "\(number) is tried by no message")
            }
        }
    }

    @Test func `what a member says of a trade that is not its own reaches no log`() throws {
        var community = try TestCommunity(
            sources: [.manual(-4_000), .manual(4_000)], prosumers: [0])
        community.run(seconds: 60)
        let lines = community.roles[TestCommunity.aggregator].log.count
        for id in [0, 1, 2, .max] as [UInt32] {
            let refusal = MeterMessage.refusal(OfferID(id), reason: "all is lost")
            for sender in [TestCommunity.otherAggregator, Address.zero] {
                community.tell(TestCommunity.aggregator, .received(refusal, from: sender))
            }
        }
        #expect(community.roles[TestCommunity.aggregator].log.count == lines)
    }

    @Test func `what a household says again and again stands in the log under its name`() throws {
        var community = try TestCommunity(
            sources: [.manual(-4_000), .manual(4_000)], prosumers: [0])
        func lines() -> [RoleLogLine] { community.roles[TestCommunity.aggregator].lines }
        func refuse() {
            for trade in community.trades {
                community.tell(
                    TestCommunity.aggregator,
                    .received(
                        .refusal(trade.offer.id, reason: "no"), from: community.account(0)))
            }
        }
        // Until a trade's delivery has begun, its refusal is of interest to nobody.
        for _ in 0..<300 where lines().isEmpty {
            community.run(seconds: 1)
            refuse()
        }
        for _ in 0..<100 { refuse() }
        // The role says it once a minute; how often the log takes it, its cause decides.
        #expect(lines().count == 1)
        #expect(
            lines().allSatisfy { $0.cause == LineCause("refusal", by: community.account(0)) })
    }

    @Test func `in every message, at every step`() throws {
        var community = try TestCommunity(
            sources: [.manual(-4_000), .manual(4_000)], prosumers: [0])
        let accounts = [0, 1].map { TestCommunity.household($0) }
        // The fields of a reading, a command and a receipt, and the trade of a refusal.
        var count = BoundaryCount()
        (count.parameters, count.values) = (4 + 3 + 6 + 1, Self.edges.count)
        for step in 0..<12 {
            community.run(seconds: 10)
            for household in [0, 1] {
                for message in messages(household, community) {
                    count.tried += 4
                    community.tell(
                        TestCommunity.aggregator,
                        .received(message, from: community.account(household)))
                    community.tell(
                        TestCommunity.aggregator,
                        .received(message, from: TestCommunity.otherAggregator))
                    for account in accounts {
                        community.tell(account, .received(message, from: community.broker))
                    }
                }
            }
            for power in Self.powers {
                community.tell(accounts[step % 2], .setPower(power, RequestNumber(7)))
            }
            community.setPower(step < 6 ? -4_000 : 0, household: 0)
            community.setPower(4_000, household: 1)
            _ = community.takeLetters()
        }
        for case (_, .send(.refusal(let id, let reason), _)) in community.effects {
            count.refuse("trade \(id.value)", reason.verbatim)
        }
        #expect(count.unexplained == [])
        count.report("signed meter messages, 12 steps of a trade")
        #expect(!community.trades.isEmpty)
        #expect(community.roles.allSatisfy { !$0.isStopped })
    }
}
