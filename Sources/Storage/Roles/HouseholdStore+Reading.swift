internal import GRDB
package import Market
package import Protocol

extension HouseholdStore {
    /// The first quarter of an hour of which something is kept; nil if there is none. Blocks the
    /// calling thread.
    package func firstQuarter() throws(StorageError) -> MarketTime? {
        try database.read { db in
            try Row.fetchOne(db, sql: "SELECT start FROM quarter ORDER BY start LIMIT 1").map {
                MarketTime(seconds: try StoredRow($0, of: "quarter").number("start"))
            }
        }
    }

    /// What the registers held when each quarter of an hour began from `start` to `end`, both
    /// included, in order. Blocks the calling thread.
    package func quarters(
        from start: MarketTime, through end: MarketTime
    ) throws(StorageError) -> [QuarterMark] {
        try database.read { db in
            try Row.fetchAll(
                db, sql: "SELECT * FROM quarter WHERE start BETWEEN ? AND ? ORDER BY start",
                arguments: [start.seconds.column, end.seconds.column]
            ).map { try QuarterMark(StoredRow($0, of: "quarter")) }
        }
    }

    /// The receipts over energy that ended from `start` on and before `end`, the first `limit` of
    /// them by their ends. Blocks the calling thread.
    package func receipts(
        from start: MarketTime, to end: MarketTime, limit: Int
    ) throws(StorageError) -> [SignedMeterReceipt] {
        try database.read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT * FROM delivery WHERE ended >= ? AND ended < ? ORDER BY ended, trade LIMIT ?
                    """, arguments: [start.seconds.column, end.seconds.column, limit]
            ).compactMap { row in
                let row = StoredRow(row, of: "delivery")
                return try row.optional("receipt") { try row.decoded($0) }
            }
        }
    }
}

extension QuarterMark {
    fileprivate init(_ row: StoredRow) throws {
        self.init(
            start: MarketTime(seconds: try row.number("start")),
            imported: WattHours(try row.number("imported_wh")),
            exported: WattHours(try row.number("exported_wh")),
            isMeasured: try row.number("is_measured") == 1)
    }
}
