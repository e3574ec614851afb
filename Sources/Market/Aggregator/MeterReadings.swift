import Ledger
import Protocol

/// The readings that come in at an aggregator: one a second of each household, and none that cannot
/// be. So what one household says costs the others nothing, and a meter that has lost its memory is
/// noticed.
struct MeterReadings: Sendable {
    /// What becomes of a reading.
    enum Verdict: Hashable, Sendable {
        case taken
        /// It is taken, although the meter showed more before: it has lost its memory.
        case anew(insteadOf: MeterReading)
        case refused(Complaint, String)
    }

    /// How many readings a household may be ahead of one a second: a network may hold some up and
    /// bring them at once.
    static let burst: UInt64 = 10

    /// What is known of one meter.
    fileprivate struct Known: Sendable {
        /// The last reading that was taken; nil if none was.
        var last: MeterReading?
        /// When the allowance was last reckoned, and how many readings it holds.
        var reckoned: Timestamp
        var allowance = MeterReadings.burst
    }

    private var known: [Address: Known] = [:]
    /// Readings that wait for the store.
    private var arrived: [ReceivedReading] = []

    init(restoring readings: [MeterReading]) {
        for reading in readings {
            known[reading.meter] = Known(last: reading, reckoned: .zero)
        }
    }

    /// Takes what is to be written down.
    mutating func takeArrived() -> [ReceivedReading] {
        defer { arrived = [] }
        return arrived
    }

    /// Looks at a reading that came from `sender`.
    ///
    /// - Parameter floor: up to where the meter's registers are signed for or proved. One that shows
    ///   less has forgotten that, and nothing can come of what it would sign.
    mutating func take(
        _ reading: MeterReading, from sender: Address, above floor: MeterRegisterPair,
        _ context: RoleContext
    ) -> Verdict {
        guard let member = context.state.member(sender), member.meterKey == reading.meter else {
            return .refused(.misplaced, "meter \(reading.meter) is not the sender's")
        }
        var meter = known[reading.meter] ?? Known(last: nil, reckoned: context.now)
        defer { known[reading.meter] = meter }
        guard meter.spend(at: context.now) else {
            return .refused(.tooFast, "there is more than one a second")
        }
        if let fault = Self.fault(of: reading, after: meter.last, member.ratedPower) {
            return .refused(.implausible, fault)
        }
        guard reading.registers.isAtLeast(floor) else {
            return .refused(
                .forgetful,
                "the registers show \(reading.registersText), and \(floor) are signed for")
        }
        defer {
            meter.last = reading
            arrived.append(ReceivedReading(reading: reading, receivedAt: context.now))
        }
        guard let last = meter.last, !reading.registers.isAtLeast(last.registers) else {
            return .taken
        }
        return .anew(insteadOf: last)
    }

    /// What cannot be about a reading that follows `last`; nil if nothing.
    private static func fault(
        of reading: MeterReading, after last: MeterReading?, _ ratedPower: Watts
    ) -> String? {
        let most = ratedPower.value
        guard UInt64(reading.power.magnitude) <= most else {
            return "\(reading.power) W on a connection of \(most) W"
        }
        guard let last else { return nil }
        guard reading.time >= last.time else {
            return "it is of \(reading.time.seconds), after one of \(last.time.seconds)"
        }
        let seconds = reading.time.seconds - last.time.seconds
        for direction in [FlowDirection.import, .export] {
            let (before, now) = (last.register(direction).value, reading.register(direction).value)
            // A register shows whole watt-hours: one of them may be due to rounding.
            guard now > before, now - before > 1 else { continue }
            let carried = (now - before - 1).multipliedFullWidth(by: 3_600)
            guard carried <= most.multipliedFullWidth(by: seconds) else {
                return "\(now - before) Wh in \(seconds) s through a connection of \(most) W"
            }
        }
        return nil
    }
}

extension MeterReadings.Known {
    /// Spends one reading of the allowance, which grows by one a second; false if there is none.
    mutating func spend(at now: Timestamp) -> Bool {
        let isBack = now < reckoned
        let earned = isBack ? MeterReadings.burst : now.millisecondsSince(reckoned) / 1_000
        if earned > 0 {
            allowance = min(allowance.addingSaturating(earned), MeterReadings.burst)
            let whole = reckoned.advanced(byMilliseconds: earned.multipliedSaturating(by: 1_000))
            reckoned = isBack ? now : whole
        }
        guard allowance > 0 else { return false }
        allowance -= 1
        return true
    }
}

/// Both registers of a meter.
struct MeterRegisterPair: Hashable, Sendable, CustomStringConvertible {
    var imported = WattHours.zero
    var exported = WattHours.zero

    func register(_ direction: FlowDirection) -> WattHours {
        direction == .import ? imported : exported
    }

    func isAtLeast(_ other: Self) -> Bool {
        imported >= other.imported && exported >= other.exported
    }

    var description: String { "\(imported.value) Wh in and \(exported.value) Wh out" }
}

extension MeterReading {
    var registers: MeterRegisterPair {
        MeterRegisterPair(imported: importRegister, exported: exportRegister)
    }

    var registersText: String { registers.description }
}
