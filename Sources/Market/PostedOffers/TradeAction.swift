import Ledger
import Protocol

/// What a household's trader wants the ledger to do.
enum TradeAction: Hashable, Sendable {
    /// Offers energy for a price, until a time: to anyone, or to one account alone.
    case offer(WattHours, price: TokenAmount, expires: MarketTime, to: Address? = nil)
    /// Takes an offer back.
    case cancel(OfferID)
    /// Buys what an offer offers.
    case pick(OfferID)
    /// Fetches the escrow back, should the aggregator have failed to.
    case refund(OfferID)
    /// Fetches the payment, should the aggregator have failed to release it.
    case claim(OfferID)

    /// The call of the market's contract.
    var callData: Bytes {
        switch self {
        case .offer(let energy, let price, let expires, nil):
            MarketCall.addOffer(
                energy: UInt32(clamping: energy.value), price: UInt32(clamping: price.baseUnits),
                expires: expires.seconds)
        case .offer(let energy, let price, let expires, let recipient?):
            MarketCall.addOffer(
                energy: UInt32(clamping: energy.value), price: UInt32(clamping: price.baseUnits),
                to: recipient, expires: expires.seconds)
        case .cancel(let id): MarketCall.cancelOffer(id)
        case .pick(let id): MarketCall.pickOffer(id)
        case .refund(let id): MarketCall.refund(id)
        case .claim(let id): MarketCall.claim(id)
        }
    }
}
