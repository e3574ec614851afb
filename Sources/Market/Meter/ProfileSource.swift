package import Protocol

/// A connection whose figures come from a profile: in each slot the net power is constant. After
/// its last slot the profile begins again, so a week goes on weekly.
package struct ProfileSource: Sendable {
    /// What has flowed up to each slot's beginning, and at the end in one whole run.
    private let totals: [EnergyFlow]
    private let netPowers: [Int32]
    private let start: MarketTime
    private let runSeconds: UInt64

    /// A source that follows `profile`: what a household generates, it consumes itself first.
    package init(_ profile: HouseholdProfile) {
        start = profile.start
        runSeconds = UInt64(profile.slots.count) * HouseholdProfile.slotSeconds
        var totals = [EnergyFlow.none]
        var powers: [Int32] = []
        var sum = EnergyFlow.none
        for slot in profile.slots {
            let consumed = Int64(clamping: slot.consumed.value)
            let net = consumed - Int64(clamping: slot.generated.value)
            let energy = MilliwattSeconds(WattHours(net.magnitude))
            if net < 0 {
                sum.exported = sum.exported + energy
            } else {
                sum.imported = sum.imported + energy
            }
            totals.append(sum)
            powers.append(Int32(clamping: net * Int64(3_600 / HouseholdProfile.slotSeconds)))
        }
        self.totals = totals
        netPowers = powers
    }

    func power(at time: MarketTime) -> Int32 {
        netPowers[Int(position(of: time).offset / HouseholdProfile.slotSeconds)]
    }

    /// What flows from `start` to `end`. Adjoining spans add up to the whole exactly.
    package func flow(from start: MarketTime, to end: MarketTime) -> EnergyFlow {
        guard end > start else { return .none }
        let first = position(of: start)
        let last = position(of: end)
        let runs = UInt64(last.run - first.run)
        let before = flow(upTo: first.offset)
        let after = flow(upTo: last.offset)
        let whole = totals[totals.count - 1]
        return EnergyFlow(
            imported: Self.rest(runs, whole.imported, after.imported, before.imported),
            exported: Self.rest(runs, whole.exported, after.exported, before.exported))
    }

    /// The run of the profile in which `time` lies, and the seconds since that run began.
    private func position(of time: MarketTime) -> (run: Int64, offset: UInt64) {
        let length = Int64(runSeconds)
        let since = Int64(clamping: time.seconds).subtractingReportingOverflow(
            Int64(clamping: start.seconds)
        ).partialValue
        let offset = ((since % length) + length) % length
        return ((since - offset) / length, UInt64(offset))
    }

    /// What has flowed since the run began, `offset` seconds into it.
    private func flow(upTo offset: UInt64) -> EnergyFlow {
        let slot = Int(offset / HouseholdProfile.slotSeconds)
        let power = netPowers[slot]
        let energy = MilliwattSeconds(
            watts: UInt64(power.magnitude), seconds: offset % HouseholdProfile.slotSeconds)
        var sum = totals[slot]
        if power < 0 {
            sum.exported = sum.exported + energy
        } else {
            sum.imported = sum.imported + energy
        }
        return sum
    }

    private static func rest(
        _ runs: UInt64, _ whole: MilliwattSeconds, _ after: MilliwattSeconds,
        _ before: MilliwattSeconds
    ) -> MilliwattSeconds {
        let (product, first) = runs.multipliedReportingOverflow(by: whole.value)
        let (sum, second) = product.addingReportingOverflow(after.value)
        return MilliwattSeconds(first || second ? .max : sum - before.value)
    }
}
