import Ledger
package import Protocol

/// What a meter's registers hold, down to the last milliwatt-second, and when.
package struct MeterRegisters: Hashable, Sendable {
    /// Up to when they have counted.
    package var time: MarketTime
    /// The energy drawn from the grid so far: OBIS 1.8.0.
    package var imported: MilliwattSeconds
    /// The energy fed into the grid so far: OBIS 2.8.0.
    package var exported: MilliwattSeconds
    /// Since when nothing of the meter's has been forgotten.
    package var since: MarketTime

    package init(
        time: MarketTime, imported: MilliwattSeconds, exported: MilliwattSeconds,
        since: MarketTime = .zero
    ) {
        self.time = time
        self.imported = imported
        self.exported = exported
        self.since = since
    }

    /// The register that counts in `direction`, in whole watt-hours.
    package func register(_ direction: FlowDirection) -> WattHours {
        switch direction {
        case .import: imported.wattHours
        case .export: exported.wattHours
        }
    }
}

/// A household's smart meter: two registers that only ever go up, and a key of its own that signs
/// what they showed.
struct SmartMeter: Sendable {
    private(set) var registers: MeterRegisters
    private let key: any Signer
    private var source: MeterSource
    /// What the connection carries, as the ledger had it at the last count.
    private(set) var limit: Watts?
    /// What it showed at its last counts, the oldest first.
    private var counts: [MeterRegisters]

    /// How many counts it remembers: over an hour where it counts once a second.
    private static let mostCounts = 4_096

    /// A meter that goes on from `registers`. A source that knows what flowed in the meanwhile
    /// makes up for it at the next count; of another, nothing is counted for that time.
    ///
    /// - Parameter now: the market's time, from which on a source without memory counts.
    init(
        key: any Signer, source: MeterSource, resuming registers: MeterRegisters,
        at now: MarketTime
    ) {
        self.key = key
        self.source = source
        self.registers = registers
        counts = [registers]
        if !source.remembersAbsence {
            self.registers.time = max(registers.time, now)
        }
    }

    /// The address of the meter's key, as it is registered.
    var address: Address { key.address }

    /// Counts what has flowed up to `now`; does nothing if the clock went back.
    ///
    /// - Parameter limit: what the connection carries; nil as long as nobody knows. Nothing beyond
    ///   is counted, since it cannot have flowed.
    /// - Returns: whether the source told of more than that.
    @discardableResult
    mutating func advance(to now: MarketTime, limit: Watts? = nil) -> Bool {
        guard now > registers.time else { return false }
        let told = source.flow(from: registers.time, to: now)
        let flow = limit.map { told.limited(to: $0, now.seconds - registers.time.seconds) } ?? told
        registers.imported = registers.imported + flow.imported
        registers.exported = registers.exported + flow.exported
        registers.time = now
        counts.append(registers)
        if counts.count > 2 * Self.mostCounts { counts.removeFirst(Self.mostCounts) }
        return flow != told
    }

    /// Whether its power is set by hand.
    var isSetByHand: Bool {
        if case .manual = source { true } else { false }
    }

    /// Sets the power by hand from now on; why not, if it is not. It must have counted up to now
    /// before.
    mutating func setPower(_ watts: Int32, limit: Watts?) -> String? {
        guard case .manual = source else {
            return "this meter follows a profile; only a manual one can be set"
        }
        guard let limit else {
            return """
                the ledger does not know this household yet, nor what its connection carries; \
                register it first (busbar member register)
                """
        }
        guard UInt64(watts.magnitude) <= limit.value else {
            return "\(watts) W is more than this household's connection of \(limit.value) W carries"
        }
        source = .manual(watts)
        return nil
    }

    /// The meter has forgotten something, and begins to remember anew at `now`.
    mutating func beginMemory(at now: MarketTime) { registers.since = now }

    /// Goes on from what the ledger has proved of it, if that is beyond what it shows: it has lost
    /// its memory, and what it delivers from now on would not count. Whether it was so.
    mutating func catchUp(with proved: Meter) -> Bool {
        let imported = proved.importClaims.end.register
        let exported = proved.exportClaims.end.register
        let isBehind =
            registers.register(.import) < imported || registers.register(.export) < exported
        registers.imported = max(registers.imported, MilliwattSeconds(imported))
        registers.exported = max(registers.exported, MilliwattSeconds(exported))
        return isBehind
    }

    /// Counts up to now, and has the registers kept before anyone is told.
    mutating func count(_ context: inout RoleContext) {
        limit = context.state.member(context.account)?.ratedPower
        let before = registers
        if advance(to: context.marketNow, limit: limit), let limit {
            context.complain(
                .implausible, of: address,
                """
                the meter's figures are beyond what the connection carries: no more than \
                \(limit.value) W are counted
                """)
        }
        context.store(.household(.registers(registers, of: address)))
        for mark in QuarterMark.between(before, registers) {
            context.store(.household(.quarter(mark)))
        }
    }

    /// The power at the last count, in W: drawn from the grid, or fed in if negative.
    var power: Int32 {
        let told = source.power(at: registers.time)
        guard let limit else { return told }
        let most = Int32(clamping: limit.value)
        return min(max(told, -most), most)
    }

    var reading: MeterReading {
        MeterReading(
            meter: address, time: registers.time,
            importRegister: registers.imported.wattHours,
            exportRegister: registers.exported.wattHours,
            power: power)
    }

    /// The stretch of a register from `start` on in which `energy` has flowed, or as much as has; nil
    /// if nothing has.
    ///
    /// The moment at which so much had flowed lies on the straight line between the two counts around
    /// it: so all stretches, and where deliveries began, are on one line that the register went along.
    func stretch(
        of energy: WattHours, _ direction: FlowDirection, from start: RegisterPoint
    ) -> RegisterStretch? {
        let now = RegisterPoint(register: registers.register(direction), time: registers.time)
        guard now.register > start.register, now.time >= start.time, energy > .zero else {
            return nil
        }
        let (target, overflow) = start.register.value.addingReportingOverflow(energy.value)
        guard !overflow, target < now.register.value else {
            return RegisterStretch(start: start, end: now)
        }
        var before = start
        for count in counts + [registers] where count.time >= start.time {
            let point = RegisterPoint(register: count.register(direction), time: count.time)
            if point.register.value >= target {
                let end = before.point(at: WattHours(target), on: point)
                return RegisterStretch(start: start, end: end)
            }
            if point.register >= before.register { before = point }
        }
        return nil
    }

    /// Remembers what it showed before it began again, as far as it was kept.
    mutating func recall(_ readings: [MeterReading]) {
        let known = readings.filter { $0.meter == address && $0.time < registers.time }
            .map {
                MeterRegisters(
                    time: $0.time, imported: MilliwattSeconds($0.importRegister),
                    exported: MilliwattSeconds($0.exportRegister))
            }
        counts = known.sorted { $0.time < $1.time } + counts
    }

    /// A receipt for `trade` over `stretch`, with the meter's signature.
    func receipt(
        for trade: OfferID, _ direction: FlowDirection, over stretch: RegisterStretch,
        in domain: SigningDomain
    ) -> SignedMeterReceipt {
        let receipt = MeterReceipt(
            tradeID: trade, meter: address, direction: direction,
            startRegister: stretch.start.register, endRegister: stretch.end.register,
            startTime: stretch.start.time, endTime: stretch.end.time)
        let signature = key.sign(receipt.digest(in: domain))
        return SignedMeterReceipt(receipt: receipt, signature: signature)
    }
}

extension RegisterPoint {
    /// Where a register that went straight from here to `later` showed `register`, which lies between
    /// the two; in whole seconds, rounded up.
    fileprivate func point(at register: WattHours, on later: RegisterPoint) -> RegisterPoint {
        let flowed = later.register.value - self.register.value
        guard flowed > 0, later.time > time else {
            return RegisterPoint(register: register, time: later.time)
        }
        let product = (later.time.seconds - time.seconds)
            .multipliedFullWidth(by: register.value - self.register.value)
        let (seconds, rest) = flowed.dividingFullWidth(product)
        return RegisterPoint(
            register: register, time: time.advanced(bySeconds: seconds + (rest == 0 ? 0 : 1)))
    }
}
