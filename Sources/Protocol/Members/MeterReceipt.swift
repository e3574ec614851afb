/// Which way energy flows through a meter.
public enum FlowDirection: UInt8, Hashable, Sendable, Codable {
    /// From the grid into the house: OBIS 1.8.0.
    case `import` = 1
    /// From the house into the grid: OBIS 2.8.0.
    case export = 2
}

/// What a smart meter says and signs with its own key: its register when a delivery began and when
/// it ended.
///
/// One over neither energy nor time is a start: the buyer's side is there, and its register stands so.
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

    /// Whether it shows where a delivery starts, and none.
    public var isStart: Bool { startRegister == endRegister && startTime == endTime }

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

extension FlowDirection: RLPField {
    public var item: RLP { rawValue.item }

    public init(next fields: inout RLPFields) throws(MalformedBytes) {
        guard let direction = FlowDirection(rawValue: try fields.number()) else {
            throw fields.error("the direction is 1 (import) or 2 (export)")
        }
        self = direction
    }
}

extension MeterReceipt: RLPDecodable {
    public var rlp: RLP {
        .fields(tradeID, meter, direction, startRegister, endRegister, startTime, endTime)
    }

    public init(rlp: RLP) throws(MalformedBytes) {
        (tradeID, meter, direction, startRegister, endRegister, startTime, endTime) =
            try RLPFields.values(in: rlp, of: "meter receipt")
    }
}

extension SignedMeterReceipt: RLPDecodable {
    public var rlp: RLP { .fields(receipt, signature) }

    public init(rlp: RLP) throws(MalformedBytes) {
        (receipt, signature) = try RLPFields.values(in: rlp, of: "signed meter receipt")
    }
}
