import API
import HTTPTypes
import Ledger
import Market
import Protocol
import Storage
import Transport

/// Answers `/api/v1/household/…`: what a household's app shows and does.
struct HouseholdService: Sendable {
    let live: HouseholdLive
    let desk: OwnerDesk
    let book: QuarterBook
    let rulebook: OwnerRulebook
    let store: ChainStore

    /// How many running trades are shown.
    private static let shownTrades = 8
    /// The longest that an offer made by hand stands, in seconds of the market: the ledger takes no
    /// more than a day.
    private static let longestOffer = 80_000
    private static let usualOffer = 3_600

    /// The answer to a request below `/api/v1/household`, whose path has `path` after that; nil if it
    /// was sent already.
    func reply(
        _ request: Request, _ path: [UntrustedText], _ target: RequestTarget,
        _ response: ResponseWriter
    ) async throws -> Reply? {
        switch (request.method, path.first, path.count) {
        case ("GET", nil, 0): return try await .json(household())
        case ("GET", "events", 1):
            try await stream(target, request, response)
            return nil
        case ("GET", "quarters", 1): return try await .json(quarters(target))
        case ("GET", "quarters", 3) where path[2] == "why":
            return try await .json(quarterWhy(path[1]))
        case ("GET", "statements", 2): return try await statement(path[1], request)
        case ("GET", "days", 1): return try await .json(days(target))
        case ("GET", "trades", 2): return try await .json(trade(path[1]))
        case ("POST", "offers", 1): return try await offer(request)
        case ("DELETE", "offers", 2): return try await cancel(path[1], request)
        case ("POST", "picks", 1): return try await pick(request)
        case ("GET", "rules", 1): return rules()
        case ("PUT", "rules", 1): return try await setRules(request)
        case ("GET", "neighbours", 1): return .json(neighbours())
        case ("PUT", "neighbours", 2): return try await setNeighbour(path[1], request)
        case ("GET", "suggestion", 1):
            return suggestion().map { .json($0) } ?? Reply(status: 204)
        case ("GET", "purchases", 1): return try await .json(purchases())
        case ("POST", "purchases", 1): return try await purchase(request)
        case ("DELETE", "purchases", 2): return try await cancelPurchase(path[1], request)
        case ("GET", "meter", 1): return .json(try meter())
        default: throw Problem.notFound("nothing is at \(target.path)")
        }
    }

    private func household() async throws -> JSON {
        let view = live.current()
        var running: [JSON] = []
        for trade in view.running.prefix(Self.shownTrades) {
            guard let stored = try await store.trade(trade.offer.id) else { continue }
            running.append(view.trade(stored, why: reasons(of: stored, view)))
        }
        return view.household(running: running, today: try await today(view))
    }

    private func trade(_ text: UntrustedText) async throws -> JSON {
        let id = try number(text)
        guard let stored = try await store.trade(id) else {
            throw Problem.notFound("there is no offer \(id.value)")
        }
        let view = live.current()
        return view.trade(stored, why: reasons(of: stored, view))
    }

    private func meter() throws -> JSON {
        let view = live.current()
        guard let reading = view.figures.reading else {
            throw Problem.busy("the meter has not been read yet")
        }
        let limit = Int64(clamping: view.node.state.member(view.account)?.ratedPower.value ?? 0)
        return [
            "meter": .address(reading.meter),
            "source": view.figures.isSetByHand ? "manual" : "profile",
            "isSetByHand": .bool(view.figures.isSetByHand), "leastWatts": .number(-limit),
            "mostWatts": .number(limit),
            "time": .time(view.node.state.parameters.marketClock.timestamp(of: reading.time)),
            "powerWatts": .number(reading.power),
            "importRegisterWh": .number(reading.importRegister.value),
            "exportRegisterWh": .number(reading.exportRegister.value), "aggregator": .null,
        ]
    }

    private func number(_ text: UntrustedText) throws(Problem) -> OfferID {
        guard let id = UInt32(text.verbatim) else {
            throw .badRequest("\(text) is no offer's number")
        }
        return OfferID(id)
    }

    private func stream(
        _ target: RequestTarget, _ request: Request, _ response: ResponseWriter
    ) async throws {
        let last = target["last"]?.verbatim ?? request.headers[.lastEventID]
        guard let events = live.events(after: last.flatMap { UInt64($0) }) else {
            throw Problem.busy("too many pages listen already")
        }
        try await response.send(
            status: 200, headers: [.contentType: "text/event-stream"] + Reply.safety)
        try await response.write(Array("retry: 1000\n\n".utf8))
        for await event in events { try await response.write(event.bytes) }
        try await response.finish()
    }
}

// What the owner does by hand.
extension HouseholdService {
    private func offer(_ request: Request) async throws -> Reply {
        let body = try await JSON.object(in: request)
        guard let energy = body["energyWh"]?.integer.flatMap(UInt32.init(exactly:)), energy > 0
        else { throw Problem.badRequest("energyWh is a whole number of watt-hours from 1 on") }
        let price = try amount(body, "price")
        guard price > .zero else {
            throw Problem.badRequest("price is above 0: the ledger takes no offer for nothing")
        }
        let seconds = body["forSeconds"]?.integer ?? Self.usualOffer
        guard 60...Self.longestOffer ~= seconds else {
            throw Problem.badRequest("forSeconds is from 60 to \(Self.longestOffer)")
        }
        let view = try ready()
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
            expires: view.marketNow.advanced(bySeconds: UInt64(seconds)))
        return try await answer(wish, request) { final in
            let id = final.flatMap { $0.receipt.logs.lazy.compactMap { MarketEvent($0) }.first?.id }
            return ["trade": id.map { .number($0.value) } ?? .null]
        }
    }

    private func cancel(_ text: UntrustedText, _ request: Request) async throws -> Reply {
        let id = try number(text)
        let view = try ready()
        guard let trade = view.node.state.trade(id), trade.offer.seller == view.account else {
            throw Problem.notFound("there is no offer \(id.value) of this household's")
        }
        guard trade.status(at: view.marketNow) == .open else { throw taken(trade, view) }
        return try await answer(.cancelOffer(id), request) { _ in ["trade": .number(id.value)] }
    }

    private func pick(_ request: Request) async throws -> Reply {
        let body = try await JSON.object(in: request)
        guard let number = body["trade"]?.integer.flatMap(UInt32.init(exactly:)) else {
            throw Problem.badRequest("trade is an offer's number")
        }
        let price = try amount(body, "price")
        let view = try ready()
        guard let trade = view.node.state.trade(OfferID(number)) else {
            throw Problem.notFound("there is no offer \(number)")
        }
        try check(trade, seenPrice: price, view)
        return try await answer(.pick(trade.offer.id), request) { _ in
            ["trade": .number(number)]
        }
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

    /// Has the role do it: 201 once it is final, 202 if that takes long, a problem if it is refused.
    func answer(
        _ wish: OwnerWish, _ request: Request, _ members: (FinalTransaction?) -> JSON
    ) async throws -> Reply {
        let key = HTTPField.Name("idempotency-key").flatMap { request.headers[$0] }
        guard let outcome = await desk.outcome(of: wish, key: key.map { String($0.prefix(64)) })
        else { return .json(members(nil).adding(["transaction": .null]), status: 202) }
        switch outcome {
        case .granted(let final):
            return .json(members(final).adding(["transaction": .hash(final.hash)]), status: 201)
        case .refused(let reason): throw refusal(of: wish, reason)
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
