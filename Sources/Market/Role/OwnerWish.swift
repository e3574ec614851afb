import Ledger
package import Protocol

/// What a node's owner, or an aggregator's operator, has done on the ledger by hand, beside what the
/// role does by itself.
package enum OwnerWish: Hashable, Sendable {
    /// A household's: to offer energy for a price, until a time of the market, to anyone or to one
    /// account alone.
    case offer(WattHours, price: TokenAmount, expires: MarketTime, to: Address? = nil)
    /// A household's: to take an offer back that nobody has picked.
    case cancelOffer(OfferID)
    /// A household's: to buy what an offer offers.
    case pick(OfferID)
    /// A household's: to order tokens of an aggregator, which recognises the payment by the reference.
    case purchaseTokens(of: Address, TokenAmount, reference: String)
    /// A household's: to take the open order back.
    case cancelPurchase
    /// An aggregator's: to sell what a buyer ordered, by the order's number.
    case sellTokens(to: Address, number: UInt32)
    /// An aggregator's: not to sell it, with the reason.
    case declinePurchase(of: Address, number: UInt32, reason: String)
    /// An aggregator's: to register a member.
    case register(Member)
    /// An aggregator's: to suspend a member, or to let one be a member again.
    case setSuspended(Address, Bool)

    /// Whether it is an aggregator's.
    var isOperators: Bool {
        switch self {
        case .offer, .cancelOffer, .pick, .purchaseTokens, .cancelPurchase: false
        case .sellTokens, .declinePurchase, .register, .setSuspended: true
        }
    }

    /// The contract that does it, and its call.
    fileprivate var call: (contract: Address, data: Bytes) {
        switch self {
        case .offer(let energy, let price, let expires, let recipient):
            let action = TradeAction.offer(
                energy, price: price, expires: expires, to: recipient)
            return (NativeContract.market, action.callData)
        case .cancelOffer(let id): return (NativeContract.market, TradeAction.cancel(id).callData)
        case .pick(let id): return (NativeContract.market, TradeAction.pick(id).callData)
        case .purchaseTokens(let seller, let amount, let reference):
            let data = TokenCall.purchaseTokens(of: seller, amount: amount, reference: reference)
            return (NativeContract.token, data)
        case .cancelPurchase: return (NativeContract.token, TokenCall.cancelPurchase())
        case .sellTokens(let buyer, let number):
            return (NativeContract.token, TokenCall.sellTokens(to: buyer, purchase: number))
        case .declinePurchase(let buyer, let number, let reason):
            let data = TokenCall.declinePurchase(of: buyer, purchase: number, reason: reason)
            return (NativeContract.token, data)
        case .register(let member):
            return (NativeContract.community, CommunityCall.register(member))
        case .setSuspended(let account, let isSuspended):
            let data =
                isSuspended ? CommunityCall.suspend(account) : CommunityCall.reinstate(account)
            return (NativeContract.community, data)
        }
    }
}

/// The wishes that are under way, each with the request that is answered when it is final or refused.
struct PendingWishes: Sendable {
    /// How many may be under way.
    private static let most = 32

    private var requests: [CallID: RequestNumber] = [:]

    /// Makes the call that `wish` is for; refuses where too many are under way.
    mutating func make(
        _ wish: OwnerWish, _ request: RequestNumber, _ context: inout RoleContext
    ) {
        guard requests.count < Self.most else {
            return context.reply(
                request, refusal: "\(Self.most) others are not final yet; try again later")
        }
        let (contract, data) = wish.call
        requests[context.call(contract, data, once: true)] = request
    }

    /// Tells who waits for `call` what came of it.
    mutating func finished(
        _ call: CallID, _ outcome: CallOutcome, _ context: inout RoleContext
    ) {
        guard let request = requests.removeValue(forKey: call) else { return }
        switch outcome {
        case .success(let transaction): context.grant(request, transaction)
        case .failure(let failure): context.reply(request, refusal: "\(failure)")
        }
    }
}
