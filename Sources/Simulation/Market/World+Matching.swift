import Ledger
import Market
import Protocol

extension World {
    /// Under which name the energy is counted that could have been matched.
    static let matchableEnergy = "Wh that could be matched"

    /// Counts the energy that sellers and buyers could have matched until the faults' end: in each
    /// quarter hour what all fed in or what all drew, whichever is less.
    mutating func measureMatching(from start: UInt64) {
        guard plan.market != nil else { return }
        let clock = community.genesis.marketClock
        let end = clock.time(at: Timestamp(milliseconds: start + plan.milliseconds))
        var begin = clock.time(at: Timestamp(milliseconds: start))
        while begin < end {
            let next = min(end, begin.advanced(bySeconds: HouseholdProfile.slotSeconds))
            let flows = community.profiles.map { $0.flow(from: begin, to: next) }
            let exported = flows.reduce(MilliwattSeconds.zero) { $0 + $1.exported }
            let imported = flows.reduce(MilliwattSeconds.zero) { $0 + $1.imported }
            counters.add(Self.matchableEnergy, min(exported, imported).wattHours.value)
            begin = next
        }
    }
}

extension SimulationReport {
    /// Of the energy that could have been matched the settled part, in Wh; nil unless it was measured.
    package var matching: (matchable: UInt64, settled: UInt64)? {
        guard run.market != nil else { return nil }
        return (counters[World.matchableEnergy], counters[MarketChecker.settledEnergy])
    }
}
