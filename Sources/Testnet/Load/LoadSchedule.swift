import Glibc
import Simulation

/// When the transactions of an open load are due, in seconds from its beginning: drawn beforehand,
/// so that a node that answers slowly puts nothing off.
///
/// Arrivals are independent of each other, as those of many people are: their gaps are distributed
/// exponentially. Evenly spaced ones would keep step with the blocks.
struct LoadSchedule {
    /// In ascending order.
    let due: [Double]

    /// Arrivals at `rate` a second on the average, all within `seconds`.
    init(rate: Double, seconds: Double, seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var due: [Double] = []
        var time = 0.0
        while true {
            let share = Double(generator.next() >> 11) / Double(1 << 53 as UInt64)
            time -= log(1 - share) / rate
            guard time < seconds else { break }
            due.append(time)
        }
        self.due = due
    }
}
