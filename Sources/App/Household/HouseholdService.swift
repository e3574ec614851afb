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

    /// The answer to a request of `visitor` below `/api/v1/household`, whose path has `path` after
    /// that; nil if it was sent already.
    func reply(
        _ request: Request, _ path: [UntrustedText], _ target: RequestTarget,
        _ response: ResponseWriter, by visitor: Sessions.Visitor, _ caller: Caller
    ) async throws -> Reply? {
        if request.method != "GET",
            let reply = try await ordered(request, path, by: visitor)
        {
            return reply
        }
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
        case ("GET", "rules", 1): return rules()
        case ("PUT", "rules", 1): return try await setRules(request)
        case ("GET", "neighbours", 1): return .json(neighbours())
        case ("PUT", "neighbours", 2): return try await setNeighbour(path[1], request)
        case ("GET", "suggestion", 1):
            return suggestion().map { .json($0) } ?? Reply(status: 204)
        case ("GET", "purchases", 1): return try await .json(purchases(caller))
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
            .adding(["suspendedSince": try await suspendedSince(view)])
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

    func number(_ text: UntrustedText) throws(Problem) -> OfferID {
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
