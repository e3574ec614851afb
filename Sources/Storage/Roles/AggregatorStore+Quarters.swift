internal import GRDB
package import Market
package import Protocol

// What each meter showed first in each quarter of an hour: readings are kept for days alone.
extension AggregatorStore {
    static let quarterTable = """
        CREATE TABLE quarter_mark (
            meter TEXT NOT NULL, quarter INTEGER NOT NULL, market_time INTEGER NOT NULL,
            import_wh INTEGER NOT NULL, export_wh INTEGER NOT NULL, PRIMARY KEY (meter, quarter)
        ) WITHOUT ROWID;
        """

    /// How many quarters of an hour are kept of a meter: those of 400 days.
    private static let quartersKept: Int64 = 400 * 96

    static func mark(_ reading: MeterReading, in db: Database) throws {
        try db.run(
            "INSERT OR IGNORE INTO quarter_mark VALUES (?, ?, ?, ?, ?)",
            [
                reading.meter.description, (reading.time.seconds / 900).column,
                reading.time.seconds.column, reading.importRegister.value.column,
                reading.exportRegister.value.column,
            ])
    }

    /// Forgets what is older than ``quartersKept``, meter by meter.
    func removeOldQuarters() async throws(StorageError) {
        let meters = try database.read { db in
            try String.fetchAll(db, sql: "SELECT address FROM meter ORDER BY address")
        }
        for meter in meters {
            try await database.write { db in
                try db.run(
                    """
                    DELETE FROM quarter_mark WHERE meter = :meter AND quarter <
                        (SELECT max(quarter) FROM quarter_mark WHERE meter = :meter) - :kept
                    """, ["meter": meter, "kept": Self.quartersKept])
            }
        }
    }

    /// What `meter` showed first in the quarters that begin from `start` to `end`, where it came within
    /// `seconds` of a quarter's beginning. Blocks the calling thread.
    package func marks(
        of meter: Address, inQuartersFrom start: MarketTime, through end: MarketTime,
        within seconds: UInt64
    ) throws(StorageError) -> [MarketTime: QuarterMark] {
        try database.read { db in
            let rows = try Row.fetchAll(
                db,
                sql: """
                    SELECT * FROM quarter_mark WHERE meter = ? AND quarter BETWEEN ? AND ?
                        AND market_time - quarter * 900 <= ?
                    """,
                arguments: [
                    meter.description, (start.seconds / 900).column, (end.seconds / 900).column,
                    seconds.column,
                ])
            let marks = try rows.map { try QuarterMark(StoredRow($0, of: "quarter_mark")) }
            return Dictionary(uniqueKeysWithValues: marks.map { ($0.start, $0) })
        }
    }

    /// What `meter` showed first from `start` on, and last before or first after `end`; nil where
    /// nothing came in that time. Blocks the calling thread.
    package func marks(
        of meter: Address, from start: MarketTime, to end: MarketTime
    ) throws(StorageError) -> (first: QuarterMark, last: QuarterMark)? {
        try database.read { db in
            func mark(_ condition: String, _ quarter: UInt64) throws -> QuarterMark? {
                try Row.fetchOne(
                    db, sql: "SELECT * FROM quarter_mark WHERE meter = ? AND quarter \(condition)",
                    arguments: [meter.description, quarter.column]
                ).map { try QuarterMark(StoredRow($0, of: "quarter_mark")) }
            }
            let (from, to) = (start.seconds / 900, end.seconds / 900)
            guard let first = try mark(">= ? ORDER BY quarter LIMIT 1", from), first.start < end
            else { return nil }
            let last = try mark("= ?", to) ?? mark("< ? ORDER BY quarter DESC LIMIT 1", to)
            return last.map { (first, $0) }
        }
    }

    /// When the first quarter began of which something is kept; nil if there is none. Blocks the
    /// calling thread.
    package func firstQuarter() throws(StorageError) -> MarketTime? {
        try database.read { db in
            try String.fetchAll(db, sql: "SELECT address FROM meter").compactMap { meter in
                try Int64.fetchOne(
                    db, sql: "SELECT min(quarter) FROM quarter_mark WHERE meter = ?",
                    arguments: [meter])
            }.min().map { MarketTime(seconds: UInt64($0) * 900) }
        }
    }
}

extension QuarterMark {
    fileprivate init(_ row: StoredRow) throws {
        self.init(
            start: MarketTime(seconds: try row.number("quarter") * 900),
            imported: WattHours(try row.number("import_wh")),
            exported: WattHours(try row.number("export_wh")), isMeasured: true)
    }
}
