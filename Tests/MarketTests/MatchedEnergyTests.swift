import Ledger
import Protocol
import Testing

@testable import Market

/// How much of the energy that could have been matched in each quarter hour is settled.
@Suite struct MatchedEnergyTests {
    /// What sellers and buyers could have traded, and what they have, in Wh.
    private func shares(
        sellers: [HouseholdProfile], buyers: [HouseholdProfile], hours: UInt64
    ) throws -> (matchable: UInt64, settled: UInt64) {
        let sources = (sellers + buyers).map { ProfileSource($0) }
        var community = try TestCommunity(
            sources: sources.map { .profile($0) }, prosumers: Set(sellers.indices))
        community.run(seconds: Int(hours * 3_600 / 60))
        let start = MarketTime(seconds: TestCommunity.marketStart)
        let matchable = (0..<hours * 4).reduce(0 as UInt64) { sum, quarter in
            let begin = start.advanced(bySeconds: quarter * 900)
            let flows = sources.map { $0.flow(from: begin, to: begin.advanced(bySeconds: 900)) }
            let exported = flows.reduce(MilliwattSeconds.zero) { $0 + $1.exported }
            let imported = flows.reduce(MilliwattSeconds.zero) { $0 + $1.imported }
            return sum + min(exported, imported).wattHours.value
        }
        let settled = community.trades(.settled).reduce(0 as UInt64) {
            $0 + $1.deliveredEnergy.value
        }
        print(
            "\(community.trades(.settled).count) settled, \(community.trades(.refunded).count) back"
        )
        return (matchable, settled)
    }

    @Test func `one seller and three buyers settle sixty per cent of it at least`() throws {
        let (matchable, settled) = try shares(
            sellers: [MeasuredDay.profile(1)], buyers: [3, 5, 6].map(MeasuredDay.profile),
            hours: 8)
        print("one seller: \(settled) of \(matchable) Wh, \(settled * 100 / matchable) %")
        #expect(settled * 100 >= matchable * 60)
    }

    @Test func `three sellers settle eighty-five per cent of it at least`() throws {
        let (matchable, settled) = try shares(
            sellers: [1, 2, 4].map(MeasuredDay.profile),
            buyers: [3, 5, 6].map(MeasuredDay.profile), hours: 8)
        print("three sellers: \(settled) of \(matchable) Wh, \(settled * 100 / matchable) %")
        #expect(settled * 100 >= matchable * 85)
    }
}
