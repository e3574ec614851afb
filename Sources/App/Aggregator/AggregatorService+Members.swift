import API
import HTTPTypes
import Ledger
import Market
import Protocol
import Storage
import Transport

// Members, orders of tokens, the month, and who did what.
extension AggregatorService {
    func members(_ target: RequestTarget) throws -> JSON {
        let page = try Page(target)
        let state = node.state
        let all = try households()
        let first = target["cursor"].flatMap { Int($0.verbatim) } ?? 0
        let shown = all.dropFirst(first).prefix(page.limit)
        let items = try shown.map { member -> JSON in
            let note = try books.note(of: member.account)
            let history = try books.actions(before: nil, limit: 20, about: member.account)
            return [
                "address": .address(member.account), "name": .string(try name(of: member.account)),
                "meteringPoint": .string(note.meteringPoint), "role": .string(member.role.name),
                "meterKey": .address(member.meterKey),
                "ratedPowerWatts": .number(member.ratedPower.value),
                "suspended": .bool(member.isSuspended),
                "balance": .amount(state.account(member.account).balance),
                "since": .time(state.parameters.timestamp),
                "history": .array(history.map { Self.json($0) }),
            ]
        }
        let next = first + items.count
        return [
            "items": .array(items), "next": .string(next < all.count ? String(next) : nil),
        ]
    }

    func register(_ request: Request, by name: String) async throws -> Reply {
        let body = try await JSON.object(in: request)
        guard let account = body["account"]?.address, let meterKey = body["meterKey"]?.address,
            let certificate = body["certificateHash"]?.hash
        else {
            throw Problem.badRequest(
                "account and meterKey are addresses, certificateHash is 32 bytes in base 16")
        }
        let details = try MemberDetails(body)
        guard node.state.member(account) == nil else {
            throw Problem(
                status: 409, title: "Already registered", detail: "the ledger knows the account",
                code: "already-registered")
        }
        let note = MemberNote(
            account: account, name: details.name, meteringPoint: details.meteringPoint)
        let member = Member(
            account: account, role: details.role, meterKey: meterKey,
            ratedPower: details.ratedPower, certificateHash: certificate)
        return try await act(.register(member), "registered", account, by: name, request) {
            try await books.set(note)
        }
    }

    func change(
        _ text: UntrustedText, _ request: Request, by name: String
    ) async throws -> Reply {
        let account = try address(text)
        guard let member = node.state.member(account) else {
            throw Problem.notFound("\(text) is no member")
        }
        let body = try await JSON.object(in: request)
        let reason = try Self.reason(in: body)
        if case .bool(let isSuspended)? = body["suspended"], isSuspended != member.isSuspended {
            return try await act(
                .setSuspended(account, isSuspended), isSuspended ? "suspended" : "reinstated",
                account, by: name, reason: reason, request)
        }
        var note = try books.note(of: account)
        if let text = body["name"]?.text { note.name = text.verbatim }
        if let text = body["meteringPoint"]?.text { note.meteringPoint = text.verbatim }
        guard note.name.count <= 40, note.meteringPoint.count <= 40,
            UntrustedText(note.name + note.meteringPoint).isPlain
        else {
            throw Problem.badRequest("both have up to 40 letters, and no control characters")
        }
        try await books.set(note)
        try await books.add(
            OperatorAction(
                at: parts.now(), name: name, what: "renamed", member: account, reason: reason))
        return .json(["transaction": .null])
    }

    private static func reason(in body: JSON) throws(Problem) -> String {
        let reason = body["reason"]?.text?.verbatim ?? ""
        guard !reason.isEmpty else {
            throw Problem(
                status: 422, title: "A reason is needed", detail: "say why", code: "reason-missing")
        }
        guard reason.utf8.count <= 256, UntrustedText(reason).isPlain else {
            throw .badRequest("a reason has up to 256 letters, and no control characters")
        }
        return reason
    }

    func purchases() throws -> JSON {
        let items = try openPurchases().map { buyer, purchase -> JSON in
            [
                "buyer": .address(buyer), "name": .string(try name(of: buyer)),
                "number": .number(purchase.number), "amount": .amount(purchase.amount),
                "reference": .string(purchase.reference), "orderedAt": .null,
                "why": "above-limit",
            ]
        }
        return ["items": .array(items), "next": .null]
    }

    func sell(
        to text: UntrustedText, _ request: Request, by name: String
    ) async throws -> Reply {
        let (buyer, purchase) = try await order(of: text, request)
        return try await act(
            .sellTokens(to: buyer, number: purchase.number), "sold", buyer, by: name,
            about: purchase, request)
    }

    func decline(
        _ text: UntrustedText, _ request: Request, by name: String
    ) async throws -> Reply {
        let (buyer, purchase) = try await order(of: text, request)
        let reason = try Self.reason(in: try await JSON.object(in: request))
        return try await act(
            .declinePurchase(of: buyer, number: purchase.number, reason: reason), "declined", buyer,
            by: name, about: purchase, reason: reason, request)
    }

    /// The open order of the member that `text` names.
    private func order(
        of text: UntrustedText, _ request: Request
    ) async throws -> (Address, TokenPurchase) {
        let buyer = try address(text)
        guard let purchase = node.state.tokenPurchase(of: buyer), purchase.isOpen,
            purchase.seller == parts.identity.account
        else { throw Problem.conflict("\(text) has no open order here") }
        return (buyer, purchase)
    }

    /// Has it done on the ledger, and writes down who did it.
    private func act(
        _ wish: OwnerWish, _ what: String, _ member: Address, by name: String,
        about purchase: TokenPurchase? = nil, reason: String? = nil, _ request: Request,
        before: () async throws -> Void = {}
    ) async throws -> Reply {
        try await before()
        try await books.add(
            OperatorAction(
                at: parts.now(), name: name, what: what, member: member, number: purchase?.number,
                amount: purchase?.amount, reason: reason))
        let key = HTTPField.Name("idempotency-key").flatMap { request.headers[$0] }
        switch await desk.outcome(of: wish, key: key.map { String($0.prefix(64)) }) {
        case nil: return .json(["transaction": .null], status: 202)
        case .granted(let final): return .json(["transaction": .hash(final.hash)])
        case .refused(let reason): throw Problem.conflict(reason)
        case .unanswered: throw Problem.busy("the node is busy or stopping; try again later")
        }
    }

    func month(_ text: UntrustedText) async throws -> JSON {
        let node = node
        let figures = try await figures(of: text.verbatim)
        let (sums, supply) = (figures.sums, node.state.supply)
        let marketNow = node.marketTime(at: parts.now())
        let origin = node.state.parameters.marketClock.origin
        return [
            "month": .string(figures.month),
            "months": .array(
                settings.days.months(from: origin, through: marketNow).map { .string($0) }),
            "settled": .number(sums.settled), "settledWh": .number(sums.delivered.value),
            "refunded": .number(sums.refunded), "fees": .amount(sums.fees),
            "tokensSold": .amount(figures.sold),
            "float": .amount(node.state.account(parts.identity.account).balance),
            "minted": .amount(supply.minted), "burned": .amount(supply.burned),
            "balances": .amount(node.state.totals.balances), "escrow": .amount(supply.escrow),
            "mints": .array(try await mints()),
        ]
    }

    /// The last mints for this aggregator.
    private func mints() async throws -> [JSON] {
        let head = node.height
        let filter = LogFilter(
            blocks: (head - min(head, LogFilter.maximumBlocks - 1))...head,
            addresses: [NativeContract.token],
            topics: [
                ContractABI.all.flatMap(\.events).filter { $0.name == "Minted" }.map(\.topic),
                [Hash32(digest: ABI.encode([.address(parts.identity.account)]))],
            ])
        guard case .found(let logs) = try await parts.store.logs(matching: filter) else {
            return []
        }
        return logs.suffix(20).reversed().compactMap { log in
            guard case .minted(_, let amount, let reference)? = TokenEvent(log.log) else {
                return nil
            }
            return [
                "time": .time(log.blockTime), "amount": .amount(amount),
                "block": .number(log.blockNumber), "reference": .string(reference),
            ]
        }
    }

    func audit(_ target: RequestTarget) throws -> JSON {
        let page = try Page(target)
        let before = target["cursor"].flatMap { Int64($0.verbatim) }
        let found = try books.actions(before: before, limit: page.limit)
        let items = try found.map { action -> JSON in
            Self.json(action).adding([
                "name": .string(try action.subject ?? name(of: action.member))
            ])
        }
        let next = found.count == page.limit ? found.last.map { String($0.id) } : nil
        return ["items": .array(items), "next": .string(next)]
    }

    private static func json(_ action: OperatorAction) -> JSON {
        var values: [JSON.Member] = []
        if let amount = action.amount { values.append(JSON.Member("amount", .amount(amount))) }
        if let number = action.number { values.append(JSON.Member("number", .number(number))) }
        return [
            "at": .time(action.at), "operator": .string(action.name), "what": .string(action.what),
            "member": action.member == .zero ? .null : .address(action.member),
            "values": .object(values),
            "reason": .string(action.reason),
        ]
    }
}
