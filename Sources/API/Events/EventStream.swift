internal import HTTPTypes
internal import Ledger
internal import Protocol
internal import Storage
internal import Transport

/// Sends final blocks and what the market's contracts say in them, as they come (server-sent
/// events, WHATWG HTML 9.2).
///
/// An event's `id` is the block's height and, of a market event, the event's number in the block.
/// A client that reconnects with `Last-Event-ID` first gets the market events it has missed, up to
/// ``LogFilter/maximumBlocks`` blocks back; they count against its rate as a search of them would. An
/// event `gap` tells of blocks that lie further back, and an event `end`, the last, from which block on
/// to go on: a client that reads too slowly is sent no more.
struct EventStream {
    let parts: APIParts

    /// A comment is sent when nothing else was for so long, so that a lost client is noticed.
    private static let heartbeat = Duration.seconds(15)
    /// How many blocks are read at a time of those that a client has missed.
    private static let blocksAtOnce = 100

    func send(
        to response: ResponseWriter, _ request: Request, _ caller: Caller
    ) async throws {
        let missed = request.headers[.lastEventID].flatMap(missedBlocks)
        if let missed, !caller.mayRead(UInt64(missed.count)) { throw Problem.tooManyRequests }
        guard let blocks = parts.feed.blocks(for: caller.name) else {
            throw Problem.busy("this address listens too often already")
        }
        try await response.send(
            status: 200, headers: [.contentType: "text/event-stream"] + Reply.safety)
        try await response.write(Array("retry: 2000\n\n".utf8))
        let next = parts.latest.current.height + 1
        if let missed {
            try await response.write(Self.gap(after: request, before: missed.lowerBound))
            try await replay(missed.lowerBound, response)
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                var next = next
                for await block in blocks {
                    try await response.write(Self.events(of: block))
                    next = block.header.number + 1
                }
                try await response.write(Self.end(before: next))
            }
            group.addTask {
                while true {
                    try await Task.sleep(for: Self.heartbeat)
                    try await response.write(Array(": still here\n\n".utf8))
                }
            }
            try await group.next()
            group.cancelAll()
        }
        try await response.finish()
    }

    /// The blocks after the one that `last`, the id of an event, lies in; nil if there are none.
    private func missedBlocks(_ last: String) -> ClosedRange<UInt64>? {
        let head = parts.latest.current.height
        guard let height = Self.height(last), height < head else { return nil }
        return max(height + 1, head - min(head, LogFilter.maximumBlocks - 1))...head
    }

    /// The height in the id of an event.
    private static func height(_ id: String) -> UInt64? {
        id.split(separator: "-").first.flatMap { UInt64($0) }
    }

    /// Tells of the blocks that lie between the last that the client had and `first`, whose events it
    /// gets; nothing if there are none.
    private static func gap(after request: Request, before first: UInt64) -> [UInt8] {
        guard let last = request.headers[.lastEventID].flatMap(height), last + 1 < first else {
            return []
        }
        return event("gap", ["from": .number(last + 1), "to": .number(first - 1)])
    }

    /// Tells that nothing more comes, and from which block on to go on.
    private static func end(before next: UInt64) -> [UInt8] {
        event("end", ["next": .number(next)])
    }

    /// Sends the market's events of the blocks from `first` on; those of blocks that come meanwhile
    /// may come twice.
    private func replay(_ first: UInt64, _ response: ResponseWriter) async throws {
        let head = parts.latest.current.height
        for start in stride(from: first, through: head, by: Self.blocksAtOnce) {
            try await replay(start...min(start + UInt64(Self.blocksAtOnce) - 1, head), response)
        }
    }

    private func replay(_ blocks: ClosedRange<UInt64>, _ response: ResponseWriter) async throws {
        let filter = LogFilter(blocks: blocks, addresses: [NativeContract.market])
        switch try await parts.store.logs(matching: filter) {
        case .found(let logs):
            for log in logs {
                let place = LedgerPosition(block: log.blockNumber, index: UInt64(log.logIndex))
                try await response.write(
                    Self.market(log.log, at: place, log.transactionHash, log.blockTime))
            }
        case .tooManyResults, .tooManyEvents, .tooManyBlocks:
            // Half of them at a time; a block alone holds fewer than a search may find.
            guard blocks.count > 1 else { throw Problem.internal }
            let middle = (blocks.lowerBound + blocks.upperBound) / 2
            try await replay(blocks.lowerBound...middle, response)
            try await replay(middle + 1...blocks.upperBound, response)
        }
    }

    private static func events(of committed: CommittedBlock) -> [UInt8] {
        let (block, header) = (committed.final.block, committed.header)
        var text = event(
            "block", id: String(block.number),
            [
                "number": .number(block.number), "hash": .hash(block.hash),
                "time": .time(header.timestamp),
                "proposer": .address(header.proposer),
                "stateRoot": .hash(header.stateRoot),
                "transactions": .array(
                    committed.receipts.map { receipt in
                        [
                            "hash": .hash(receipt.transactionHash),
                            "status": receipt.succeeded ? "final" : "failed",
                            "reason": .string(receipt.revertReason),
                        ]
                    }),
            ])
        var index: UInt64 = 0
        for receipt in committed.receipts {
            for log in receipt.logs {
                let place = LedgerPosition(block: block.number, index: index)
                text += market(log, at: place, receipt.transactionHash, header.timestamp)
                index += 1
            }
        }
        return text
    }

    /// An event of the market; nothing for other contracts' events.
    private static func market(
        _ log: EventLog, at place: LedgerPosition, _ transaction: Hash32, _ time: Timestamp
    ) -> [UInt8] {
        guard let content = MarketEvent(log),
            let definition = ContractABI.market.events.first(where: { $0.topic == log.topics[0] })
        else { return [] }
        return event(
            "market", id: "\(place.block)-\(place.index)",
            [
                "event": .string(definition.name), "trade": .number(content.id.value),
                "block": .number(place.block), "time": .time(time),
                "transaction": .hash(transaction),
            ])
    }

    /// An event; without an `id` the client's last stays what it is.
    private static func event(_ name: String, id: String? = nil, _ data: JSON) -> [UInt8] {
        let lines = "event: \(name)\n" + (id.map { "id: \($0)\n" } ?? "") + "data: "
        return Array(lines.utf8) + data.encoded + Array("\n\n".utf8)
    }
}
