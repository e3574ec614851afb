import API
import Ledger
import Market
import Protocol
import Transport

// What the owner does by hand.
extension HouseholdService {
    /// The longest that an offer made by hand stands, in seconds of the market: the ledger takes no
    /// more than a day.
    static let longestOffer = 80_000
    private static let usualOffer = 3_600

    /// The answer to what has something done on the ledger; nil if `request` is none of that.
    func ordered(
        _ request: Request, _ path: [UntrustedText], by visitor: Sessions.Visitor
    ) async throws -> Reply? {
        let plan: (OwnerOrder) throws -> OwnerPlan
        switch (request.method, path.first, path.count) {
        case ("POST", "offers", 1): plan = offer
        case ("DELETE", "offers", 2): plan = { _ in try cancel(path[1]) }
        case ("POST", "picks", 1): plan = pick
        case ("POST", "purchases", 1): plan = purchase
        case ("DELETE", "purchases", 2): plan = { _ in try cancelPurchase(path[1]) }
        default: return nil
        }
        let order = try await OwnerOrder(request, of: visitor)
        // What was done already may not be possible any more: its answer is the same.
        if let known = try await desk.known(order) { return try await answer(known) }
        return try await answer(desk.begin(plan(order), for: order))
    }

    private func offer(_ order: OwnerOrder) throws -> OwnerPlan {
        let body = try order.json()
        guard let energy = body["energyWh"]?.integer.flatMap(UInt32.init(exactly:)), energy > 0
        else { throw Problem.badRequest("energyWh is a whole number of watt-hours from 1 on") }
        let price = try amount(body, "price")
        let view = try ready()
        let recipient = try recipient(body, view)
        guard price > .zero || recipient != nil else {
            throw Problem.badRequest("price is above 0, unless a recipient is named")
        }
        let seconds = body["forSeconds"]?.integer ?? Self.usualOffer
        guard 60...Self.longestOffer ~= seconds else {
            throw Problem.badRequest("forSeconds is from 60 to \(Self.longestOffer)")
        }
        guard let member = view.node.state.member(view.account), member.role == .prosumer else {
            throw Problem(
                status: 403, title: "Consumers make no offers",
                detail: "the ledger knows this household as a consumer", code: "not-consumer")
        }
        let most = member.ratedPower.value * UInt64(seconds) / 3_600
        guard UInt64(energy) <= most else {
            throw Problem(
                status: 422, title: "Above the rated power",
                detail: "the connection delivers \(most) Wh at most in that time",
                code: "above-rated-power", values: [JSON.Member("mostWh", .number(most))])
        }
        let wish = OwnerWish.offer(
            WattHours(UInt64(energy)), price: price,
            expires: view.marketNow.advanced(bySeconds: UInt64(seconds)), to: recipient)
        return OwnerPlan(wish: wish) { final in
            let id = final.flatMap { $0.receipt.logs.lazy.compactMap { MarketEvent($0) }.first?.id }
            return ["trade": id.map { .number($0.value) } ?? .null]
        }
    }

    /// The only one who may pick the offer, if `body` names somebody.
    private func recipient(_ body: JSON, _ view: HouseholdView) throws(Problem) -> Address? {
        guard let value = body["recipient"], value != .null else { return nil }
        guard let recipient = value.text.flatMap({ Address(hexadecimal: $0.verbatim) }),
            recipient != view.account, let member = view.node.state.member(recipient),
            member.role == .prosumer || member.role == .consumer, !member.isSuspended
        else { throw .badRequest("recipient is another household that is not suspended") }
        return recipient
    }

    private func cancel(_ text: UntrustedText) throws -> OwnerPlan {
        let id = try number(text)
        let view = try ready()
        guard let trade = view.node.state.trade(id), trade.offer.seller == view.account else {
            throw Problem.notFound("there is no offer \(id.value) of this household's")
        }
        guard trade.status(at: view.marketNow) == .open else { throw taken(trade, view) }
        return OwnerPlan(wish: .cancelOffer(id)) { _ in ["trade": .number(id.value)] }
    }

    private func pick(_ order: OwnerOrder) throws -> OwnerPlan {
        let body = try order.json()
        guard let number = body["trade"]?.integer.flatMap(UInt32.init(exactly:)) else {
            throw Problem.badRequest("trade is an offer's number")
        }
        let price = try amount(body, "price")
        let view = try ready()
        guard let trade = view.node.state.trade(OfferID(number)) else {
            throw Problem.notFound("there is no offer \(number)")
        }
        try check(trade, seenPrice: price, view)
        return OwnerPlan(wish: .pick(trade.offer.id)) { _ in ["trade": .number(number)] }
    }

    /// Throws if the offer cannot be picked, as far as is known.
    private func check(_ trade: Trade, seenPrice: TokenAmount, _ view: HouseholdView)
        throws(Problem)
    {
        switch trade.status(at: view.marketNow) {
        case .open: break
        case .expired:
            throw Problem(
                status: 409, title: "Offer expired", detail: "its time is over", code: "expired")
        default: throw taken(trade, view)
        }
        guard trade.offer.seller != view.account else {
            throw Problem(
                status: 409, title: "Own offer", detail: "nobody buys of oneself", code: "own-offer"
            )
        }
        guard trade.offer.isFor(view.account) else {
            throw Problem(
                status: 409, title: "For another", detail: "it is for another household alone",
                code: "for-another")
        }
        guard trade.offer.price == seenPrice else {
            throw .badRequest("the offer's price is \(trade.offer.price.baseUnits)")
        }
        let balance = view.node.state.account(view.account).balance
        guard trade.offer.price <= balance else {
            throw Problem(
                status: 409, title: "Too few tokens", detail: "order some first",
                code: "too-few-tokens",
                values: [
                    JSON.Member("needed", .amount(trade.offer.price)),
                    JSON.Member("balance", .amount(balance)),
                ])
        }
    }

    private func taken(_ trade: Trade, _ view: HouseholdView) -> Problem {
        let next = view.node.state.cheapestOffers(count: 1, at: view.marketNow) {
            $0.seller != view.account
        }
        let values = [
            JSON.Member("seller", .address(trade.offer.seller)),
            JSON.Member(
                "nextPrice",
                next.first.map { .amount($0.perKilowattHour) } ?? .null),
        ]
        return Problem(
            status: 409, title: "Offer taken", detail: "it is not open any more",
            code: "offer-taken", values: values)
    }

    /// The view of this moment; throws if nothing that is done now can take effect.
    func ready() throws(Problem) -> HouseholdView {
        let view = live.current()
        if view.node.state.member(view.account)?.isSuspended == true {
            throw Problem(
                status: 403, title: "Household suspended", detail: "ask the aggregator why",
                code: "suspended")
        }
        if let since = view.node.stalledSince(at: view.now) {
            throw Problem(
                status: 503, title: "Nothing becomes final", detail: "try again once it does",
                retryAfter: 10, code: "not-final", values: [JSON.Member("since", .time(since))])
        }
        return view
    }

    private func amount(_ body: JSON, _ name: String) throws(Problem) -> TokenAmount {
        guard let text = body[name]?.text, let units = UInt64(text.verbatim),
            units <= UInt64(UInt32.max)
        else { throw .badRequest("\(name) is a text of base units, below 2^32") }
        return TokenAmount(units)
    }

    /// What came of it: 201 once it is final, 202 if that takes long, a problem if it is refused.
    private func answer(_ undertaking: OwnerDesk.Undertaking) async throws -> Reply {
        let plan = undertaking.plan
        guard let outcome = try await desk.outcome(of: undertaking) else {
            return .json(plan.answer(nil).adding(["transaction": .null]), status: 202)
        }
        switch outcome {
        case .granted(let final):
            return .json(
                plan.answer(final).adding(["transaction": .hash(final.hash)]), status: 201)
        case .refused(let reason): throw refusal(of: plan.wish, reason)
        case .unanswered: throw Problem.busy("the node is busy or stopping; try again later")
        }
    }

    /// What the state says now of why it was refused, and else the reason's text.
    private func refusal(of wish: OwnerWish, _ reason: String) -> Problem {
        let view = live.current()
        switch wish {
        case .pick(let id), .cancelOffer(let id):
            if let trade = view.node.state.trade(id), trade.status(at: view.marketNow) != .open {
                return taken(trade, view)
            }
        case .offer, .purchaseTokens, .cancelPurchase, .sellTokens, .declinePurchase, .register,
            .setSuspended:
            break
        }
        return Problem.conflict(reason)
    }
}
