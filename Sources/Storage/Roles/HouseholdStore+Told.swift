internal import GRDB
package import Market
package import Protocol

/// A quarter of an hour of the community, as an aggregator told of it.
package struct ToldQuarter: Hashable, Sendable {
    /// When it began.
    package let start: MarketTime
    package let sums: QuarterSums
}

// What the household's aggregator told of the community's quarters of an hour.
extension HouseholdStore {
    static let toldTable = """
        CREATE TABLE told_quarter (
            start INTEGER PRIMARY KEY, aggregator TEXT NOT NULL, meters INTEGER NOT NULL,
            measured INTEGER NOT NULL, supply_wh INTEGER NOT NULL, need_wh INTEGER NOT NULL
        );
        """

    /// A quarter stays as it was told first. Another aggregator's sums are of other households: of what
    /// one told nothing stays beside what the next one tells.
    static func write(
        _ report: QuarterReport, by aggregator: Address, in db: Database
    ) throws {
        try db.run(
            "DELETE FROM told_quarter WHERE aggregator <> ?", [aggregator.description])
        for (index, sums) in report.quarters.enumerated() {
            try db.run(
                "INSERT OR IGNORE INTO told_quarter VALUES (?, ?, ?, ?, ?, ?)",
                [
                    report.start(of: index).seconds.column, aggregator.description,
                    Int64(sums.meters), Int64(sums.measured), sums.supply.value.column,
                    sums.need.value.column,
                ])
        }
        try db.run(
            "DELETE FROM told_quarter WHERE start < (SELECT max(start) FROM told_quarter) - ?",
            [keptQuarters])
    }

    static func newestTold(in db: Database) throws -> ToldQuarters? {
        let row = try Row.fetchOne(
            db, sql: "SELECT start, aggregator FROM told_quarter ORDER BY start DESC LIMIT 1")
        return try row.map { row in
            let row = StoredRow(row, of: "told_quarter")
            let start = MarketTime(seconds: try row.number("start"))
            return ToldQuarters(
                by: try row.address("aggregator"),
                until: start.advanced(bySeconds: QuarterSums.seconds))
        }
    }

    /// Up to when the household was told of quarters, and by whom; nil if of none. Blocks the calling
    /// thread.
    package func newestTold() throws(StorageError) -> ToldQuarters? {
        try database.read { try Self.newestTold(in: $0) }
    }

    /// The quarters that began from `start` to before `end`, as `aggregator` told of them, in order.
    /// Blocks the calling thread.
    package func told(
        by aggregator: Address, from start: MarketTime, to end: MarketTime
    ) throws(StorageError) -> [ToldQuarter] {
        try database.read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT * FROM told_quarter WHERE start >= ? AND start < ? AND aggregator = ?
                    ORDER BY start
                    """,
                arguments: [start.seconds.column, end.seconds.column, aggregator.description]
            ).map { try ToldQuarter(StoredRow($0, of: "told_quarter")) }
        }
    }
}

extension ToldQuarter {
    fileprivate init(_ row: StoredRow) throws {
        self.init(
            start: MarketTime(seconds: try row.number("start")),
            sums: QuarterSums(
                meters: try row.number32("meters"), measured: try row.number32("measured"),
                supply: WattHours(try row.number("supply_wh")),
                need: WattHours(try row.number("need_wh"))))
    }
}
