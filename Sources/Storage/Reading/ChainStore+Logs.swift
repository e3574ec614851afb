internal import GRDB
package import Protocol

extension ChainStore {
    /// The events that `filter` looks for, in the order of the ledger.
    package func logs(matching filter: LogFilter) async throws(StorageError) -> LogSearch {
        let span = filter.blocks.upperBound - filter.blocks.lowerBound
        guard span < LogFilter.maximumBlocks else { return .tooManyBlocks }
        return try await read { database in try database.search(filter) }
    }
}

extension ChainStore {
    /// The newest event with the contract and the first two topics of `event`, in block `first` or later;
    /// nil if there is none.
    package func newestLog(
        like event: EventLog, since first: UInt64
    ) async throws(StorageError) -> StoredLog? {
        let topics = event.topics.map(\.description)
        guard topics.count >= 2 else { return nil }
        return try await read { database in
            let row = try Row.fetchOne(
                database,
                sql: """
                    SELECT l.*, b.hash AS "blocks.hash", b.timestamp_ms AS "blocks.timestamp_ms",
                        t.hash AS "transactions.hash"
                    FROM logs l
                        JOIN blocks b ON b.number = l.block
                        JOIN transactions t
                            ON t.block = l.block AND t.position = l.transaction_position
                    WHERE l.block >= ? AND l.address = ? AND l.topic0 = ? AND l.topic1 = ?
                    ORDER BY l.block DESC, l.position DESC LIMIT 1
                    """,
                arguments: [first.column, event.address.description, topics[0], topics[1]])
            return try row.map { row in
                let row = StoredRow(row, of: "logs")
                return try database.stored(row, row.eventLog())
            }
        }
    }
}

extension Database {
    func search(_ filter: LogFilter) throws -> LogSearch {
        let rows = try Row.fetchCursor(
            self,
            sql: """
                SELECT l.*, b.hash AS "blocks.hash", b.timestamp_ms AS "blocks.timestamp_ms",
                    t.hash AS "transactions.hash"
                FROM logs l
                    JOIN blocks b ON b.number = l.block
                    JOIN transactions t
                        ON t.block = l.block AND t.position = l.transaction_position
                WHERE l.block BETWEEN ? AND ?
                ORDER BY l.block, l.position
                """,
            arguments: [
                filter.blocks.lowerBound.column, filter.blocks.upperBound.column,
            ])
        var found: [StoredLog] = []
        var looked = 0
        while let row = try rows.next() {
            guard looked < LogFilter.maximumEvents else { return .tooManyEvents }
            looked += 1
            let row = StoredRow(row, of: "logs")
            let log = try row.eventLog()
            guard filter.matches(log) else { continue }
            guard found.count < LogFilter.maximumResults else { return .tooManyResults }
            found.append(try stored(row, log))
        }
        return .found(found)
    }

    fileprivate func stored(_ row: StoredRow, _ log: EventLog) throws -> StoredLog {
        StoredLog(
            log: log, blockNumber: try row.number("block"),
            blockHash: try row.hash("blocks.hash"),
            blockTime: try row.timestamp("blocks.timestamp_ms"),
            transactionHash: try row.hash("transactions.hash"),
            transactionIndex: try row.count("transaction_position"),
            logIndex: try row.count("position"))
    }
}

extension StoredRow {
    func eventLog() throws -> EventLog {
        let topics = try (0..<4).compactMap { try optional("topic\($0)", hash) }
        return EventLog(address: try address("address"), topics: topics, data: try bytes("data"))
    }
}
