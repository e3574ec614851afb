import API
import HTTPTypes
import Ledger
import Market
import Protocol
import Storage
import Transport

// What the owner sets once: rules, neighbours.
extension HouseholdService {
    func rules() -> Reply { reply(rulebook.rules) }

    private func reply(_ rules: OwnerRules) -> Reply {
        let view = live.current()
        var reply = Reply.json([
            "isEnabled": .bool(rules.isEnabled), "sellFrom": .amount(rules.lowestSalePrice),
            "askUpTo": .amount(rules.highestSalePrice),
            "buyUpTo": .amount(rules.highestPurchasePrice), "reserve": .amount(rules.reserve),
            "mostPerDay": .amount(rules.mostTokensPerDay), "lotWh": .number(rules.lot.value),
            "effectiveAt": .time(view.marketNow),
            "changedAt": rules.changedAt == .zero ? .null : .time(rules.changedAt),
            "previous": .null,
        ])
        reply.headers[.eTag] = Self.tag(rules)
        return reply
    }

    private static func tag(_ rules: OwnerRules) -> String {
        "\"\(rules.changedAt.milliseconds)\""
    }

    func setRules(_ request: Request) async throws -> Reply {
        let body = try await JSON.object(in: request)
        let old = rulebook.rules
        if let tag = request.headers[.ifMatch], tag != Self.tag(old) { throw Self.changed }
        var rules = old
        if case .bool(let flag)? = body["isEnabled"] { rules.isEnabled = flag }
        rules.lowestSalePrice = try amount(body, "sellFrom", or: old.lowestSalePrice)
        rules.highestSalePrice = try amount(body, "askUpTo", or: old.highestSalePrice)
        rules.highestPurchasePrice = try amount(body, "buyUpTo", or: old.highestPurchasePrice)
        rules.reserve = try amount(body, "reserve", or: old.reserve)
        rules.mostTokensPerDay = try amount(body, "mostPerDay", or: old.mostTokensPerDay)
        if let lot = body["lotWh"] {
            guard let lot = lot.integer, 1...1_000_000 ~= lot else {
                throw Problem.badRequest("lotWh is from 1 to 1000000")
            }
            rules.lot = WattHours(UInt64(lot))
        }
        guard rules.lowestSalePrice <= rules.highestSalePrice else {
            throw Problem.badRequest("sellFrom is more than askUpTo")
        }
        let now = live.current().now
        rules.changedAt = max(now, Timestamp(milliseconds: old.changedAt.milliseconds + 1))
        guard try await rulebook.set(rules, seen: old.changedAt) else { throw Self.changed }
        live.tell("rules")
        return reply(rules)
    }

    private static let changed = Problem(
        status: 412, title: "Changed meanwhile", detail: "read the rules again first",
        code: "changed")

    private func amount(
        _ body: JSON, _ name: String, or old: TokenAmount
    ) throws(Problem) -> TokenAmount {
        guard let value = body[name] else { return old }
        guard let units = value.text.flatMap({ UInt64($0.verbatim) }), units <= 1 << 53 else {
            throw .badRequest("\(name) is a text of base units")
        }
        return TokenAmount(units)
    }

    /// The households of the community, and what this one calls them.
    func neighbours() -> JSON {
        let view = live.current()
        let noted = rulebook.neighbours
        let households = view.node.state.members(from: 0, count: Self.mostNeighbours).filter {
            $0.account != view.account && ($0.role == .prosumer || $0.role == .consumer)
        }
        let items = households.map { member -> JSON in
            let note = noted[member.account]
            let name = note.flatMap { $0.name.isEmpty ? nil : $0.name }
            return [
                "address": .address(member.account), "name": .string(name),
                "role": .string(member.role.name), "isFavourite": .bool(note?.isFavourite ?? false),
                "giftPermille": .number(note?.giftPermille ?? 0),
            ]
        }
        return ["items": .array(items), "next": .null]
    }

    func setNeighbour(_ text: UntrustedText, _ request: Request) async throws -> Reply {
        let view = live.current()
        guard let address = Address(hexadecimal: text.verbatim),
            let member = view.node.state.member(address)
        else { throw Problem.notFound("\(text) is no member") }
        let body = try await JSON.object(in: request)
        let name = body["name"]?.text?.verbatim ?? ""
        guard name.count <= 40, UntrustedText(name).isPlain else {
            throw Problem.badRequest("name has up to 40 letters, and no control characters")
        }
        var neighbour = Neighbour(
            address: address, name: name, isFavourite: body["isFavourite"] == .bool(true))
        if let gift = body["giftPermille"] {
            neighbour.giftPermille = try Self.permille(gift)
        }
        let isOther =
            address != view.account && (member.role == .prosumer || member.role == .consumer)
        guard neighbour.giftPermille == 0 || isOther else {
            throw Problem.badRequest("gifts go to other households")
        }
        if let left = try await rulebook.set(neighbour) {
            throw Problem(
                status: 409, title: "More than all",
                detail: "all gifts together are 1000 per mille of what is left over at most",
                code: "too-much-given", values: [JSON.Member("mostPermille", .number(left))])
        }
        return Reply(status: 204)
    }

    private static func permille(_ value: JSON) throws(Problem) -> UInt32 {
        guard let permille = value.integer, 0...1_000 ~= permille else {
            throw .badRequest("giftPermille is a whole number from 0 to 1000")
        }
        return UInt32(permille)
    }

    private static let mostNeighbours: UInt32 = 1_000
}

// Tokens, and what could be offered.
extension HouseholdService {
    /// What the meter suggests to offer: what is left over in half an hour; nil without a surplus.
    func suggestion() -> JSON? {
        let view = live.current()
        guard let power = view.figures.reading?.power, power < -50,
            view.node.state.member(view.account)?.role == .prosumer
        else { return nil }
        let minutes: UInt64 = 30
        let energy = UInt64(power.magnitude) * minutes / 60 / 50 * 50
        guard energy > 0 else { return nil }
        let rules = rulebook.rules
        let cheapest = view.node.state.cheapestOffers(count: 1, at: view.marketNow) {
            $0.seller != view.account
        }.first?.perKilowattHour
        let price = min(
            max(cheapest ?? rules.highestSalePrice, rules.lowestSalePrice), rules.highestSalePrice)
        return [
            "energyWh": .number(energy),
            "price": .amount(price),
            "minutes": .number(minutes), "reason": "surplus",
        ]
    }

    /// The household's orders of tokens in the last blocks, the newest first.
    func purchases(_ caller: Caller) async throws -> JSON {
        let view = live.current()
        let head = view.node.height
        let blocks = (head - min(head, LogFilter.maximumBlocks - 1))...head
        guard caller.mayRead(UInt64(blocks.count)) else { throw Problem.tooManyBlocks }
        let buyer = Hash32(digest: ABI.encode([.address(view.account)]))
        let filter = LogFilter(
            blocks: blocks, addresses: [NativeContract.token], topics: [[], [buyer]])
        guard case .found(let logs) = try await store.logs(matching: filter) else {
            throw Problem.busy("there are too many events to look through")
        }
        var purchases: [UInt32: PurchaseStory] = [:]
        for log in logs {
            guard let event = TokenEvent(log.log) else { continue }
            switch event {
            case .purchaseOpened(_, _, let number, let amount, let reference):
                purchases[number] = PurchaseStory(
                    number: number, amount: amount, reference: reference, opened: log)
            case .sold(_, _, let number, _): purchases[number]?.close("sold", log)
            case .purchaseDeclined(_, _, let number, let reason):
                purchases[number]?.close("declined", log, reason)
            case .purchaseCancelled(_, let number): purchases[number]?.close("cancelled", log)
            case .transfer, .approval, .minted, .burned: break
            }
        }
        let last = view.node.state.tokenPurchase(of: view.account)?.number ?? 0
        return [
            "limitPerDay": .null, "reference": .string("\(view.identity.name)-\(last + 1)"),
            "next": .null,
            "items": .array(purchases.values.sorted { $0.number > $1.number }.map(\.json)),
        ]
    }

    func purchase(_ order: OwnerOrder) throws -> OwnerPlan {
        let body = try order.json()
        guard let units = body["amount"]?.text.flatMap({ UInt64($0.verbatim) }), units > 0 else {
            throw Problem.badRequest("amount is a text of base units from 1 on")
        }
        let reference = body["reference"]?.text ?? ""
        guard reference.verbatim.utf8.count <= 256, reference.isPlain else {
            throw Problem.badRequest("reference has up to 256 letters, and no control characters")
        }
        let view = try ready()
        if let open = view.node.state.tokenPurchase(of: view.account), open.isOpen {
            throw Problem(
                status: 409, title: "A purchase is open", detail: "take it back first",
                code: "purchase-open", values: [JSON.Member("number", .number(open.number))])
        }
        guard let seller = view.node.state.aggregator(of: view.account) else {
            throw Problem.conflict("the ledger names no aggregator for this household")
        }
        let wish = OwnerWish.purchaseTokens(
            of: seller, TokenAmount(units), reference: reference.verbatim)
        return OwnerPlan(wish: wish) { final in
            let opened = final?.receipt.logs.lazy.compactMap { TokenEvent($0) }.first
            guard case .purchaseOpened(_, _, let number, _, _)? = opened else {
                return ["number": .null]
            }
            return ["number": .number(number)]
        }
    }

    func cancelPurchase(_ text: UntrustedText) throws -> OwnerPlan {
        let view = try ready()
        guard let open = view.node.state.tokenPurchase(of: view.account), open.isOpen,
            UInt32(text.verbatim) == open.number
        else { throw Problem.notFound("no purchase \(text) is open") }
        return OwnerPlan(wish: .cancelPurchase) { _ in ["number": .number(open.number)] }
    }
}

/// An order of tokens, and what became of it.
private struct PurchaseStory {
    let number: UInt32
    let amount: TokenAmount
    let reference: UntrustedText
    let opened: StoredLog
    private var status = "open"
    private var closed: StoredLog?
    private var reason: UntrustedText?

    init(number: UInt32, amount: TokenAmount, reference: UntrustedText, opened: StoredLog) {
        self.number = number
        self.amount = amount
        self.reference = reference
        self.opened = opened
    }

    mutating func close(_ status: String, _ log: StoredLog, _ reason: UntrustedText? = nil) {
        (self.status, closed, self.reason) = (status, log, reason)
    }

    var json: JSON {
        let last = closed ?? opened
        return [
            "number": .number(number), "amount": .amount(amount), "reference": .string(reference),
            "status": .string(status), "reason": .string(reason),
            "orderedAt": .time(opened.blockTime),
            "closedAt": closed.map { .time($0.blockTime) } ?? .null,
            "transaction": .hash(last.transactionHash), "block": .number(last.blockNumber),
        ]
    }
}
