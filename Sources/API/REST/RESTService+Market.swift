internal import Ledger
internal import Protocol
internal import Storage
package import Transport

extension RESTService {
    /// The open offers, or the trades that fit the query; the newest first. Of offers for nobody alone,
    /// the cheapest.
    func trades(
        _ target: RequestTarget, _ page: Page, areOffers: Bool
    ) async throws -> JSON {
        if areOffers, target["recipient"] == "nobody" {
            guard target["seller"] == nil else {
                throw Problem.badRequest("offers for nobody alone are not told apart by seller")
            }
            return try await offersForAnyone(page)
        }
        func party(_ name: String) throws(Problem) -> Address? {
            try target[name].map { text throws(Problem) in try address(text) }
        }
        var filter = TradeFilter(
            state: target["state"]?.verbatim, seller: try party("seller"),
            buyer: try party("buyer"),
            party: try party("party"), recipient: try party("recipient"))
        if areOffers { filter.state = TradeStatus.open.name }
        let states = TradeStatus.allCases.map(\.name)
        if let state = filter.state, !states.contains(state) {
            throw Problem.badRequest("state is one of \(states.joined(separator: ", "))")
        }
        let below = page.cursor?.first.map { OfferID(UInt32(clamping: $0)) }
        let found = try await store.trades(filter, below: below, limit: page.limit)
        let now = marketNow
        var items = found.trades.map { RESTFormat.trade($0, at: now) }
        if areOffers {
            items.removeAll { $0["state"]?.text?.verbatim != TradeStatus.open.name }
        }
        return [
            "items": .array(items), "next": .string(found.next.map { String($0.value) }),
        ]
    }

    /// The open offers that name nobody, so that anyone may pick them: the cheapest for a kilowatt-hour first,
    /// of one price the oldest. However many there are for one account alone, none is looked at.
    private func offersForAnyone(_ page: Page) async throws -> JSON {
        let last = try page.position().map {
            (unitPrice: UInt32(clamping: $0.block), id: OfferID(UInt32(clamping: $0.index)))
        }
        let (state, now) = (snapshot.state, marketNow)
        let offers = state.cheapestOffers(after: last, count: page.limit, at: now)
        var items: [JSON] = []
        for offer in offers {
            // Somebody may pick one meanwhile, or its time end.
            guard let trade = try await store.trade(offer.id) else { continue }
            let item = RESTFormat.trade(trade, at: now)
            if item["state"]?.text?.verbatim == TradeStatus.open.name { items.append(item) }
        }
        let next = offers.count == page.limit ? offers.last : nil
        return [
            "items": .array(items),
            "next": .string(next.map { "\($0.unitPrice)-\($0.id.value)" }),
        ]
    }

    func trade(_ text: UntrustedText) async throws -> JSON {
        guard let id = UInt32(text.verbatim) else {
            throw Problem.badRequest("\(text) is no offer's number")
        }
        guard let trade = try await store.trade(OfferID(id)) else {
            throw Problem.notFound("there is no offer \(id)")
        }
        return RESTFormat.trade(trade, at: marketNow)
    }

    /// The market in figures, as the ledger keeps them: all of one block. Offers whose time is over
    /// but that nobody has touched since count as open here, as the ledger records them.
    func market() -> JSON {
        let node = snapshot
        let totals = node.state.totals
        func count(_ states: [TradeStatus]) -> JSON {
            .object(states.map { JSON.Member($0.name, .number(totals.count($0))) })
        }
        return [
            "offers": count([.open, .expired, .cancelled]),
            "trades": count([.picked, .paid, .delivered, .settled, .refunded]),
            "settledWh": .number(totals.settledEnergy.value), "tokens": tokens(in: node.state),
            "height": .number(node.header.number),
        ]
    }

    /// The tokens. What all accounts hold is counted apart from the rest, so that whoever asks can
    /// compare it: with the escrow it is what was minted less what was burned.
    func tokens(in state: LedgerState) -> JSON {
        let supply = state.supply
        return [
            "minted": .amount(supply.minted), "burned": .amount(supply.burned),
            "escrow": .amount(supply.escrow), "balances": .amount(state.totals.balances),
        ]
    }

    /// The open purchases of tokens; a member has one at most. Of members there may be many: a request
    /// looks at so many of them and no more.
    func tokenPurchases(_ page: Page) -> JSON {
        let state = snapshot.state
        var next = UInt32(clamping: page.cursor?.first ?? 0)
        var items: [JSON] = []
        let end = min(next.addingSaturating(Self.mostMembersLookedAt), state.memberCount)
        while items.count < page.limit, next < end {
            items += state.openTokenPurchases(from: next, count: 1).map(Self.purchase)
            next += 1
        }
        return [
            "items": .array(items),
            "next": .string(next < state.memberCount ? String(next) : nil),
        ]
    }

    private static func purchase(_ buyer: Address, _ purchase: TokenPurchase) -> JSON {
        [
            "buyer": .address(buyer), "number": .number(purchase.number),
            "status": .string(purchase.status.name), "seller": .address(purchase.seller),
            "amount": .amount(purchase.amount),
            "reference": .string(purchase.reference.verbatim),
        ]
    }

    func meter() async throws -> JSON {
        guard let meter = parts.meter else { throw Problem.notFound("this node has no meter") }
        guard let reading = await meter.latest() else {
            throw Problem.busy("the meter has not been read yet")
        }
        return [
            "meter": .address(reading.meter), "time": .time(reading.time),
            "importRegisterWh": .number(reading.importRegister.value),
            "exportRegisterWh": .number(reading.exportRegister.value),
            "powerWatts": .number(reading.power),
        ]
    }

    func setMeter(_ request: Request) async throws -> Reply {
        guard let meter = parts.meter else { throw Problem.notFound("this node has no meter") }
        let body = try await object(in: request)
        guard let power = body["powerWatts"]?.integer.flatMap(Int32.init(exactly:)) else {
            throw Problem.badRequest("powerWatts is a whole number of watts")
        }
        do throws(MeterRefusal) {
            try await meter.setPower(power)
        } catch {
            throw Problem.conflict(error.reason)
        }
        return Reply(status: 204)
    }

    func object(in request: Request) async throws -> JSON { try await JSON.object(in: request) }
}

extension JSON {
    /// The object that is the body of `request`; throws a ``Problem`` if there is none.
    package static func object(in request: Request) async throws -> JSON {
        let type = request.headers[.contentType]
        try check(type: type)
        return try object(try await request.collectBody(), type: type)
    }

    /// The object that `body` is, which came as a `type`.
    package static func object(_ body: [UInt8], type: String?) throws(Problem) -> JSON {
        try check(type: type)
        do throws(MalformedJSON) {
            let value = try JSON(decoding: body)
            guard case .object = value else { throw MalformedJSON(description: "no object") }
            return value
        } catch {
            throw Problem.badRequest("the body is no JSON object: \(error)")
        }
    }

    private static func check(type: String?) throws(Problem) {
        guard type?.lowercased().hasPrefix("application/json") == true else {
            throw Problem.wrongType
        }
    }
}
