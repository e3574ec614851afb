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
    /// Household to aggregator: the owner has signed in; give a challenge to sign.
    case signInWish
    /// Aggregator to household: the challenge.
    case signInChallenge(Hash32)
    /// Household to aggregator: the challenge, signed.
    case signInAnswer(SignInAnswer)
    /// Household to aggregator: tell what the community's quarters of an hour came to, from this one on.
    case quartersWish(from: MarketTime)
    /// Aggregator to household: what they came to.
    case quarters(QuarterReport)
    /// Aggregator to a household whose member is suspended: why it is.
    case suspension(reason: UntrustedText)
}

extension MeterReading: RLPDecodable {
    public var rlp: RLP {
        .fields(meter, time, importRegister, exportRegister, UInt32(bitPattern: power))
    }

    public init(rlp: RLP) throws(MalformedBytes) {
        let bits: UInt32
        (meter, time, importRegister, exportRegister, bits) =
            try RLPFields.values(in: rlp, of: "meter reading")
        power = Int32(bitPattern: bits)
    }
}

extension DeliveryCommand: RLPDecodable {
    public var rlp: RLP { .fields(tradeID, direction, energy) }

    public init(rlp: RLP) throws(MalformedBytes) {
        (tradeID, direction, energy) = try RLPFields.values(in: rlp, of: "delivery command")
    }
}

extension MeterMessage: RLPDecodable {
    public var rlp: RLP {
        switch self {
        case .reading(let reading): .fields(1 as UInt8, reading)
        case .begin(let command): .fields(2 as UInt8, command)
        case .began(let command, let reading): .fields(3 as UInt8, command, reading)
        case .end(let command): .fields(4 as UInt8, command)
        case .receipt(let receipt): .fields(5 as UInt8, receipt)
        case .refusal(let id, let reason): .fields(6 as UInt8, id, reason)
        case .signInWish: .fields(7 as UInt8)
        case .signInChallenge(let challenge): .fields(8 as UInt8, challenge)
        case .signInAnswer(let answer): .fields(9 as UInt8, answer)
        case .quartersWish(let start): .fields(10 as UInt8, start)
        case .quarters(let report): .fields(11 as UInt8, report)
        case .suspension(let reason): .fields(12 as UInt8, reason)
        }
    }

    public init(rlp: RLP) throws(MalformedBytes) {
        var fields = try RLPFields(rlp, of: "meter message")
        switch try fields.number(UInt8.self) {
        case 1: self = .reading(try MeterReading(next: &fields))
        case 2: self = .begin(try DeliveryCommand(next: &fields))
        case 3:
            let command = try DeliveryCommand(next: &fields)
            self = .began(command, try MeterReading(next: &fields))
        case 4: self = .end(try DeliveryCommand(next: &fields))
        case 5: self = .receipt(try SignedMeterReceipt(next: &fields))
        case 6:
            let id = try OfferID(next: &fields)
            self = .refusal(id, reason: try fields.text())
        case 7: self = .signInWish
        case 8: self = .signInChallenge(try fields.hash())
        case 9: self = .signInAnswer(try SignInAnswer(next: &fields))
        case 10: self = .quartersWish(from: try MarketTime(next: &fields))
        case 11: self = .quarters(try QuarterReport(next: &fields))
        case 12: self = .suspension(reason: try fields.text())
        default: throw fields.error("unknown kind")
        }
        try fields.end()
    }
}
