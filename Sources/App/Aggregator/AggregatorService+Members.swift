import API
import Ledger
import Market
import Protocol
import Storage
import Transport

// What the console shows of members, orders of tokens, the month, and who did what.
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
                "signedInAt": try books.signedIn(member.account).map { .time($0) } ?? .null,
                "history": .array(history.map { Self.json($0) }),
            ]
        }
        let next = first + items.count
        return [
            "items": .array(items), "next": .string(next < all.count ? String(next) : nil),
        ]
    }

    func purchases() async throws -> JSON {
        let open = openPurchases()
        let times = try await parts.store.lastPurchases(of: open.map(\.buyer))
        let items = try open.map { buyer, purchase -> JSON in
            [
                "buyer": .address(buyer), "name": .string(try name(of: buyer)),
                "number": .number(purchase.number), "amount": .amount(purchase.amount),
                "reference": .string(purchase.reference),
                "orderedAt": times[buyer].map { .time($0) } ?? .null, "why": "above-limit",
            ]
        }
        return ["items": .array(items), "next": .null]
    }

    func month(_ text: UntrustedText, _ caller: Caller) async throws -> JSON {
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
            "mints": .array(try await mints(caller)),
        ]
    }

    /// The last mints for this aggregator.
    private func mints(_ caller: Caller) async throws -> [JSON] {
        let head = node.height
        let blocks = (head - min(head, LogFilter.maximumBlocks - 1))...head
        guard caller.mayRead(UInt64(blocks.count)) else { throw Problem.tooManyBlocks }
        let filter = LogFilter(
            blocks: blocks,
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
            "reason": .string(action.reason), "outcome": .string(action.outcome?.name),
            "refusal": .string(action.outcome?.refusal),
        ]
    }
}
