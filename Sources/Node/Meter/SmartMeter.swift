import Protocol

/// What a meter's registers hold, down to the last milliwatt-second, and when.
struct MeterRegisters: Hashable, Sendable {
    /// Up to when they have counted.
    var time: MarketTime
    /// The energy drawn from the grid so far: OBIS 1.8.0.
    var imported: MilliwattSeconds
    /// The energy fed into the grid so far: OBIS 2.8.0.
    var exported: MilliwattSeconds

    /// The register that counts in `direction`, in whole watt-hours.
    func register(_ direction: FlowDirection) -> WattHours {
        switch direction {
        case .import: imported.wattHours
        case .export: exported.wattHours
        }
    }
}

/// A household's smart meter: two registers that only ever go up, and a key of its own that signs
/// what they showed.
struct SmartMeter: Sendable {
    /// The registers.
    private(set) var registers: MeterRegisters
    private let key: any Signer
    private let source: any MeterSource

    /// A meter that goes on from `registers`. A source that knows what flowed in the meanwhile
    /// makes up for it at the next count; of another, nothing is counted for that time.
    ///
    /// - Parameter now: the market's time, from which on a source without memory counts.
    init(
        key: any Signer, source: any MeterSource, resuming registers: MeterRegisters,
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

    /// What it shows.
    var reading: MeterReading {
        MeterReading(
            meter: address, time: registers.time,
            importRegister: registers.imported.wattHours,
            exportRegister: registers.exported.wattHours,
            power: source.power(at: registers.time))
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
    /// The time.
    var time: MarketTime
}
