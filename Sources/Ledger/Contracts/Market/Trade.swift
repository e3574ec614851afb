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
    /// The aggregator that registered the payment and is due the fee; nil if the buyer did it itself.
    public var aggregator: Address?
    /// When it was offered.
    public let offered: TradeStep
    /// When it was picked.
    public var picked: TradeStep?
    /// When the payment was registered, with the buyer's start.
    public var paid: TradeStep?
    /// When one of the meters' receipts was handed in without the other.
    public var firstReceipt: TradeStep?
    /// When delivery was proved.
    public var delivered: TradeStep?
    /// When it was settled, cancelled, refunded or marked as expired.
    public var closed: TradeStep?
    /// How much the seller's meter has signed for, at most the energy offered; nil before.
    public var exported: WattHours?
    /// How much the buyer's meter has signed for, at most the energy offered; nil before.
    public var imported: WattHours?
    /// How much was delivered: what both meters show; at most the energy offered.
    public var deliveredEnergy: WattHours = .zero
    /// What the seller got.
    public var sellerAmount: TokenAmount = .zero
    /// What the aggregator got.
    public var fee: TokenAmount = .zero
    /// What the buyer got back.
    public var returned: TokenAmount = .zero
    /// What nobody got, as the buyer's receipt never came.
    public var burned: TokenAmount = .zero
    /// The last of those whose picks of the offer were released, the oldest first.
    public var released: [Address] = []
    /// How many picks of it were released.
    public var releaseCount: UInt32 = 0
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
            aggregator ?? .zero, TradeStep?.some(offered), picked, paid, firstReceipt, delivered,
            closed, Shown(exported), Shown(imported), Word(deliveredEnergy), Word(sellerAmount),
            Word(fee), Word(returned), Word(burned), sellerNumber, buyerNumber,
            offer.recipient ?? .zero, releaseCount)
            + released.flatMap(\.bytes)
    }

    init(decoding bytes: Bytes) throws(MalformedBytes) {
        var reader = RecordReader(bytes, of: "trade")
        let (id, seller): (OfferID, Address) = (try reader.next(), try reader.next())
        let (energy, price): (WattHours, TokenAmount) = (try reader.word(), try reader.word())
        let timeOffered: MarketTime = try reader.next()
        status = try reader.next()
        let expires: MarketTime = try reader.next()
        buyer = try reader.optionalAddress()
        aggregator = try reader.optionalAddress()
        guard let offered = try TradeStep?(next: &reader) else {
            throw reader.error("no block offered it")
        }
        self.offered = offered
        picked = try reader.next()
        paid = try reader.next()
        firstReceipt = try reader.next()
        delivered = try reader.next()
        closed = try reader.next()
        exported = try Shown(next: &reader).energy
        imported = try Shown(next: &reader).energy
        deliveredEnergy = try reader.word()
        sellerAmount = try reader.word()
        fee = try reader.word()
        returned = try reader.word()
        burned = try reader.word()
        sellerNumber = try reader.next()
        buyerNumber = try reader.next()
        offer = Offer(
            id: id, seller: seller, energy: energy, price: price, timeOffered: timeOffered,
            expires: expires, recipient: try reader.optionalAddress())
        releaseCount = try reader.next()
        released = try reader.rest(of: Address.self)
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

/// What a meter has signed for, below 2^32; nil if it has not.
private struct Shown: RecordField {
    let energy: WattHours?

    init(_ energy: WattHours?) { self.energy = energy }

    func append(to bytes: inout Bytes) {
        (energy != nil).append(to: &bytes)
        Word(energy ?? .zero).append(to: &bytes)
    }

    init(next reader: inout RecordReader) throws(MalformedBytes) {
        let isShown = try Bool(next: &reader)
        let energy = try Word<WattHours>(next: &reader).content
        self.energy = isShown ? energy : nil
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
