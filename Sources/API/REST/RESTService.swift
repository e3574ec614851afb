internal import Ledger
internal import Protocol
package import Storage
internal import Transport

/// Answers `/api/v1/…`: the household's app, and other people's programs.
struct RESTService: Sendable {
    let parts: APIParts
    private let document: String

    init(parts: APIParts) {
        self.parts = parts
        document = parts.app.map { OpenAPI.written(with: $0.description) } ?? OpenAPI.document
    }

    var store: ChainStore { parts.store }

    var snapshot: NodeSnapshot { parts.latest.current }

    /// The answer, or nil if it was sent already.
    func reply(
        to request: Request, _ target: RequestTarget, _ response: ResponseWriter, _ caller: Caller
    ) async throws -> Reply? {
        let path = Array(target.segments.dropFirst(2))
        switch (request.method, path.first, path.count) {
        case ("GET", "events", 1):
            try await EventStream(parts: parts).send(to: response, request, caller)
            return nil
        case ("POST", "transactions", 1): return try await submit(request, target)
        case ("POST", "meter", 1): return try await setMeter(request)
        case ("GET", _, _), ("HEAD", _, _): return try await read(path, target, caller)
        default: throw Problem.wrongMethod("GET")
        }
    }

    private func read(
        _ path: [UntrustedText], _ target: RequestTarget, _ caller: Caller
    ) async throws -> Reply {
        let page = try Page(target)
        let answer: JSON
        switch (path.first, path.count) {
        case ("openapi.json", 1): return Reply.text(document, type: "application/json")
        case ("status", 1): answer = status()
        case ("genesis", 1): answer = genesis()
        case ("blocks", 1): answer = try await blocks(page)
        case ("blocks", 2): answer = try await RESTFormat.block(block(path[1]))
        case ("blocks", 3) where path[2] == "transactions":
            answer = try await blockTransactions(path[1], caller)
        case ("transactions", 2): return try await transaction(path[1], target)
        case ("transactions", 3) where path[2] == "trace": answer = try trace(path[1])
        case ("accounts", 2): answer = account(try address(path[1]))
        case ("accounts", 3): answer = try await history(address(path[1]), path[2], page)
        case ("members", 1): answer = try members(target, page)
        case ("members", 2): answer = try member(address(path[1]))
        case ("offers", 1): answer = try await trades(target, page, areOffers: true)
        case ("trades", 1): answer = try await trades(target, page, areOffers: false)
        case ("offers", 2), ("trades", 2): answer = try await trade(path[1])
        case ("market", 1): answer = market()
        case ("tokens", 1): answer = tokens(in: snapshot.state)
        case ("tokens", 2) where path[1] == "purchases": answer = tokenPurchases(page)
        case ("contracts", 1): answer = contracts()
        case ("contracts", 3) where path[2] == "abi": return try abi(path[1])
        case ("meter", 1): answer = try await meter()
        default: throw Problem.notFound("nothing is at \(target.path)")
        }
        return .json(answer)
    }

    func address(_ text: UntrustedText) throws(Problem) -> Address {
        guard text.verbatim.hasPrefix("0x"),
            let address = Address(hexadecimal: text.verbatim)
        else {
            throw .badRequest("\(text) is no address: 0x and 40 hexadecimal digits")
        }
        return address
    }

    var marketNow: MarketTime { snapshot.marketTime(at: parts.now()) }
}

/// Which page of a list is asked for.
package struct Page {
    /// How many entries it has at most.
    package let limit: Int
    /// The numbers of the entry before the page's first, of which the cursor is made.
    let cursor: [UInt64]?

    package init(_ target: RequestTarget) throws(Problem) {
        let limit = target["limit"].map { Int($0.verbatim) ?? 0 } ?? 20
        guard 1...100 ~= limit else { throw .badRequest("limit is from 1 to 100") }
        self.limit = limit
        guard let text = target["cursor"] else {
            cursor = nil
            return
        }
        let numbers = text.verbatim.split(separator: "-", omittingEmptySubsequences: false)
            .map { UInt64($0) }
        guard 1...2 ~= numbers.count, !numbers.contains(nil) else {
            throw .badRequest("the cursor is none that this node gave out")
        }
        cursor = numbers.compactMap(\.self)
    }

    /// The cursor as a place in the ledger.
    package func position() throws(Problem) -> LedgerPosition? {
        guard let cursor else { return nil }
        guard cursor.count == 2 else {
            throw .badRequest("the cursor is none that this node gave out for this list")
        }
        return LedgerPosition(block: cursor[0], index: cursor[1])
    }

    /// The list's answer: its items, and where the next page begins if there may be one.
    package func answer<Item>(
        _ items: [Item], cursor: (Item) -> String, _ format: (Item) -> JSON
    ) -> JSON {
        let next = items.count == limit ? items.last.map(cursor) : nil
        return ["items": .array(items.map(format)), "next": .string(next)]
    }
}
