public import Protocol

/// The call data of EnergyMarket's functions, for a transaction to ``NativeContract/market``.
public enum MarketCall {
    /// Offers `energy` for `price`, until `expires` on the market's clock, or as long as offers may stand.
    public static func addOffer(
        energy: UInt32, price: UInt32, expires: UInt64? = nil
    ) -> Bytes {
        guard let expires else {
            return MarketFunction.addOffer.call(.number(energy), .number(price))
        }
        return MarketFunction.addOfferExpiring.call(
            .number(energy), .number(price), .number(expires))
    }

    /// Offers `energy` for `price`, which may be 0, to `recipient` and nobody else.
    public static func addOffer(
        energy: UInt32, price: UInt32, to recipient: Address, expires: UInt64? = nil
    ) -> Bytes {
        guard let expires else {
            return MarketFunction.addOfferTo.call(
                .number(energy), .number(price), .address(recipient))
        }
        return MarketFunction.addOfferToExpiring.call(
            .number(energy), .number(price), .address(recipient), .number(expires))
    }

    /// Picks an offer: the price goes into escrow.
    public static func pickOffer(_ id: OfferID) -> Bytes {
        MarketFunction.pickOffer.call(.number(id.value))
    }

    /// Registers that the payment stands in escrow and the buyer's meter has signed a start; delivery
    /// begins.
    public static func confirmP2L(_ id: OfferID, start: SignedMeterReceipt) -> Bytes {
        MarketFunction.confirmP2L.call(.number(id.value), start.value)
    }

    /// Gives a pick up whose buyer's meter has signed no start: the offer is open again.
    public static func releaseOffer(_ id: OfferID) -> Bytes {
        MarketFunction.releaseOffer.call(.number(id.value))
    }

    /// Hands in one meter's receipt by itself.
    public static func handInReceipt(_ id: OfferID, _ receipt: SignedMeterReceipt) -> Bytes {
        MarketFunction.handInReceipt.call(.number(id.value), receipt.value)
    }

    /// Proves delivery by the seller's export receipt and the buyer's import receipt.
    public static func proofOfDelivery(
        _ id: OfferID, seller: SignedMeterReceipt, buyer: SignedMeterReceipt
    ) -> Bytes {
        MarketFunction.proofOfDelivery.call(.number(id.value), seller.value, buyer.value)
    }

    /// Pays the seller for what was delivered.
    public static func confirmL2P(_ id: OfferID) -> Bytes {
        MarketFunction.confirmL2P.call(.number(id.value))
    }

    /// Takes an offer back.
    public static func cancelOffer(_ id: OfferID) -> Bytes {
        MarketFunction.cancelOffer.call(.number(id.value))
    }

    /// Gives the buyer the escrow back, after the deadline.
    public static func refund(_ id: OfferID) -> Bytes {
        MarketFunction.refund.call(.number(id.value))
    }

    /// Settles a delivered trade in the aggregator's place, a window after delivery; or pays the
    /// seller's share, should the buyer's receipt never have come.
    public static func claim(_ id: OfferID) -> Bytes {
        MarketFunction.claim.call(.number(id.value))
    }

    /// Asks for one offer.
    public static func offer(_ id: OfferID) -> Bytes {
        MarketFunction.offer.call(.number(id.value))
    }

    /// Asks for one trade.
    public static func trade(_ id: OfferID) -> Bytes {
        MarketFunction.trade.call(.number(id.value))
    }

    /// Asks for up to `count` open offers with ids from `from` on.
    public static func listOffers(from: OfferID, count: UInt32) -> Bytes {
        MarketFunction.listOffers.call(.number(from.value), .number(count))
    }

    /// Asks for up to `count` open offers to `recipient`, the cheapest for a kilowatt-hour first.
    public static func offers(to recipient: Address, count: UInt32) -> Bytes {
        MarketFunction.offersTo.call(.address(recipient), .number(count))
    }

    /// Asks for up to `count` open offers that anyone may pick, the cheapest for a kilowatt-hour first.
    public static func cheapestOffers(count: UInt32) -> Bytes {
        MarketFunction.cheapestOffers.call(.number(count))
    }

    /// Asks for the ids of up to `count` offers that `account` made or picked, from the `from`-th.
    public static func trades(of account: Address, from: UInt32, count: UInt32) -> Bytes {
        MarketFunction.tradesOf.call(.address(account), .number(from), .number(count))
    }
}
