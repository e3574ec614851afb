internal import Protocol
internal import Storage

extension RPCService {
    /// Answers the methods about events and filters; nil if `method` is none of them.
    func callAboutLogs(
        _ method: String, _ parameters: RPCParameters, _ caller: Caller
    ) async throws -> JSON? {
        switch method {
        case "eth_getLogs":
            return try await logs(LogCriteria(parameters.required(0)), caller)
        case "eth_newFilter":
            return try newLogFilter(LogCriteria(parameters.required(0)), caller)
        case "eth_newBlockFilter":
            return try add(.blocks, next: snapshot.header.number + 1, caller)
        case "eth_newPendingTransactionFilter":
            return try add(.pendingTransactions, next: parts.submitted.count, caller)
        case "eth_getFilterChanges": return try await changes(parameters.quantity(0), caller)
        case "eth_getFilterLogs": return try await filterLogs(parameters.quantity(0), caller)
        case "eth_uninstallFilter": return .bool(filters.remove(try parameters.quantity(0)))
        default: return nil
        }
    }

    private func logs(_ criteria: LogCriteria, _ caller: Caller) async throws -> JSON {
        if let hash = criteria.blockHash {
            guard let block = try await store.block(hash: hash) else {
                throw RPCError.refused("unknown block")
            }
            return try await search(
                criteria, block.header.number, block.header.number, caller)
        }
        let head = snapshot.header.number
        return try await search(
            criteria, criteria.from ?? head, min(criteria.to ?? head, head), caller)
    }

    private func search(
        _ criteria: LogCriteria, _ first: UInt64, _ last: UInt64, _ caller: Caller
    ) async throws -> JSON {
        guard first <= last else { return [] }
        try require(min(last - first, LogFilter.maximumBlocks) + 1, of: caller)
        let query = LogFilter(
            blocks: first...last, addresses: criteria.addresses, topics: criteria.topics)
        switch try await store.logs(matching: query) {
        case .found(let logs): return .array(logs.map(RPCFormat.log))
        case .tooManyBlocks:
            throw RPCError(
                code: -32_005, message: "query spans more than \(LogFilter.maximumBlocks) blocks")
        case .tooManyEvents:
            throw RPCError(
                code: -32_005,
                message: "query looks through more than \(LogFilter.maximumEvents) events")
        case .tooManyResults:
            throw RPCError(
                code: -32_005,
                message: "query returned more than \(LogFilter.maximumResults) results")
        }
    }

    /// Throws unless `count` blocks, or transactions of one, may be read for `caller`.
    func require(_ count: UInt64, of caller: Caller) throws(RPCError) {
        guard caller.mayRead(count) else {
            throw RPCError(
                code: -32_005, message: "rate limit exceeded: ask again later, or for fewer blocks")
        }
    }

    private func newLogFilter(
        _ criteria: LogCriteria, _ caller: Caller
    ) throws(RPCError) -> JSON {
        let head = snapshot.header.number
        var criteria = criteria
        criteria.from = criteria.from ?? head
        return try add(.logs(criteria), next: max(head + 1, criteria.from ?? 0), caller)
    }

    private func add(
        _ content: FilterTable.Content, next: UInt64, _ caller: Caller
    ) throws(RPCError) -> JSON {
        guard let name = filters.add(content, next: next, of: caller.name) else {
            throw RPCError(
                code: -32_005, message: "too many filters: uninstall some, or let them expire")
        }
        return RPCFormat.quantity(name)
    }

    private func filter(_ name: UInt64) throws(RPCError) -> FilterTable.Filter {
        guard let filter = filters.filter(name) else { throw .refused("filter not found") }
        return filter
    }

    /// What is new since the client asked last: at most ``LogFilter/maximumBlocks`` blocks of it,
    /// the rest with the next question.
    private func changes(_ name: UInt64, _ caller: Caller) async throws -> JSON {
        let filter = try filter(name)
        switch filter.content {
        case .pendingTransactions:
            let hashes = parts.submitted.hashes(after: filter.next)
            filters.advance(name, to: max(filter.next, parts.submitted.count))
            return .array(hashes.map(JSON.hash))
        case .blocks:
            guard let unread = unread(filter) else { return [] }
            try require(UInt64(unread.count), of: caller)
            let blocks = try await store.blocks(
                below: unread.upperBound + 1, limit: unread.count)
            filters.advance(name, to: unread.upperBound + 1)
            return .array(blocks.reversed().map { .hash($0.hash) })
        case .logs(let criteria):
            guard let unread = unread(filter) else { return [] }
            let last = unread.upperBound
            let found = try await search(
                criteria, unread.lowerBound, min(last, criteria.to ?? last), caller)
            filters.advance(name, to: last + 1)
            return found
        }
    }

    /// The blocks that the filter's client gets next; nil if there are none yet. A client may have
    /// named any block at all as its first.
    private func unread(_ filter: FilterTable.Filter) -> ClosedRange<UInt64>? {
        let head = snapshot.header.number
        guard filter.next <= head else { return nil }
        return filter.next...filter.next + min(head - filter.next, LogFilter.maximumBlocks - 1)
    }

    private func filterLogs(_ name: UInt64, _ caller: Caller) async throws -> JSON {
        guard case .logs(let criteria) = try filter(name).content else {
            throw RPCError.refused("filter not found")
        }
        let head = snapshot.header.number
        return try await search(
            criteria, criteria.from ?? head, min(criteria.to ?? head, head), caller)
    }
}

/// Which events a client asks for.
struct LogCriteria: Hashable {
    /// The first block; the latest if nil.
    var from: UInt64?
    /// The last block; the latest, whichever it is then, if nil.
    var to: UInt64?
    /// One block alone, by its hash.
    var blockHash: Hash32?
    let addresses: [Address]
    let topics: [[Hash32]]

    init(_ json: JSON) throws(RPCError) {
        guard case .object = json else { throw .invalidParameters("a filter is an object") }
        blockHash = try json["blockHash"].map { value throws(RPCError) in
            try value.hash(as: "blockHash")
        }
        from = try Self.height(json["fromBlock"])
        to = try Self.height(json["toBlock"])
        guard blockHash == nil || (json["fromBlock"] == nil && json["toBlock"] == nil) else {
            throw .invalidParameters("cannot specify both blockHash and fromBlock/toBlock")
        }
        if let from, let to, from > to {
            throw .invalidParameters(
                "invalid block range: fromBlock \(from) is above toBlock \(to)")
        }
        addresses = try Self.choices(json["address"], atMost: 1_000) { value throws(RPCError) in
            try value.address(as: "address")
        }
        let topics = json["topics"]?.elements ?? []
        guard topics.count <= 4 else { throw .invalidParameters("more than 4 topics") }
        var choices: [[Hash32]] = []
        for topic in topics {
            choices.append(
                try Self.choices(topic, atMost: 1_000) { value throws(RPCError) in
                    try value.hash(as: "topic")
                })
        }
        self.topics = choices
    }

    private static func height(_ json: JSON?) throws(RPCError) -> UInt64? {
        guard let json else { return nil }
        guard case .number(let number) = try BlockReference(json) else { return nil }
        return number
    }

    /// Nothing, one value, or several of which any will do.
    private static func choices<Value>(
        _ json: JSON?, atMost maximum: Int, _ read: (JSON) throws(RPCError) -> Value
    ) throws(RPCError) -> [Value] {
        guard let json, json != .null else { return [] }
        let elements = json.elements ?? [json]
        guard elements.count <= maximum else { throw .invalidParameters("too many choices") }
        var values: [Value] = []
        for element in elements { values.append(try read(element)) }
        return values
    }
}
