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
    /// Which of the seller's trades it is, and which of the buyer's, from 0.
    var sellerNumber: UInt32 = 0
    var buyerNumber: UInt32 = 0

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
    /// The record; its first 40 bytes are the offer's id, seller, energy, price and time.
    public var encoded: Bytes {
        Self.bytes(
            of: offer.id, offer.seller, Word(offer.energy), Word(offer.price),
            offer.timeOffered, status, offer.expires, buyer ?? .zero,
            aggregator ?? .zero, TradeStep?.some(offered), picked, paid, delivered, closed,
            Word(deliveredEnergy),
            Word(sellerAmount), Word(fee), Word(returned), sellerNumber, buyerNumber)
    }

    init(decoding bytes: Bytes) throws(MalformedBytes) {
        var reader = RecordReader(bytes, of: "trade")
        let (id, seller): (OfferID, Address) = (try reader.next(), try reader.next())
        let (energy, price): (WattHours, TokenAmount) = (try reader.word(), try reader.word())
        let timeOffered: MarketTime = try reader.next()
        status = try reader.next()
        let expires: MarketTime = try reader.next()
        offer = Offer(
            id: id, seller: seller, energy: energy, price: price, timeOffered: timeOffered,
            expires: expires)
        buyer = try reader.optionalAddress()
        aggregator = try reader.optionalAddress()
        guard let offered = try TradeStep?(next: &reader) else {
            throw reader.error("no block offered it")
        }
        self.offered = offered
        picked = try reader.next()
        paid = try reader.next()
        delivered = try reader.next()
        closed = try reader.next()
        deliveredEnergy = try reader.word()
        sellerAmount = try reader.word()
        fee = try reader.word()
        returned = try reader.word()
        sellerNumber = try reader.next()
        buyerNumber = try reader.next()
        try reader.end()
    }
}

extension RecordReader {
    fileprivate mutating func word<Content: Quantity>() throws(MalformedBytes) -> Content
    where Content.Number == UInt64 {
        try Word<Content>(next: &self).content
    }

    fileprivate mutating func optionalAddress() throws(MalformedBytes) -> Address? {
        let address = try Address(next: &self)
        return address == .zero ? nil : address
    }
}

/// A step; none if its block is 0, which holds no transactions.
extension TradeStep?: RecordField {
    func append(to bytes: inout Bytes) {
        (self?.block ?? 0).append(to: &bytes)
        (self?.time ?? .zero).append(to: &bytes)
    }

    init(next reader: inout RecordReader) throws(MalformedBytes) {
        let block = try UInt64(next: &reader)
        let time = try MarketTime(next: &reader)
        self = block == 0 ? nil : TradeStep(block: block, time: time)
    }
}
