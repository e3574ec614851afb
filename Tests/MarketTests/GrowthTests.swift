import Foundation
import Protocol
import Simulation
import TestKit
import Testing

@testable import Ledger
@testable import Market

/// What a second costs where much has happened: as much as where little has.
@Suite(.serialized) struct GrowthTests {
    private static let aggregator = Keys.key(2)
    private static let households = [Keys.key(10), Keys.key(11)]
    private static let meters = [Keys.key(50), Keys.key(51)]
    private static let start = Timestamp(milliseconds: 1_700_000_000_000)

    /// A ledger on which so many trades between the two households are settled.
    private static func state(trades: UInt32) throws -> (head: BlockHeader, state: LedgerState) {
        let roles: [MemberRole] = [.prosumer, .consumer]
        let first = try GenesisBlock.make(
            .fixture(
                chainID: 7_772, at: start, marketTime: 1_000_000, rate: 60, window: 3_600,
                [
                    .fixture(Keys.key(1).address, .validator, certificate: .zero),
                    .fixture(aggregator.address, .aggregator, certificate: .zero),
                ]
                    + (0..<2).map {
                        .fixture(
                            households[$0].address, roles[$0], meter: meters[$0].address,
                            power: Watts(22_000), certificate: .zero)
                    }), scheme: SimulatedScheme())
        var overlay = StateOverlay(over: first.state)
        for number in 0..<trades { put(OfferID(number + 1), number, in: &overlay) }
        for household in households {
            overlay.set(
                .account(household.address),
                Account(nonce: 0, balance: TokenAmount(5_000_000), tradeCount: trades))
        }
        var counters = overlay.counters
        counters.offers = trades
        overlay.set(.counters, counters)
        overlay.countTotals()
        return (first.block.header, first.state.applying(overlay.changes))
    }

    private static func put(_ id: OfferID, _ number: UInt32, in overlay: inout StateOverlay) {
        let step = TradeStep(block: 1, time: MarketTime(seconds: 1_000_000))
        let offer = Offer(
            id: id, seller: households[0].address, energy: WattHours(50),
            price: TokenAmount(4_000), timeOffered: step.time,
            expires: step.time.advanced(bySeconds: 3_600))
        var trade = Trade(offer: offer, offered: step)
        trade.status = .settled
        trade.buyer = households[1].address
        trade.aggregator = aggregator.address
        (trade.picked, trade.paid, trade.delivered, trade.closed) = (step, step, step, step)
        trade.deliveredEnergy = WattHours(50)
        overlay.set(.trade(id), trade)
        for household in households {
            overlay.set(.trade(of: household.address, number: number), id.value.bigEndianBytes)
        }
    }

    /// What each thing takes that is done again and again, in the median.
    private static func costs(trades: UInt32) throws -> [String: Duration] {
        let (head, state) = try state(trades: trades)
        func identity(_ key: SimulatedKey) -> RoleIdentity {
            RoleIdentity(signer: key, head: head, state: state, scheme: SimulatedScheme())
        }
        var costs: [String: Duration] = [:]
        var broker: any Role = Aggregator(identity(aggregator), restoring: AggregatorMemory())
        _ = broker.handle(.started, at: start)
        costs["an aggregator's second"] = median { now in
            _ = broker.handle(.tick, at: now)
        }
        costs["a reading"] = median { now in
            let reading = MeterReading(
                meter: meters[0].address, time: state.parameters.marketClock.time(at: now),
                importRegister: .zero, exportRegister: .zero, power: 0)
            _ = broker.handle(
                .received(.reading(reading), from: households[0].address), at: now)
        }
        for (index, name) in ["a seller's second", "a buyer's second"].enumerated() {
            var household: any Role = Household(
                identity(households[index]), meterKey: meters[index],
                source: .manual(index == 0 ? -3_600 : 3_600), restoring: HouseholdMemory(),
                settings: HouseholdSettings(aggregator: aggregator.address), at: start)
            _ = household.handle(.started, at: start)
            costs[name] = median { now in _ = household.handle(.tick, at: now) }
        }
        costs["the market's figures"] = median { _ in
            #expect(state.totals.count(.settled) == UInt64(trades))
        }
        return costs
    }

    private static func median(_ work: (Timestamp) -> Void) -> Duration {
        let clock = ContinuousClock()
        var times: [Duration] = []
        for second in 1...201 as ClosedRange<UInt64> {
            let now = start.advanced(byMilliseconds: second * 1_000)
            times.append(clock.measure { work(now) })
        }
        return times.sorted()[times.count / 2]
    }

    /// A ledger on which so many trades between the two households were settled, of which the state holds
    /// the last few hundred.
    private static func old(trades: UInt32) throws -> (head: BlockHeader, state: LedgerState) {
        let kept: UInt32 = 300
        let (head, first) = try state(trades: 0)
        var overlay = StateOverlay(over: first)
        for number in (trades - kept)..<trades { put(OfferID(number + 1), number, in: &overlay) }
        for household in households {
            var account = Account(
                nonce: 0, balance: TokenAmount(5_000_000), tradeCount: trades)
            account.forgottenTradeCount = trades - kept
            overlay.set(.account(household.address), account)
        }
        var counters = overlay.counters
        counters.offers = trades
        counters.gone = trades - kept
        overlay.set(.counters, counters)
        overlay.countTotals()
        return (head, first.applying(overlay.changes))
    }

    /// What a start takes, at least.
    private static func startCosts(trades: UInt32) throws -> [String: Duration] {
        let (head, state) = try old(trades: trades)
        func start(_ make: () -> any Role) -> Duration {
            let clock = ContinuousClock()
            let times = (0..<21).map { _ in
                var role = make()
                return clock.measure { _ = role.handle(.started, at: Self.start) }
            }
            return times.min() ?? .zero
        }
        func identity(_ key: SimulatedKey) -> RoleIdentity {
            RoleIdentity(signer: key, head: head, state: state, scheme: SimulatedScheme())
        }
        return [
            "an aggregator's start": start {
                Aggregator(identity(aggregator), restoring: AggregatorMemory())
            },
            "a household's start": start {
                Household(
                    identity(households[0]), meterKey: meters[0], source: .manual(-3_600),
                    restoring: HouseholdMemory(),
                    settings: HouseholdSettings(aggregator: aggregator.address), at: Self.start)
            },
        ]
    }

    @Test func `no start costs more after a hundred times as many trades`() throws {
        let few = try Self.startCosts(trades: 1_000)
        let many = try Self.startCosts(trades: 100_000)
        for (name, cost) in few.sorted(by: { $0.key < $1.key }) {
            let other = try #require(many[name])
            print("growth: \(name): \(cost) after 1000 trades, \(other) after 100000")
            #expect(other / cost < 4, "\(name): \(cost), then \(other)")
        }
    }

    /// How many trades the second ledger has; `BUSBAR_TEST_TRADES` asks for more.
    private static let most =
        ProcessInfo.processInfo.environment["BUSBAR_TEST_TRADES"].flatMap { UInt32($0) } ?? 10_000

    @Test func `no second costs more after ten times as many trades`() throws {
        let few = try Self.costs(trades: 1_000)
        let many = try Self.costs(trades: Self.most)
        for (name, cost) in few.sorted(by: { $0.key < $1.key }) {
            let other = try #require(many[name])
            let ratio = other / cost
            print(
                "growth: \(name): \(cost) after 1000 trades, \(ratio) times that after \(Self.most)"
            )
            // What grew with the trades would be ten times as much.
            #expect(ratio < 4, "\(name): \(cost), then \(other)")
        }
    }
}
