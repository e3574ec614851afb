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
        guard event.topics.count >= 2 else { return nil }
        return try await read { database in
            let rows = try Row.fetchCursor(
                database,
                sql: """
                    SELECT block, position, transaction_position,
                        (SELECT address FROM addresses WHERE number = l.address) AS address,
                        (SELECT topic FROM events WHERE number = l.event) AS topic, topics, data,
                        NULL AS amount
                    FROM ledger_logs l
                    WHERE block >= ? AND l.event = (SELECT number FROM events WHERE topic = ?)
                        AND l.address = (SELECT number FROM addresses WHERE address = ?)
                    ORDER BY block DESC, position DESC
                    """,
                arguments: [
                    first.column, event.topics[0].bytes.column, event.address.bytes.column,
                ])
            while let row = try rows.next() {
                let row = StoredRow(row, of: "ledger_logs")
                let log = try EventRows.event(of: row)
                if log.topics.prefix(2) == event.topics.prefix(2) {
                    return try database.stored(row, log)
                }
            }
            return nil
        }
    }
}

extension Database {
    func search(_ filter: LogFilter) throws -> LogSearch {
        let (first, last) = (filter.blocks.lowerBound.column, filter.blocks.upperBound.column)
        let rows = try EventRows.fetch("block BETWEEN ? AND ?", [first, last], in: self)
        var found: [StoredLog] = []
        var looked = 0
        while let row = try rows.next() {
            guard looked < LogFilter.maximumEvents else { return .tooManyEvents }
            looked += 1
            let log = try EventRows.event(of: row)
            guard filter.matches(log) else { continue }
            guard found.count < LogFilter.maximumResults else { return .tooManyResults }
            found.append(try stored(row, log))
        }
        return .found(found)
    }

    /// The event with where it stands.
    fileprivate func stored(_ row: StoredRow, _ log: EventLog) throws -> StoredLog {
        let (block, position) = (
            try row.number("block"), try row.count("transaction_position")
        )
        let place = try Row.fetchOne(
            cachedStatement(
                sql: """
                    SELECT t.hash, b.hash AS "ledger_blocks.hash",
                        b.timestamp_ms AS "ledger_blocks.timestamp_ms"
                    FROM ledger_transactions t JOIN ledger_blocks b ON b.number = t.block
                    WHERE t.block = ? AND t.position = ?
                    """), arguments: [block.column, position])
        guard let place = place.map({ StoredRow($0, of: "ledger_transactions") }) else {
            throw Damage(
                reason: "table ledger_logs: block \(block) has no transaction \(position)")
        }
        return StoredLog(
            log: log, blockNumber: block, blockHash: try place.packedHash("ledger_blocks.hash"),
            blockTime: try place.timestamp("ledger_blocks.timestamp_ms"),
            transactionHash: try place.packedHash("hash"), transactionIndex: position,
            logIndex: try row.count("position"))
    }
}
