internal import Faults
internal import GRDB
package import Market
package import Protocol

/// What a household's meter must not forget: its registers, and what it has said of deliveries.
package final class HouseholdStore: Sendable {
    private static let keptDeliveries: Int64 = 100_000
    /// How long quarters of an hour are kept, in seconds: 400 days.
    static let keptQuarters: Int64 = 400 * 86_400

    let database: RoleDatabase

    /// Opens or makes the SQLite file at `path`.
    package init(path: String) throws(StorageError) {
        database = try RoleDatabase(path: path, tables: Self.tables) { path in
            var configuration = Configuration()
            configuration.label = "household"
            let queue = try DatabaseQueue(path: path, configuration: configuration)
            // Registers are written every second: such a write must survive the end of the process,
            // which it does without waiting for the disk. Deliveries wait.
            try queue.writeWithoutTransaction { db in
                try db.execute(sql: "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL")
            }
            return queue
        }
    }

    private static let tables: KeyValuePairs = [
        "registers and deliveries": """
        CREATE TABLE meter (
            address TEXT PRIMARY KEY, time INTEGER NOT NULL,
            imported INTEGER NOT NULL, exported INTEGER NOT NULL, since INTEGER NOT NULL
        ) WITHOUT ROWID;
        CREATE TABLE delivery (
            trade INTEGER PRIMARY KEY, direction INTEGER NOT NULL,
            began BLOB NOT NULL, receipt BLOB, is_open INTEGER NOT NULL, ended INTEGER
        );
        CREATE INDEX delivery_by_end ON delivery (ended) WHERE ended IS NOT NULL;
        CREATE TABLE quarter (
            start INTEGER PRIMARY KEY, imported_wh INTEGER NOT NULL, exported_wh INTEGER NOT NULL,
            is_measured INTEGER NOT NULL
        );
        CREATE INDEX delivery_open ON delivery (trade) WHERE is_open;
        """,
        "the community's quarters": toldTable,
    ]

    /// What is kept of the meter with the address `meter`. Blocks the calling thread.
    package func memory(of meter: Address) throws(StorageError) -> HouseholdMemory {
        try database.read { db in
            var memory = HouseholdMemory()
            let row = try Row.fetchOne(
                db, sql: "SELECT * FROM meter WHERE address = ?", arguments: [meter.description])
            memory.registers = try row.map { try MeterRegisters(StoredRow($0, of: "meter")) }
            let rows = try Row.fetchAll(
                db,
                sql: """
                    SELECT * FROM delivery WHERE trade IN (
                        SELECT trade FROM delivery WHERE is_open
                        UNION SELECT trade FROM (
                            SELECT trade FROM delivery ORDER BY trade DESC LIMIT ?)
                    ) ORDER BY trade
                    """, arguments: [HouseholdMemory.deliveries])
            memory.deliveries = try rows.map { try MeterDelivery(StoredRow($0, of: "delivery")) }
            memory.told = try Self.newestTold(in: db)
            return memory
        }
    }

    /// Writes `record` down. What the meter says of a delivery is on the disk when this returns, so
    /// that it survives the loss of power too.
    package func store(_ record: HouseholdRecord) async throws(StorageError) {
        switch record {
        case .registers(let registers, let meter):
            try await database.write { db in
                try Self.write(registers, of: meter, in: db)
                try Failpoint.registersInTransaction.pass()
            } after: {
                try Failpoint.registersAfterCommit.pass()
            }
        case .delivery(let delivery):
            try await database.writeByItself { db in
                try Failpoint.receiptBeforeTransaction.pass()
                try db.execute(sql: "PRAGMA synchronous = FULL")
                defer { Self.relax(db) }
                try db.transaction { db in
                    try Self.write(delivery, in: db)
                    try Failpoint.receiptInTransaction.pass()
                }
                try Failpoint.receiptAfterCommit.pass()
            }
        case .quarter(let mark):
            try await database.write { try Self.write(mark, in: $0) }
        case .told(let report, let aggregator):
            try await database.write { try Self.write(report, by: aggregator, in: $0) }
        case .abandoned(let trade):
            try await database.write { db in
                try db.run("UPDATE delivery SET is_open = 0 WHERE trade = ?", [Int64(trade.value)])
            }
        }
    }

    private static func relax(_ db: Database) {
        // Should this fail, writes stay slower than need be, and as safe.
        try? db.execute(sql: "PRAGMA synchronous = NORMAL")
    }

    private static func write(
        _ registers: MeterRegisters, of meter: Address, in db: Database
    ) throws {
        // Whatever asks for it, a register never goes back.
        try db.run(
            """
            INSERT INTO meter (address, time, imported, exported, since) VALUES (?, ?, ?, ?, ?)
            ON CONFLICT (address) DO UPDATE SET
                time = excluded.time, imported = max(imported, excluded.imported),
                exported = max(exported, excluded.exported), since = excluded.since
            """,
            [
                meter.description, registers.time.seconds.column,
                registers.imported.value.column, registers.exported.value.column,
                registers.since.seconds.column,
            ])
    }

    /// A mark stays as it was set first.
    private static func write(_ mark: QuarterMark, in db: Database) throws {
        try db.run(
            "INSERT OR IGNORE INTO quarter VALUES (?, ?, ?, ?)",
            [
                mark.start.seconds.column, mark.imported.value.column, mark.exported.value.column,
                mark.isMeasured,
            ])
        try db.run(
            "DELETE FROM quarter WHERE start < ?", [mark.start.seconds.column - keptQuarters])
    }

    private static func write(_ delivery: MeterDelivery, in db: Database) throws {
        // What was signed stays as it is.
        try db.run(
            """
            INSERT INTO delivery (trade, direction, began, receipt, is_open, ended)
            VALUES (?, ?, ?, ?, ?, ?)
            ON CONFLICT (trade) DO UPDATE SET
                direction = excluded.direction, began = excluded.began,
                receipt = excluded.receipt, is_open = excluded.is_open, ended = excluded.ended
            WHERE receipt IS NULL
            """,
            [
                Int64(delivery.tradeID.value), Int64(delivery.direction.rawValue),
                delivery.began.rlp.encoded.column, delivery.receipt?.rlp.encoded.column,
                delivery.isOpen, delivery.receipt?.receipt.endTime.seconds.column,
            ])
        try db.run(
            "DELETE FROM delivery WHERE trade < ? AND NOT is_open",
            [Int64(delivery.tradeID.value) - keptDeliveries])
    }
}

extension MeterRegisters {
    fileprivate init(_ row: StoredRow) throws {
        self.init(
            time: MarketTime(seconds: try row.number("time")),
            imported: MilliwattSeconds(try row.number("imported")),
            exported: MilliwattSeconds(try row.number("exported")),
            since: MarketTime(seconds: try row.number("since")))
    }
}

extension MeterDelivery {
    fileprivate init(_ row: StoredRow) throws {
        let code = UInt8(clamping: try row.number("direction"))
        guard let direction = FlowDirection(rawValue: code) else {
            throw Damage(reason: "column direction has no such value")
        }
        self.init(
            tradeID: OfferID(try row.number32("trade")), direction: direction,
            began: try row.decoded("began"))
        receipt = try row.optional("receipt") { try row.decoded($0) }
        isAbandoned = try receipt == nil && row.number("is_open") == 0
    }
}
