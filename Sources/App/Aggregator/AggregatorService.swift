import API
import Ledger
import Market
import Protocol
import Storage
import Transport

/// Answers `/api/v1/aggregator/…`: the console of an aggregator's operators.
struct AggregatorService: Sendable {
    let parts: APIParts
    let settings: AppSettings
    let books: AggregatorStore
    let desk: OwnerDesk
    let community: CommunityMeters
    let months = MonthSums()

    /// How long a meter may be silent, in seconds: then it is late, and then it is silent.
    static let lateAfter: UInt64 = 10
    static let silentAfter: UInt64 = 300
    /// How many members and deliveries are looked at for the overview.
    static let mostLookedAt: UInt32 = 2_000

    var node: NodeSnapshot { parts.latest.current }

    /// The answer to a request of `visitor` below `/api/v1/aggregator`, whose path has `path` after
    /// that.
    func reply(
        _ request: Request, _ path: [UntrustedText], _ target: RequestTarget,
        by visitor: Sessions.Visitor, _ caller: Caller
    ) async throws -> Reply {
        if request.method != "GET",
            let reply = try await ordered(request, path, by: visitor)
        {
            return reply
        }
        switch (request.method, path.first, path.count) {
        case ("GET", nil, 0): return .json(try overview())
        case ("GET", "meters", 1): return .json(try meters())
        case ("GET", "meters", 3) where path[2] == "quarters":
            return .json(try quarters(of: path[1], target))
        case ("GET", "quarters", 1): return .json(try quarters(target))
        case ("GET", "members", 1): return .json(try members(target))
        case ("GET", "invitations", 1): return .json(try invitations())
        case ("POST", "invitations", 1): return try await invite(request, by: visitor.name)
        case ("DELETE", "invitations", 2):
            return try await withdraw(path[1], by: visitor.name)
        case ("GET", "purchases", 1): return .json(try await purchases())
        case ("GET", "deliveries", 1): return .json(try deliveries())
        case ("GET", "months", 2) where path[1].verbatim.hasSuffix(".csv"):
            return try await table(String(path[1].verbatim.dropLast(4)), request)
        case ("GET", "months", 2): return .json(try await month(path[1], caller))
        case ("GET", "audit", 1): return .json(try audit(target))
        default: throw Problem.notFound("nothing is at \(target.path)")
        }
    }

    private func overview() throws -> JSON {
        let (node, now) = (node, parts.now())
        let states = try households().map { try meterState($0, now) }
        let deliveries = try running().filter { $0.isLate }
        return [
            "name": .string(parts.identity.name), "street": .string(node.state.parameters.name),
            "account": .address(parts.identity.account), "time": .time(now),
            "timeZone": settings.zoneName,
            "market": [
                "time": .time(node.marketTime(at: now)),
                "rate": .number(node.state.parameters.marketClock.rate),
            ],
            "members": .number(states.count),
            "troubled": .number(states.count { $0.state != "ok" }),
            "openPurchases": .number(openPurchases().count),
            "running": .number(try running().count), "lateDeliveries": .number(deliveries.count),
            "standing": Standing.json(node, of: parts.identity, now),
        ]
    }

    /// The households of this aggregator.
    func households() throws -> [Member] {
        let state = node.state
        return state.members(from: 0, count: Self.mostLookedAt).filter { member in
            member.meterKey != .zero
                && state.aggregator(of: member.account) == parts.identity.account
        }
    }

    func openPurchases() -> [(buyer: Address, purchase: TokenPurchase)] {
        node.state.openTokenPurchases().filter { $0.purchase.seller == parts.identity.account }
    }

    func address(_ text: UntrustedText) throws(Problem) -> Address {
        guard let address = Address(hexadecimal: text.verbatim) else {
            throw .badRequest("\(text) is no address: 0x and 40 hexadecimal digits")
        }
        return address
    }

    /// What the operator calls a member; its first digits if nothing.
    func name(of account: Address) throws -> String {
        let name = try books.note(of: account).name
        return name.isEmpty ? String(account.description.prefix(8)) : name
    }
}

// Meters.
extension AggregatorService {
    private struct MeterState {
        let member: Member
        let last: LastReading?
        let state: String
        let reason: JSON?
    }

    private func meterState(_ member: Member, _ now: Timestamp) throws -> MeterState {
        guard let last = try books.lastReading(of: member.meterKey) else {
            return MeterState(
                member: member, last: nil, state: "silent",
                reason: ["code": "silent", "values": ["seconds": 0]])
        }
        let silence = now.millisecondsSince(last.receivedAt) / 1_000
        func state(_ name: String, _ values: JSON) -> MeterState {
            MeterState(
                member: member, last: last, state: name,
                reason: ["code": .string(name), "values": values])
        }
        if silence > Self.silentAfter { return state("silent", ["seconds": .number(silence)]) }
        if silence > Self.lateAfter { return state("late", ["seconds": .number(silence)]) }
        return MeterState(member: member, last: last, state: "ok", reason: nil)
    }

    private func meters() throws -> JSON {
        let now = parts.now()
        let order = ["silent": 0, "late": 1, "ok": 2]
        let states = try households().map { try meterState($0, now) }
            .sorted { (order[$0.state] ?? 3) < (order[$1.state] ?? 3) }
        let items = try states.map { state -> JSON in
            let note = try books.note(of: state.member.account)
            let isHeard = state.state == "ok"
            let reading = state.last?.reading
            return [
                "member": .address(state.member.account),
                "name": .string(try name(of: state.member.account)),
                "meteringPoint": .string(note.meteringPoint),
                "meter": .address(state.member.meterKey), "role": .string(state.member.role.name),
                "state": .string(state.state), "reasons": .array([state.reason].compactMap { $0 }),
                "lastReadingAt": state.last.map { .time($0.receivedAt) } ?? .null,
                "powerWatts": isHeard ? reading.map { .number($0.power) } ?? .null : .null,
                "importRegisterWh": .number(reading?.importRegister.value ?? 0),
                "exportRegisterWh": .number(reading?.exportRegister.value ?? 0),
                "clockSkewSeconds": 0,
            ]
        }
        return ["items": .array(items), "next": .null]
    }

    /// Need and surplus of all households, by quarter of an hour of a day: an operator sees every
    /// meter, so nothing is hidden.
    private func quarters(_ target: RequestTarget) throws -> JSON {
        let now = node.marketTime(at: parts.now())
        let name = target["day"]?.verbatim ?? settings.days.day(of: now)
        guard let day = settings.days.bounds(ofDay: name) else {
            throw Problem.badRequest("day is a day such as 2026-06-16")
        }
        let source = CommunitySource.meters(community)
        let answer = CommunityDayAnswer(
            name: name, day: day, quarters: try source.quarters(of: day, parts, nil),
            source: try source.json(parts))
        return answer.json(hidingBelow: 1)
    }

    /// The quarters of a day as the readings of one meter tell them.
    private func quarters(of text: UntrustedText, _ target: RequestTarget) throws -> JSON {
        let meter = try address(text)
        let now = node.marketTime(at: parts.now())
        let name = target["day"]?.verbatim ?? settings.days.day(of: now)
        guard let day = settings.days.bounds(ofDay: name) else {
            throw Problem.badRequest("day is a day such as 2026-06-16")
        }
        let firsts = try books.firstReadings(
            of: meter, from: day.lowerBound, to: day.upperBound.advanced(bySeconds: 900))
        let bySlot = Dictionary(
            firsts.map { ($0.time.seconds / 900, $0) }, uniquingKeysWith: { first, _ in first })
        var items: [JSON] = []
        guard let beginning = firsts.first?.time.seconds else {
            return Self.day(name, day, items)
        }
        for start in stride(
            from: beginning / 900, to: min(day.upperBound, now).seconds / 900, by: 1)
        {
            let (first, next) = (bySlot[start], bySlot[start + 1])
            func flow(_ register: KeyPath<MeterReading, WattHours>) -> JSON {
                guard let first, let next else { return 0 }
                let (from, to) = (first[keyPath: register].value, next[keyPath: register].value)
                return .number(to - min(from, to))
            }
            items.append([
                "startsAt": .time(MarketTime(seconds: start * 900)),
                "index": .number(start - day.lowerBound.seconds / 900), "isClosed": true,
                "flag": first == nil || next == nil ? "missing" : "M",
                "exportWh": flow(\.exportRegister), "importWh": flow(\.importRegister),
            ])
        }
        return Self.day(name, day, items)
    }

    private static func day(
        _ name: String, _ day: Range<MarketTime>, _ items: [JSON]
    ) -> JSON {
        [
            "day": .string(name), "startsAt": .time(day.lowerBound),
            "slots": .number((day.upperBound.seconds - day.lowerBound.seconds) / 900),
            "items": .array(items),
        ]
    }
}

// Deliveries.
extension AggregatorService {
    private struct Running {
        let trade: Trade
        let seller: UInt64?
        let buyer: UInt64?
        let deadline: MarketTime
        let isLate: Bool
    }

    /// The trades of this aggregator that are picked and not over.
    private func running() throws -> [Running] {
        let state = node.state
        let now = node.marketTime(at: parts.now())
        let window = UInt64(state.parameters.deliveryWindow)
        var found: [Running] = []
        for id in try books.runningTrades(limit: Int(Self.mostLookedAt)) {
            guard let trade = state.trade(id),
                let began = (trade.paid ?? trade.picked)?.time,
                [.picked, .paid, .delivered].contains(trade.status)
            else { continue }
            let flowed = try books.flowed(for: id)
            let deadline = began.advanced(bySeconds: window)
            let isLate = began.advanced(bySeconds: window / 2) < now
            found.append(
                Running(
                    trade: trade, seller: flowed.seller, buyer: flowed.buyer, deadline: deadline,
                    isLate: isLate))
        }
        return found
    }

    private func deliveries() throws -> JSON {
        let isStalled = node.stalledSince(at: parts.now()) != nil
        let items = try running().prefix(100).map { running -> JSON in
            let offer = running.trade.offer
            let buyer = running.trade.buyer ?? .zero
            let blocked: JSON =
                isStalled
                ? "not-final"
                : !running.isLate
                    ? .null
                    : running.seller == nil
                        ? "seller-silent" : running.buyer == nil ? "buyer-silent" : .null
            return [
                "trade": .number(offer.id.value), "seller": .address(offer.seller),
                "sellerName": .string(try name(of: offer.seller)), "buyer": .address(buyer),
                "buyerName": .string(try name(of: buyer)), "energyWh": .number(offer.energy.value),
                "sellerWh": .number(min(running.seller ?? 0, offer.energy.value)),
                "buyerWh": .number(min(running.buyer ?? 0, offer.energy.value)),
                "deadline": .time(running.deadline), "blockedBy": blocked,
            ]
        }
        return ["items": .array(items), "next": .null]
    }
}
