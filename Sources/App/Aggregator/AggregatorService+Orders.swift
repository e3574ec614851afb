import API
import Ledger
import Market
import Protocol
import Storage
import Transport

// What operators do, and how it is written down: who did what, and what came of it.
extension AggregatorService {
    /// The answer to what has something done on the ledger or in the books; nil if `request` is none
    /// of that.
    func ordered(
        _ request: Request, _ path: [UntrustedText], by visitor: Sessions.Visitor
    ) async throws -> Reply? {
        let name = visitor.name
        let planned: (OwnerOrder) async throws -> OwnerPlan?
        switch (request.method, path.first, path.count) {
        case ("POST", "members", 1): planned = { try register($0, by: name) }
        case ("PATCH", "members", 2): planned = { try await change(path[1], $0, by: name) }
        case ("POST", "purchases", 3) where path[2] == "sale":
            planned = { try sell(to: path[1], $0, by: name) }
        case ("POST", "purchases", 3) where path[2] == "refusal":
            planned = { try decline(path[1], $0, by: name) }
        default: return nil
        }
        let order = try await OwnerOrder(request, of: visitor)
        if let known = try await desk.known(order) { return try await answer(known) }
        guard let plan = try await planned(order) else { return .json(["transaction": .null]) }
        return try await answer(desk.begin(plan, for: order))
    }

    private func answer(_ undertaking: OwnerDesk.Undertaking) async throws -> Reply {
        switch try await desk.outcome(of: undertaking) {
        case nil: return .json(["transaction": .null], status: 202)
        case .granted(let final): return .json(["transaction": .hash(final.hash)])
        case .refused(let reason): throw Problem.conflict(reason)
        case .unanswered: throw Problem.busy("the node is busy or stopping; try again later")
        }
    }

    /// What has `wish` done on the ledger and writes `action` down: before, since it may be done
    /// though nobody is there any more to write it down, and again once it is known what came of it.
    private func plan(
        _ wish: OwnerWish, _ action: OperatorAction, note: MemberNote? = nil
    ) -> OwnerPlan {
        let books = books
        var plan = OwnerPlan(wish: wish)
        plan.noted = { done in
            if let note { try await books.set(note) }
            let id = try await books.add(action)
            let outcome = await done()
            switch outcome {
            case .granted: try await books.conclude(id, .done)
            case .refused(let reason): try await books.conclude(id, .refused(reason))
            case .unanswered: break
            }
            return outcome
        }
        return plan
    }

    private func register(_ order: OwnerOrder, by name: String) throws -> OwnerPlan {
        let body = try order.json()
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
        return plan(
            .register(member),
            OperatorAction(at: parts.now(), name: name, what: "registered", member: account),
            note: note)
    }

    /// What suspends a member or lets it back in; nil if it was only named otherwise, which is done.
    private func change(
        _ text: UntrustedText, _ order: OwnerOrder, by name: String
    ) async throws -> OwnerPlan? {
        let account = try address(text)
        guard let member = node.state.member(account) else {
            throw Problem.notFound("\(text) is no member")
        }
        let body = try order.json()
        let reason = try Self.reason(in: body)
        if case .bool(let isSuspended)? = body["suspended"], isSuspended != member.isSuspended {
            return plan(
                .setSuspended(account, isSuspended),
                OperatorAction(
                    at: parts.now(), name: name, what: isSuspended ? "suspended" : "reinstated",
                    member: account, reason: reason))
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
        _ = try await books.add(
            OperatorAction(
                at: parts.now(), name: name, what: "renamed", member: account, reason: reason,
                outcome: .done))
        return nil
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

    private func sell(
        to text: UntrustedText, _ order: OwnerOrder, by name: String
    ) throws -> OwnerPlan {
        let (buyer, purchase) = try self.purchase(of: text, order)
        return plan(
            .sellTokens(to: buyer, number: purchase.number),
            OperatorAction(
                at: parts.now(), name: name, what: "sold", member: buyer, number: purchase.number,
                amount: purchase.amount))
    }

    private func decline(
        _ text: UntrustedText, _ order: OwnerOrder, by name: String
    ) throws -> OwnerPlan {
        let (buyer, purchase) = try self.purchase(of: text, order)
        let reason = try Self.reason(in: order.json())
        return plan(
            .declinePurchase(of: buyer, number: purchase.number, reason: reason),
            OperatorAction(
                at: parts.now(), name: name, what: "declined", member: buyer,
                number: purchase.number, amount: purchase.amount, reason: reason))
    }

    /// The open purchase of the member that `text` names; the buyer may have taken the one back that
    /// the operator saw, and opened another.
    private func purchase(
        of text: UntrustedText, _ order: OwnerOrder
    ) throws -> (Address, TokenPurchase) {
        let buyer = try address(text)
        guard let purchase = node.state.tokenPurchase(of: buyer), purchase.isOpen,
            purchase.seller == parts.identity.account
        else { throw Problem.conflict("\(text) has no open order here") }
        if let number = try order.json()["number"], number.integer != Int(purchase.number) {
            throw Problem.conflict("the open order is number \(purchase.number): look at it first")
        }
        return (buyer, purchase)
    }
}
