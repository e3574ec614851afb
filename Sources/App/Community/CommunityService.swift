import API
import Ledger
import Protocol
import Storage
import Transport

/// Answers what everyone may see of the community, and what its pages need beyond REST's own: its
/// figures, its validators, all transactions and events.
struct CommunityService: Sendable {
    let parts: APIParts
    let settings: AppSettings
    let seals = SealReader()
    let households = HouseholdCount()
    /// Whence this node has the community's quarters of an hour.
    let source: CommunitySource

    /// How many blocks are searched for events at a time, and for one request.
    private static let blocksAtOnce: UInt64 = 250
    private static let mostBlocks: UInt64 = 5_000
    /// Whoever sealed none of so many blocks does not answer.
    private static let recentBlocks: UInt64 = 20

    /// The answer, or nil if the path is none of these.
    func reply(
        _ request: Request, _ path: [UntrustedText], _ target: RequestTarget, _ caller: Caller
    ) async throws -> Reply? {
        guard request.method == "GET" else { return nil }
        switch (path.first, path.count) {
        case ("community", 1): return .json(try community(caller))
        case ("community", 2) where path[1] == "quarters":
            return .json(try quarters(target, caller))
        case ("validators", 1): return .json(try await validators(caller))
        case ("transactions", 1): return .json(try await transactions(Page(target)))
        case ("events", 2) where path[1] == "log":
            return .json(try await events(Page(target), target, caller))
        default: return nil
        }
    }

    private func community(_ caller: Caller) throws -> JSON {
        let (node, now) = (parts.latest.current, parts.now())
        let totals = node.state.totals
        let marketNow = node.marketTime(at: now)
        let trades = TradeStatus.allCases.map { status in
            JSON.Member(status.name, .number(totals.count(status)))
        }
        let running = totals.count(.picked) + totals.count(.paid) + totals.count(.delivered)
        let today = try today(at: marketNow, caller)
        let source = try source.json(parts)
        return [
            "name": .string(node.state.parameters.name), "time": .time(now),
            "market": [
                "time": .time(marketNow), "rate": .number(node.state.parameters.marketClock.rate),
            ],
            "timeZone": settings.zoneName, "day": .string(settings.days.day(of: marketNow)),
            "members": .number(households.count(in: node.state)),
            "selfSufficiencyPermille": today.permille(of: today.need),
            "selfUsePermille": today.permille(of: today.supply),
            "price": cheapest(node, marketNow),
            "sharedTodayWh": today.end == nil ? .null : .number(today.shared),
            "source": source,
            "openOffers": .number(totals.count(.open)), "running": .number(running),
            "settled": .number(totals.count(.settled)),
            "settledWh": .number(totals.settledEnergy.value), "asOf": .time(today.end ?? marketNow),
            "standing": Standing.json(node, of: parts.identity, now), "trades": .object(trades),
        ]
    }

    /// What a kilowatt-hour costs of the cheapest offer that is open; null if none is.
    private func cheapest(_ node: NodeSnapshot, _ now: MarketTime) -> JSON {
        let offer = node.state.cheapestOffers(count: 1, at: now).first
        return offer.map { .amount($0.perKilowattHour) } ?? .null
    }

    /// The quarters of a day, as far as this node knows of them.
    private func quarters(_ target: RequestTarget, _ caller: Caller) throws -> JSON {
        let now = parts.latest.current.marketTime(at: parts.now())
        let name = target["day"]?.verbatim ?? settings.days.day(of: now)
        guard let day = settings.days.bounds(ofDay: name) else {
            throw Problem.badRequest("day is a day such as 2026-06-16")
        }
        let answer = CommunityDayAnswer(
            name: name, day: day, quarters: try source.quarters(of: day, parts, caller),
            source: try source.json(parts))
        return answer.json(hidingBelow: CommunityQuarters.fewestShown)
    }

    private func today(at now: MarketTime, _ caller: Caller) throws -> CommunityDay {
        guard let day = settings.days.bounds(ofDay: settings.days.day(of: now)) else {
            return CommunityDay([])
        }
        return CommunityDay(try source.quarters(of: day, parts, caller))
    }

    private func transactions(_ page: Page) async throws -> JSON {
        let found = try await parts.store.transactions(
            before: try page.position(), limit: page.limit)
        return page.answer(
            found, cursor: { "\($0.blockNumber)-\($0.index)" }, RESTFormat.transaction)
    }

    /// Who votes, and when each voted last, as the seals of the last hundred blocks tell.
    private func validators(_ caller: Caller) async throws -> JSON {
        let node = parts.latest.current
        guard caller.mayRead(SealReader.blocks) else {
            throw Problem.tooManyBlocks
        }
        let blocks = try await parts.store.blocks(
            below: node.height + 1, limit: Int(SealReader.blocks))
        guard caller.mayRead(UInt64(seals.unknownSeals(in: blocks))) else {
            throw Problem.tooManyBlocks
        }
        let votes = seals.votes(in: blocks, domain: node.state.domain)
        let set = node.state.validators()
        let attendance = Attendance(node, of: parts.identity, at: parts.now())
        let answers = set.members.map { address in
            let vote = votes[address]?.last
            let isRecent = vote.map { $0.header.number + Self.recentBlocks > node.height } ?? false
            return attendance.answers(address, vote: isRecent ? vote : nil)
        }
        let items = zip(set.members, answers).map { address, answers -> JSON in
            let vote = votes[address]
            return [
                "address": .address(address), "name": .null,
                "isAnswering": answers.map { .bool($0) } ?? .null,
                "lastVoteAt": vote.map { .time($0.last.header.timestamp) } ?? .null,
                "lastVoteHeight": vote.map { .number($0.last.header.number) } ?? .null,
                "missedOfLast100": .number(blocks.count - (vote?.count ?? 0)),
            ]
        }
        return [
            "quorum": .number(set.quorum),
            "answering": attendance.count(answers).map { .number($0) } ?? .null,
            "items": .array(items), "next": .null,
        ]
    }

    /// The events of all contracts, the newest first, of one name or contract if the query says so.
    private func events(
        _ page: Page, _ target: RequestTarget, _ caller: Caller
    ) async throws -> JSON {
        let definitions = ContractABI.all.flatMap(\.events)
        let wanted = target["name"]
        let topics = wanted.map { name in
            definitions.filter { $0.name == name.verbatim }.map(\.topic)
        }
        if let topics, topics.isEmpty {
            throw Problem.badRequest("no contract has an event of that name")
        }
        let contract = try target["address"].map { text throws(Problem) in
            guard let address = Address(hexadecimal: text.verbatim) else {
                throw .badRequest("\(text) is no address")
            }
            return address
        }
        let position = try page.position()
        var found: [StoredLog] = []
        var end = position?.block ?? parts.latest.current.height
        var left = Self.mostBlocks
        while found.count < page.limit, left > 0 {
            let start = end - min(end, min(Self.blocksAtOnce, left) - 1)
            guard caller.mayRead(end - start + 1) else { break }
            let filter = LogFilter(
                blocks: start...end, addresses: contract.map { [$0] } ?? [],
                topics: topics.map { [$0] } ?? [])
            guard case .found(let logs) = try await parts.store.logs(matching: filter) else {
                break
            }
            found += logs.reversed().filter { log in
                position.map { (log.blockNumber, UInt64(log.logIndex)) < ($0.block, $0.index) }
                    ?? true
            }
            guard start > 0 else { break }
            left -= min(left, end - start + 1)
            end = start - 1
        }
        return page.answer(
            Array(found.prefix(page.limit)), cursor: { "\($0.blockNumber)-\($0.logIndex)" }
        ) { log in
            let event = definitions.first { $0.topic == log.log.topics.first }
            return [
                "block": .number(log.blockNumber), "index": .number(log.logIndex),
                "time": .time(log.blockTime), "contract": .address(log.log.address),
                "transaction": .hash(log.transactionHash), "name": .string(event?.name),
                "arguments": event.map { Self.arguments(of: $0, log.log) } ?? .object([]),
            ]
        }
    }

    /// What an event says, by the names of its parameters, each as a text.
    private static func arguments(of event: ABIEvent, _ log: EventLog) -> JSON {
        guard let values = event.values(in: log) else { return .object([]) }
        return .object(
            zip(event.parameters, values).map { parameter, value in
                JSON.Member(parameter.name, text(of: value))
            })
    }

    private static func text(of value: ABIValue) -> JSON {
        switch value {
        case .uint(let number): .string("\(number)")
        case .address(let address): .address(address)
        case .bool(let flag): .string(flag ? "true" : "false")
        case .fixedBytes(let bytes), .bytes(let bytes): .data(bytes)
        case .string(let text): .string(text)
        case .array(let values), .tuple(let values): .array(values.map(text))
        }
    }
}
