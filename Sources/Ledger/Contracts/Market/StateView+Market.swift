public import Protocol

extension StateView {
    /// The offer numbered `id`, whatever became of it, or nil.
    public func offer(_ id: OfferID) -> Offer? { trade(id)?.offer }

    /// The offer numbered `id` and what came of it; nil if it was never made, or has been over for so long
    /// that it has left the state.
    public func trade(_ id: OfferID) -> Trade? { record(at: .trade(id)) }

    /// How many trades have been over for so long that they have left the state.
    public var forgottenTradeCount: UInt32 { counters.forgotten }

    /// The id of the oldest trade that may be in the state: all before it have left it, or were never
    /// made.
    public var oldestTradeID: OfferID { OfferID(counters.gone + 1) }

    /// Until when `account` can pick nothing, since picks of its were released; long ago if there were none.
    public func picksPaused(of account: Address) -> MarketTime {
        marketStanding(of: account).pausedUntil
    }

    /// The number that the next offer will have; nil when all are used up.
    public var nextOfferID: OfferID? {
        let offers = counters.offers
        return offers == .max ? nil : OfferID(offers + 1)
    }

    /// Up to `count` offers that can be picked at `time`, with ids from `from` on, in order.
    public func openOffers(from: OfferID, count: Int, at time: MarketTime) -> [Offer] {
        var found: [Offer] = []
        var next = OpenOffers.first(from: from.value, in: self)
        while let id = next, found.count < count {
            if let offer = offer(OfferID(id)), !offer.isExpired(at: time) { found.append(offer) }
            next = id == .max ? nil : OpenOffers.first(from: id + 1, in: self)
        }
        return found
    }

    /// Up to `count` offers that can be picked at `time` and that `isWanted`, the cheapest for a
    /// kilowatt-hour first; of one price the oldest first; those after the offer `last` of a `unitPrice`, if
    /// there is one. They are those that name `recipient`, or, if that is nil, those that name nobody. It looks no further than `limit`, in base units a
    /// kilowatt-hour, nor at more than `most` offers, and takes as long as it looks at offers, however
    /// many there are.
    public func cheapestOffers(
        to recipient: Address? = nil, after last: (unitPrice: UInt32, id: OfferID)? = nil,
        upTo limit: UInt64 = .max, count: Int,
        lookingAt most: Int = .max, at time: MarketTime,
        where isWanted: (Offer) -> Bool = { _ in true }
    ) -> [Offer] {
        var found: [Offer] = []
        var place = OpenOffers.next(
            after: last.map { ($0.unitPrice, $0.id.value) }, to: recipient, in: self)
        var looks = 0
        while let next = place, next.price <= limit, found.count < count, looks < most {
            looks += 1
            if let offer = offer(OfferID(next.id)), !offer.isExpired(at: time), isWanted(offer) {
                found.append(offer)
            }
            place = OpenOffers.next(after: next, to: recipient, in: self)
        }
        return found
    }

    /// Up to `count` ids of offers that `account` made or picked, from the `from`-th on, counted
    /// from 0, oldest first; from the oldest that may be in the state on, where that comes later. Those
    /// that have left the state are left out.
    public func trades(of account: Address, from: UInt32, count: UInt32) -> [OfferID] {
        let total = self.account(account).tradeCount
        let from = max(from, self.account(account).forgottenTradeCount)
        guard from < total else { return [] }
        let end = from + min(count, total - from)
        return (from..<end).compactMap { number in
            value(at: .trade(of: account, number: number))
                .flatMap { UInt32(bigEndian: $0) }.map { OfferID($0) }
        }
    }
}

extension LedgerState {
    /// How many more offers `account` may pick now, by the rules of block `height`.
    public func picksLeft(of account: Address, at height: UInt64) -> Int {
        let taken = self.account(account).takenDeliveries
        let most = knownRules(at: height).picksAtOnce(afterDeliveries: taken)
        return max(0, most - marketStanding(of: account).picks.count)
    }
}
