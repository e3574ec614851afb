/// Which way energy flows through a meter.
public enum FlowDirection: UInt8, Hashable, Sendable, Codable {
    /// From the grid into the house: OBIS 1.8.0.
    case `import` = 1
    /// From the house into the grid: OBIS 2.8.0.
    case export = 2
}

/// What a smart meter says and signs with its own key: its register when a delivery began and when
/// it ended.
public struct MeterReceipt: Hashable, Sendable {
    /// The trade that it is for.
    public var tradeID: OfferID
    /// The address of the meter's key.
    public var meter: Address
    /// Which register it speaks of.
    public var direction: FlowDirection
    /// The register when delivery began.
    public var startRegister: WattHours
    /// The register when delivery ended.
    public var endRegister: WattHours
    /// When delivery began.
    public var startTime: MarketTime
    /// When delivery ended.
    public var endTime: MarketTime

    public init(
        tradeID: OfferID, meter: Address, direction: FlowDirection, startRegister: WattHours,
        endRegister: WattHours, startTime: MarketTime, endTime: MarketTime
    ) {
        self.tradeID = tradeID
        self.meter = meter
        self.direction = direction
        self.startRegister = startRegister
        self.endRegister = endRegister
        self.startTime = startTime
        self.endTime = endTime
    }

    /// What the meter's key signs: every field, under the chain and the market's address.
    public func digest(in domain: SigningDomain) -> Hash32 {
        domain.digest(of: "meter-receipt", [.address(NativeContract.market), rlp])
    }

    /// The receipt with the signature of `meter`.
    public func signed(by meter: some Signer, in domain: SigningDomain) -> SignedMeterReceipt {
        SignedMeterReceipt(receipt: self, signature: meter.sign(digest(in: domain)))
    }
}

/// A meter's receipt with its signature.
public struct SignedMeterReceipt: Hashable, Sendable {
    /// What the meter says.
    public let receipt: MeterReceipt
    /// The meter's signature over ``MeterReceipt/digest(in:)``.
    public let signature: Signature

    public init(receipt: MeterReceipt, signature: Signature) {
        self.receipt = receipt
        self.signature = signature
    }
}

extension MeterReceipt: RLPEncodable, RLPDecodable {
    public var rlp: RLP {
        .list([
            .number(tradeID.value), .address(meter), .number(direction.rawValue),
            .number(startRegister.value), .number(endRegister.value), .number(startTime.seconds),
            .number(endTime.seconds),
        ])
    }

    public init(rlp: RLP) throws(MalformedBytes) {
        var fields = try RLPFields(rlp, of: "meter receipt")
        tradeID = OfferID(try fields.number())
        meter = try fields.address()
        guard let direction = FlowDirection(rawValue: try fields.number()) else {
            throw MalformedBytes("meter receipt: the direction is 1 (import) or 2 (export)")
        }
        self.direction = direction
        startRegister = WattHours(try fields.number())
        endRegister = WattHours(try fields.number())
        startTime = MarketTime(seconds: try fields.number())
        endTime = MarketTime(seconds: try fields.number())
        try fields.end()
    }
}

extension SignedMeterReceipt: RLPEncodable, RLPDecodable {
    public var rlp: RLP { .list([receipt.rlp, signature.rlp]) }

    public init(rlp: RLP) throws(MalformedBytes) {
        var fields = try RLPFields(rlp, of: "signed meter receipt")
        receipt = try MeterReceipt(rlp: try fields.item())
        signature = try Signature(rlp: try fields.item())
        try fields.end()
    }
}
