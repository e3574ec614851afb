public import Protocol

/// An offer and everything that came of it, as the ledger records it.
public struct Trade: Hashable, Sendable {
    /// The offer.
    public let offer: Offer
    /// Where it stands. An open offer whose time is over counts as expired even before the record
    /// says so: ask ``status(at:)``.
    public var status: TradeStatus
    /// Who picked it.
    public var buyer: Address?
    /// The aggregator that registered the payment and is due the fee.
    public var aggregator: Address?
    /// When it was offered.
    public let offered: TradeStep
    /// When it was picked.
    public var picked: TradeStep?
    /// When the aggregator registered the payment.
    public var paid: TradeStep?
    /// When delivery was proved.
    public var delivered: TradeStep?
    /// When it was settled, cancelled, refunded or marked as expired.
    public var closed: TradeStep?
    /// How much was delivered; at most the energy offered.
    public var deliveredEnergy: WattHours = .zero
    /// What the seller got.
    public var sellerAmount: TokenAmount = .zero
    /// What the aggregator got.
    public var fee: TokenAmount = .zero
    /// What the buyer got back.
    public var returned: TokenAmount = .zero

    /// A new offer.
    init(offer: Offer, offered: TradeStep) {
        self.offer = offer
        self.offered = offered
        status = .open
    }

    /// Where it stands at `time`: as recorded, but an offer past its time is expired.
    public func status(at time: MarketTime) -> TradeStatus {
        status == .open && offer.isExpired(at: time) ? .expired : status
    }
}

extension Trade: Record {
    /// The record; its first 36 bytes are the offer's id, seller, energy, price and time.
    public var encoded: Bytes {
        var writer = RecordWriter(capacity: 157)
        writer.number(offer.id.value)
        writer.address(offer.seller)
        writer.number(UInt32(clamping: offer.energy.value))
        writer.number(UInt32(clamping: offer.price.baseUnits))
        writer.number(UInt32(clamping: offer.timeOffered.seconds))
        writer.number(status.rawValue)
        writer.number(UInt32(clamping: offer.expires?.seconds ?? 0))
        writer.address(buyer ?? .zero)
        writer.address(aggregator ?? .zero)
        for step in [offered, picked, paid, delivered, closed] {
            writer.number(step?.block ?? 0)
            writer.number(UInt32(clamping: step?.time.seconds ?? 0))
        }
        writer.number(UInt32(clamping: deliveredEnergy.value))
        writer.number(UInt32(clamping: sellerAmount.baseUnits))
        writer.number(UInt32(clamping: fee.baseUnits))
        writer.number(UInt32(clamping: returned.baseUnits))
        return writer.bytes
    }

    init(decoding bytes: Bytes) throws(MalformedBytes) {
        var reader = RecordReader(bytes, of: "trade")
        let id = OfferID(try reader.number())
        let seller = try reader.address()
        let energy = WattHours(try reader.word())
        let price = TokenAmount(try reader.word())
        let timeOffered = MarketTime(seconds: try reader.word())
        guard let status = TradeStatus(rawValue: try reader.number()) else {
            throw MalformedBytes("trade: unknown status")
        }
        let expires = try reader.word()
        offer = Offer(
            id: id, seller: seller, energy: energy, price: price, timeOffered: timeOffered,
            expires: expires == 0 ? nil : MarketTime(seconds: expires))
        self.status = status
        buyer = try reader.optionalAddress()
        aggregator = try reader.optionalAddress()
        guard let offered = try reader.step() else {
            throw MalformedBytes("trade: no block offered it")
        }
        self.offered = offered
        picked = try reader.step()
        paid = try reader.step()
        delivered = try reader.step()
        closed = try reader.step()
        deliveredEnergy = WattHours(try reader.word())
        sellerAmount = TokenAmount(try reader.word())
        fee = TokenAmount(try reader.word())
        returned = TokenAmount(try reader.word())
        try reader.end()
    }
}

extension RecordReader {
    fileprivate mutating func word() throws(MalformedBytes) -> UInt64 {
        UInt64(try number(UInt32.self))
    }

    fileprivate mutating func optionalAddress() throws(MalformedBytes) -> Address? {
        let address = try address()
        return address == .zero ? nil : address
    }

    /// A step; none if its block is 0, which holds no transactions.
    fileprivate mutating func step() throws(MalformedBytes) -> TradeStep? {
        let block = try number(UInt64.self)
        let time = MarketTime(seconds: try word())
        return block == 0 ? nil : TradeStep(block: block, time: time)
    }
}
