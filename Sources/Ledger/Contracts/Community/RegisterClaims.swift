public import Protocol

/// What one of a meter's registers showed, and when.
public struct RegisterPoint: Hashable, Sendable {
    /// The register.
    public let register: WattHours
    /// The market's time.
    public let time: MarketTime

    public init(register: WattHours, time: MarketTime) {
        self.register = register
        self.time = time
    }

    /// Where every register begins.
    static let origin = RegisterPoint(register: .zero, time: .zero)

    /// Whether a register that stood here may have come to `later` in time, through a connection of
    /// `power`. A register shows whole watt-hours, so one of them may be due to rounding.
    func canLead(to later: RegisterPoint, at power: Watts) -> Bool {
        guard register <= later.register, time <= later.time else { return false }
        let energy = later.register.value - register.value
        return WattHours(energy - min(1, energy))
            .canFlow(at: power, seconds: later.time.seconds - time.seconds)
    }
}

/// A stretch of a register, and the time in which the register moved through it.
public struct RegisterStretch: Hashable, Sendable {
    /// Where it begins.
    public let start: RegisterPoint
    /// Where it ends, not before it begins.
    public let end: RegisterPoint

    public init(start: RegisterPoint, end: RegisterPoint) {
        self.start = start
        self.end = end
    }

    /// How much flowed.
    public var energy: WattHours { WattHours(end.register.value - start.register.value) }

    func follows(_ other: RegisterStretch) -> Bool {
        start.register >= other.end.register && start.time >= other.end.time
    }
}

extension RegisterStretch: CustomStringConvertible {
    /// For people: from where to where.
    public var description: String {
        "\(start.register.value) to \(end.register.value) Wh from \(start.time.seconds) to "
            + "\(end.time.seconds)"
    }
}

/// What has been claimed of one of a meter's registers: a few stretches that share neither a
/// watt-hour nor a second, in any order of coming.
///
/// All their ends are points that one register can have gone through: between any two of them flows no
/// more than the connection carries in the time between. So nothing is sold twice, nor as much as
/// several connections carry through one.
public struct RegisterClaims: Hashable, Sendable {
    /// Nothing that begins before it can be claimed any more.
    public private(set) var floor = RegisterPoint.origin
    /// The stretches after it, in order; those that adjoin are one.
    public private(set) var stretches: [RegisterStretch] = []
    /// How much was ever claimed.
    public private(set) var energy = WattHours.zero

    public init() {}

    /// Up to where the register is claimed, with gaps in between.
    public var end: RegisterPoint { stretches.last?.end ?? floor }

    /// Claims `new` as well.
    ///
    /// Throws if it shares a watt-hour or a second with what is claimed already, or if the register
    /// cannot have gone through both at `power`.
    mutating func claim(_ new: RegisterStretch, at power: Watts) throws(Revert) {
        guard new.follows(RegisterStretch(start: floor, end: floor)) else {
            throw Revert(
                "\(new) begins before register \(floor.register.value) Wh or time "
                    + "\(floor.time.seconds), up to which all is claimed or over")
        }
        if let other = stretches.first(where: { !$0.follows(new) && !new.follows($0) }) {
            throw Revert("\(new) overlaps \(other), which is already claimed")
        }
        let place = stretches.firstIndex { $0.follows(new) } ?? stretches.endIndex
        try checkFlow(new, at: place, power)
        let (sum, overflow) = energy.value.addingReportingOverflow(new.energy.value)
        guard !overflow else { throw Revert("more is claimed than 64 bits hold") }
        energy = WattHours(sum)
        insert(new, at: place)
    }

    /// Throws unless each end of what stands before `place`, and after it, goes with both ends of
    /// `new`.
    private func checkFlow(
        _ new: RegisterStretch, at place: Int, _ power: Watts
    ) throws(Revert) {
        let before = [floor] + stretches[..<place].flatMap { [$0.start, $0.end] }
        let after = stretches[place...].flatMap { [$0.start, $0.end] }
        let isPossible =
            before.allSatisfy {
                $0.canLead(to: new.start, at: power) && $0.canLead(to: new.end, at: power)
            }
            && after.allSatisfy {
                new.start.canLead(to: $0, at: power) && new.end.canLead(to: $0, at: power)
            }
        guard isPossible else {
            throw Revert(
                "\(new) and what is already claimed are together more than a connection of "
                    + "\(power.value) W can carry")
        }
    }

    private mutating func insert(_ new: RegisterStretch, at place: Int) {
        var (new, first, last) = (new, place, place)
        if place > 0, stretches[place - 1].end == new.start {
            first = place - 1
            new = RegisterStretch(start: stretches[first].start, end: new.end)
        }
        if place < stretches.count, stretches[place].start == new.end {
            last = place + 1
            new = RegisterStretch(start: new.start, end: stretches[place].end)
        }
        stretches.replaceSubrange(first..<last, with: [new])
    }

    /// Gives up the gaps before what ended before `moment`, when no receipt can begin there any more,
    /// and the oldest ones beyond `most` stretches.
    mutating func close(before moment: MarketTime, keeping most: Int) {
        while let first = stretches.first, first.end.time < moment || stretches.count > most {
            floor = first.end
            stretches.removeFirst()
        }
    }
}

extension RegisterClaims {
    func append(to bytes: inout Bytes) {
        floor.append(to: &bytes)
        energy.append(to: &bytes)
        UInt32(clamping: stretches.count).append(to: &bytes)
        for stretch in stretches {
            stretch.start.append(to: &bytes)
            stretch.end.append(to: &bytes)
        }
    }

    init(next reader: inout RecordReader) throws(MalformedBytes) {
        floor = try RegisterPoint(next: &reader)
        energy = try reader.next()
        var last = floor
        for _ in 0..<(try UInt32(next: &reader)) {
            let start = try RegisterPoint(next: &reader)
            let end = try RegisterPoint(next: &reader)
            guard last.precedes(start), start.precedes(end) else {
                throw reader.error("its claims are not in order")
            }
            stretches.append(RegisterStretch(start: start, end: end))
            last = end
        }
    }
}

extension RegisterPoint {
    fileprivate func append(to bytes: inout Bytes) {
        register.append(to: &bytes)
        time.append(to: &bytes)
    }

    fileprivate init(next reader: inout RecordReader) throws(MalformedBytes) {
        register = try reader.next()
        time = try reader.next()
    }

    fileprivate func precedes(_ other: RegisterPoint) -> Bool {
        register <= other.register && time <= other.time
    }
}
