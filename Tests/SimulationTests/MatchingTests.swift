import Testing

@testable import Simulation

/// How much of what could have been matched in each quarter hour is settled, with whole nodes and the
/// time that blocks take.
@Suite struct MatchingTests {
    private func share(sellers: Int, buyers: Int, seed: UInt64) throws -> UInt64 {
        let market = SimulationRun.Market(sellers: sellers, buyers: buyers)
        let report = SimulationRun(seed: seed, measuring: market, hours: 3).run()
        #expect(report.failure == nil, "\(report.summary(of: "these sources"))")
        let found = try #require(report.matching)
        #expect(found.matchable > 1_000)
        print("\(sellers) sellers, \(buyers) buyers: \(found.settled) of \(found.matchable) Wh")
        return found.settled * 100 / found.matchable
    }

    @Test(arguments: 1...2 as ClosedRange<UInt64>)
    func `one seller and three buyers settle three fifths at least`(_ seed: UInt64) throws {
        #expect(try share(sellers: 1, buyers: 3, seed: seed) >= 60)
    }

    @Test(arguments: 1...2 as ClosedRange<UInt64>)
    func `three sellers settle seventeen twentieths at least`(_ seed: UInt64) throws {
        #expect(try share(sellers: 3, buyers: 3, seed: seed) >= 85)
    }
}
