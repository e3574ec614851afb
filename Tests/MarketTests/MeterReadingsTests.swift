import Ledger
import Protocol
import Simulation
import Testing

@testable import Market

/// An aggregator, and what a household with a program of its own says to it.
@Suite struct MeterReadingsTests {
    private static let aggregator = TestCommunity.aggregator

    private static func community() throws -> TestCommunity {
        var limits = TraderLimits()
        limits.isEnabled = false
        var community = try TestCommunity(
            sources: [.manual(0), .manual(0)], prosumers: [0], limits: limits)
        community.run(seconds: 3)
        return community
    }

    /// What the first household's meter shows, a little changed.
    private static func reading(
        _ community: TestCommunity, _ change: (inout MeterReading) -> Void = { _ in }
    ) throws -> MeterReading {
        var reading = try #require(community.reading(0))
        reading.time = community.ledger.clock.time(at: community.ledger.now)
        change(&reading)
        return reading
    }

    @Test func `of a flood of readings one a second is taken, and one line is written`() throws {
        var community = try Self.community()
        let before = community.kept
        let lines = community.roles[Self.aggregator].log.count
        for _ in 0..<20 {
            for _ in 0..<500 { community.say(.reading(try Self.reading(community))) }
            community.run(seconds: 1)
        }
        // Each second the other household's reading comes in as well.
        #expect(community.kept - before <= 20 * 2 + MeterReadings.burst)
        #expect(community.kept - before >= 20 * 2)
        #expect(community.roles[Self.aggregator].log.count == lines + 1)
        #expect(
            community.roles[Self.aggregator].log.last
                == "a reading is refused: there is more than one a second")
    }

    @Test func `a flood of refusals and junk writes no more than its first line`() throws {
        var community = try Self.community()
        let effects = community.effects.count
        for _ in 0..<1_000 {
            community.say(.refusal(OfferID(1), reason: "no"))
            community.say(
                .begin(DeliveryCommand(tradeID: OfferID(1), direction: .import, energy: .zero)))
        }
        #expect(community.effects.count <= effects + 2)
    }

    @Test func `a register that is full ends nothing`() throws {
        var community = try Self.community()
        // The first reading of a meter that nobody has heard yet may show anything.
        var readings = MeterReadings(restoring: [])
        let context = RoleContext(
            RoleIdentity(
                signer: Keys.key(9), head: community.ledger.head,
                state: community.ledger.state, scheme: SimulatedScheme()))
        let full = try Self.reading(community) {
            $0.importRegister = WattHours(.max)
            $0.exportRegister = WattHours(.max)
        }
        let sender = community.roles[TestCommunity.seller].account
        for _ in 0..<3 {
            let verdict = readings.take(
                full, from: sender, above: MeterRegisterPair(), context)
            #expect(verdict == .taken)
        }
        community.run(seconds: 1)
    }

    private static let forgeries: [(@Sendable (inout MeterReading) -> Void, String)] = [
        ({ $0.power = .max }, "2147483647 W on a connection of 22000 W"),
        ({ $0.power = -22_001 }, "-22001 W on a connection of 22000 W"),
        (
            { $0.importRegister = WattHours($0.importRegister.value + 65_535) },
            "65535 Wh in 60 s through a connection of 22000 W"
        ),
        (
            { $0.exportRegister = WattHours(.max) },
            "18446744073709551615 Wh in 60 s through a connection of 22000 W"
        ),
        ({ $0.time = .zero }, "it is of 0, after one of"),
        (
            { $0.meter = Keys.key(51).address },
            "meter \(Keys.key(51).address) is not the sender's"
        ),
    ]

    @Test(arguments: forgeries)
    func `a reading that cannot be is refused with the reason`(
        _ change: @Sendable (inout MeterReading) -> Void, _ reason: String
    ) throws {
        var community = try Self.community()
        community.advance(milliseconds: 1_000)
        let count = community.readingCount
        community.say(.reading(try Self.reading(community, change)))
        #expect(community.readingCount == count)
        let line = try #require(community.roles[Self.aggregator].log.last)
        #expect(line.hasPrefix("a reading is refused: \(reason)"), "\(line)")
        community.say(.reading(try Self.reading(community)))
        #expect(community.readingCount == count + 1)
    }

    @Test func `what the connection carries to the last watt-hour is taken`() throws {
        var community = try Self.community()
        community.advance(milliseconds: 1_000)
        let count = community.readingCount
        // A minute of 22 kW is 366 and two thirds, and one may be due to rounding.
        let most = try Self.reading(community) {
            $0.power = 22_000
            $0.importRegister = WattHours($0.importRegister.value + 367)
        }
        community.say(.reading(most))
        #expect(community.readingCount == count + 1)
    }

    /// After a restart of the aggregator it still knows what the meter showed.
    @Test(arguments: [false, true])
    func `a meter that shows less than before has lost its memory, and that is said`(
        _ restarts: Bool
    ) throws {
        var community = try Self.community()
        community.advance(milliseconds: 1_000)
        let more = try Self.reading(community) {
            $0.importRegister = WattHours(200)
            $0.exportRegister = WattHours(100)
        }
        community.say(.reading(more))
        community.tell(Self.aggregator, .tick)
        if restarts { community.restart(Self.aggregator) }
        community.advance(milliseconds: 1_000)
        community.say(.reading(try Self.reading(community)))
        #expect(
            community.roles[Self.aggregator].log.contains {
                $0.contains("has forgotten what it showed")
            })
    }
}

extension TestCommunity {
    /// How many readings stand in the aggregator's books.
    fileprivate var kept: UInt64 { roles[Self.aggregator].store.content.readings }
    fileprivate var readingCount: UInt64 { roles[Self.aggregator].role.figures.readingCount }

    /// The first household says something to the aggregator.
    fileprivate mutating func say(_ message: MeterMessage) {
        tell(Self.aggregator, .received(message, from: account(0)))
        _ = takeLetters()
    }
}
