/// What a meter shows at one moment. It goes to the household's own node and its aggregator alone.
public struct MeterReading: Hashable, Sendable {
    /// The address of the meter's key.
    public var meter: Address
    /// When it was read.
    public var time: MarketTime
    /// The energy drawn from the grid so far: OBIS 1.8.0.
    public var importRegister: WattHours
    /// The energy fed into the grid so far: OBIS 2.8.0.
    public var exportRegister: WattHours
    /// The power drawn from the grid at that moment, in W; fed in if negative.
    public var power: Int32

    public init(
        meter: Address, time: MarketTime, importRegister: WattHours, exportRegister: WattHours,
        power: Int32
    ) {
        self.meter = meter
        self.time = time
        self.importRegister = importRegister
        self.exportRegister = exportRegister
        self.power = power
    }
}

/// The aggregator tells a household's meter about a delivery.
public struct DeliveryCommand: Hashable, Sendable {
    /// The trade.
    public var tradeID: OfferID
    /// Which register counts at this household.
    public var direction: FlowDirection
    /// The energy of the trade.
    public var energy: WattHours

    public init(tradeID: OfferID, direction: FlowDirection, energy: WattHours) {
        self.tradeID = tradeID
        self.direction = direction
        self.energy = energy
    }
}

/// What a household and its aggregator say to each other, on their own link.
public enum MeterMessage: Hashable, Sendable {
    /// Household to aggregator, once a second.
    case reading(MeterReading)
    /// Aggregator to household: delivery begins; note the register.
    case begin(DeliveryCommand)
    /// Household to aggregator: noted; the register and time at which delivery began.
    case began(DeliveryCommand, MeterReading)
    /// Aggregator to household: delivery ends; send the meter's receipt.
    case end(DeliveryCommand)
    /// Household to aggregator: the receipt.
    case receipt(SignedMeterReceipt)
    /// Household to aggregator: it cannot deliver, and why.
    case refusal(OfferID, reason: UntrustedText)
}

extension MeterReading: RLPEncodable, RLPDecodable {
    public var rlp: RLP {
        .list([
            .address(meter), .number(time.seconds), .number(importRegister.value),
            .number(exportRegister.value), .number(UInt32(bitPattern: power)),
        ])
    }

    public init(rlp: RLP) throws(MalformedBytes) {
        var fields = try RLPFields(rlp, of: "meter reading")
        meter = try fields.address()
        time = MarketTime(seconds: try fields.number())
        importRegister = WattHours(try fields.number())
        exportRegister = WattHours(try fields.number())
        power = Int32(bitPattern: try fields.number())
        try fields.end()
    }
}

extension DeliveryCommand: RLPEncodable, RLPDecodable {
    public var rlp: RLP {
        .list([.number(tradeID.value), .number(direction.rawValue), .number(energy.value)])
    }

    public init(rlp: RLP) throws(MalformedBytes) {
        var fields = try RLPFields(rlp, of: "delivery command")
        tradeID = OfferID(try fields.number())
        guard let direction = FlowDirection(rawValue: try fields.number()) else {
            throw MalformedBytes("delivery command: the direction is 1 (import) or 2 (export)")
        }
        self.direction = direction
        energy = WattHours(try fields.number())
        try fields.end()
    }
}

extension MeterMessage: RLPEncodable, RLPDecodable {
    public var rlp: RLP {
        switch self {
        case .reading(let reading): .list([.number(1 as UInt8), reading.rlp])
        case .begin(let command): .list([.number(2 as UInt8), command.rlp])
        case .began(let command, let reading):
            .list([.number(3 as UInt8), command.rlp, reading.rlp])
        case .end(let command): .list([.number(4 as UInt8), command.rlp])
        case .receipt(let receipt): .list([.number(5 as UInt8), receipt.rlp])
        case .refusal(let id, let reason):
            .list([.number(6 as UInt8), .number(id.value), .text(reason.verbatim)])
        }
    }

    public init(rlp: RLP) throws(MalformedBytes) {
        var fields = try RLPFields(rlp, of: "meter message")
        switch try fields.number(UInt8.self) {
        case 1: self = .reading(try MeterReading(rlp: try fields.item()))
        case 2: self = .begin(try DeliveryCommand(rlp: try fields.item()))
        case 3:
            let command = try DeliveryCommand(rlp: try fields.item())
            self = .began(command, try MeterReading(rlp: try fields.item()))
        case 4: self = .end(try DeliveryCommand(rlp: try fields.item()))
        case 5: self = .receipt(try SignedMeterReceipt(rlp: try fields.item()))
        case 6:
            let id = OfferID(try fields.number())
            self = .refusal(id, reason: try fields.text())
        default: throw MalformedBytes("meter message: unknown kind")
        }
        try fields.end()
    }
}
