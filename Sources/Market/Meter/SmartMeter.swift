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

    package init(time: MarketTime, imported: MilliwattSeconds, exported: MilliwattSeconds) {
        self.time = time
        self.imported = imported
        self.exported = exported
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
        if !source.remembersAbsence {
            self.registers.time = max(registers.time, now)
        }
    }

    /// The address of the meter's key, as it is registered.
    var address: Address { key.address }

    /// Counts what has flowed up to `now`; does nothing if the clock went back.
    mutating func advance(to now: MarketTime) {
        guard now > registers.time else { return }
        let flow = source.flow(from: registers.time, to: now)
        registers.imported = registers.imported + flow.imported
        registers.exported = registers.exported + flow.exported
        registers.time = now
    }

    /// Sets the power by hand from now on; false if the source is not one that is set so. It must
    /// have counted up to now before.
    mutating func setPower(_ watts: Int32) -> Bool {
        guard case .manual = source else { return false }
        source = .manual(watts)
        return true
    }

    /// Goes on from what the ledger has proved of it, if that is beyond what it shows: it has lost
    /// its memory, and what it delivers from now on would not count. Whether it was so.
    mutating func catchUp(with proved: Meter) -> Bool {
        let isBehind =
            registers.register(.import) < proved.claimedImport
            || registers.register(.export) < proved.claimedExport
        registers.imported = max(registers.imported, MilliwattSeconds(proved.claimedImport))
        registers.exported = max(registers.exported, MilliwattSeconds(proved.claimedExport))
        return isBehind
    }

    /// Counts up to now, and has the registers kept before anyone is told.
    mutating func count(_ context: inout RoleContext) {
        advance(to: context.marketNow)
        context.store(.household(.registers(registers, of: address)))
    }

    /// The power at the last count, in W: drawn from the grid, or fed in if negative.
    var power: Int32 { source.power(at: registers.time) }

    var reading: MeterReading {
        MeterReading(
            meter: address, time: registers.time,
            importRegister: registers.imported.wattHours,
            exportRegister: registers.exported.wattHours,
            power: power)
    }

    /// A receipt for `trade` with the meter's signature, from where delivery began until now.
    func receipt(
        for trade: OfferID, _ direction: FlowDirection, since start: DeliveryStart,
        in domain: SigningDomain
    ) -> SignedMeterReceipt {
        let receipt = MeterReceipt(
            tradeID: trade, meter: address, direction: direction, startRegister: start.register,
            endRegister: registers.register(direction), startTime: start.time,
            endTime: registers.time)
        let signature = key.sign(receipt.digest(in: domain))
        return SignedMeterReceipt(receipt: receipt, signature: signature)
    }
}

/// What a meter showed when a delivery began.
struct DeliveryStart: Hashable, Sendable {
    /// The register that counts for the delivery.
    var register: WattHours
    var time: MarketTime
}
