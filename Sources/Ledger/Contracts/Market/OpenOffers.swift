import Protocol

/// The open offers, found by their ids, and by their prices for a kilowatt-hour: for each price at which
/// there are any, the set of their ids. Those that name a recipient stand apart, by their recipients: a
/// search never comes by an offer that is for somebody else.
enum OpenOffers {
    private static let ids = PagedSet(.openOffers)

    private static func prices(to recipient: Address?) -> PagedSet {
        PagedSet(.openPrices, name: recipient?.bytes ?? [])
    }

    private static func ids(at price: UInt32, to recipient: Address?) -> PagedSet {
        PagedSet(.openOffersAtPrice, name: (recipient?.bytes ?? []) + price.bigEndianBytes)
    }

    static func insert(_ offer: Offer, in overlay: inout StateOverlay) {
        ids.insert(offer.id.value, in: &overlay)
        let price = offer.unitPrice
        if ids(at: price, to: offer.recipient).insert(offer.id.value, in: &overlay) {
            prices(to: offer.recipient).insert(price, in: &overlay)
        }
    }

    static func remove(_ offer: Offer, in overlay: inout StateOverlay) {
        ids.remove(offer.id.value, in: &overlay)
        let price = offer.unitPrice
        if ids(at: price, to: offer.recipient).remove(offer.id.value, in: &overlay) {
            prices(to: offer.recipient).remove(price, in: &overlay)
        }
    }

    /// The smallest id of an open offer that is at least `id`, or nil.
    static func first(from id: UInt32, in view: some StateView) -> UInt32? {
        ids.first(from: id, in: view)
    }

    /// The open offer that comes next after `last`, by price and then by id; the first one if there is
    /// none before. Of those that name `recipient`, or of those that name nobody.
    static func next(
        after last: (price: UInt32, id: UInt32)?, to recipient: Address?, in view: some StateView
    ) -> (price: UInt32, id: UInt32)? {
        if let last, last.id < .max,
            let id = ids(at: last.price, to: recipient).first(from: last.id + 1, in: view)
        {
            return (last.price, id)
        }
        let (from, isOver) = last.map { $0.price.addingReportingOverflow(1) } ?? (0, false)
        guard !isOver, let price = prices(to: recipient).first(from: from, in: view),
            let id = ids(at: price, to: recipient).first(from: 0, in: view)
        else { return nil }
        return (price, id)
    }
}

extension Offer {
    /// What a kilowatt-hour costs, in base units, rounded down; the most that 32 bits hold if it is
    /// more.
    public var unitPrice: UInt32 {
        UInt32(clamping: price.baseUnits * 1_000 / max(energy.value, 1))
    }
}
