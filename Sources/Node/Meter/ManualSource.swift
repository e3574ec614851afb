import Protocol
import Synchronization

/// A connection whose power somebody sets by hand, as with the knob of a demonstration board.
final class ManualSource: MeterSource {
    private let setting: Mutex<Int32>

    /// A source that starts at `power` W: drawn from the grid, or fed in if negative.
    init(power: Int32 = 0) {
        setting = Mutex(power)
    }

    let remembersAbsence = false

    /// Sets the power from now on; the meter must have counted up to now before.
    func set(_ power: Int32) {
        setting.withLock { $0 = power }
    }

    func flow(from start: MarketTime, to end: MarketTime) -> EnergyFlow {
        guard end > start else { return .none }
        let power = power(at: start)
        let energy = MilliwattSeconds(
            watts: UInt64(power.magnitude), seconds: end.seconds - start.seconds)
        return power < 0
            ? EnergyFlow(imported: .zero, exported: energy)
            : EnergyFlow(imported: energy, exported: .zero)
    }

    func power(at time: MarketTime) -> Int32 { setting.withLock { $0 } }
}
