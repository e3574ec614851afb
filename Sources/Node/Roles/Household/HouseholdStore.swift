import Faults
import GRDB
import Protocol

/// A delivery that a household's meter takes part in.
struct MeterDelivery: Hashable, Sendable {
    /// The trade.
    let tradeID: OfferID
    /// Which register counts.
    let direction: FlowDirection
    /// What the meter showed when delivery began.
    let began: MeterReading
    /// What the meter signed when it ended; nil as long as it goes on.
    var receipt: SignedMeterReceipt?

    /// Where delivery began, on the register that counts.
    var start: DeliveryStart {
        DeliveryStart(register: began.register(direction), time: began.time)
    }
}

extension MeterReading {
    /// The register that counts in `direction`.
    func register(_ direction: FlowDirection) -> WattHours {
        direction == .import ? importRegister : exportRegister
    }
}

/// What a household's meter must not forget: its registers, and what it has said of deliveries.
final class HouseholdStore: Sendable {
    /// How many deliveries are kept.
    static let keptDeliveries: UInt32 = 100_000

    private let queue: DatabaseQueue

    /// Opens or makes the SQLite file at `path`.
    init(path: String) throws {
        var configuration = Configuration()
        configuration.label = "household"
        queue = try DatabaseQueue(path: path, configuration: configuration)
        // Registers are written every second: such a write must survive the end of the process,
        // which it does without waiting for the disk. Deliveries wait, see ``keepDurably(_:)``.
        try queue.writeWithoutTransaction { db in
            try db.execute(sql: "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL")
        }
        try Self.migrator.migrate(queue)
    }

    private static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("registers and deliveries") { db in
            try db.execute(
                sql: """
                    CREATE TABLE meter (
                        address BLOB PRIMARY KEY, time INTEGER NOT NULL,
                        imported INTEGER NOT NULL, exported INTEGER NOT NULL
                    ) WITHOUT ROWID;
                    CREATE TABLE delivery (
                        trade INTEGER PRIMARY KEY, direction INTEGER NOT NULL,
                        began BLOB NOT NULL, receipt BLOB, is_open INTEGER NOT NULL
                    );
                    """)
        }
        return migrator
    }

    /// The registers of `meter` as they were kept last, or nil.
    func registers(of meter: Address) throws -> MeterRegisters? {
        try queue.read { db in
            let row = try Row.fetchOne(
                db, sql: "SELECT time, imported, exported FROM meter WHERE address = ?",
                arguments: [meter.data])
            return row.map { row in
                MeterRegisters(
                    time: MarketTime(seconds: row.unsigned("time")),
                    imported: MilliwattSeconds(row.unsigned("imported")),
                    exported: MilliwattSeconds(row.unsigned("exported")))
            }
        }
    }

    /// Keeps `registers` of `meter`; they survive the end of the process.
    func keep(_ registers: MeterRegisters, of meter: Address) throws {
        try queue.write { db in
            try db.execute(
                sql: """
                    INSERT INTO meter (address, time, imported, exported) VALUES (?, ?, ?, ?)
                    ON CONFLICT (address) DO UPDATE SET time = excluded.time,
                        imported = excluded.imported, exported = excluded.exported
                    """,
                arguments: [
                    meter.data, Int64(clamping: registers.time.seconds),
                    Int64(clamping: registers.imported.value),
                    Int64(clamping: registers.exported.value),
                ])
            try Failpoint.registersInTransaction.pass()
        }
        try Failpoint.registersAfterCommit.pass()
    }

    /// What the meter has said of the delivery of `trade`, or nil.
    func delivery(of trade: OfferID) throws -> MeterDelivery? {
        try queue.read { db in
            let row = try Row.fetchOne(
                db, sql: "SELECT * FROM delivery WHERE trade = ?", arguments: [trade.value])
            return try row.map(MeterDelivery.init(row:))
        }
    }

    /// The deliveries that go on.
    func openDeliveries() throws -> [MeterDelivery] {
        try queue.read { db in
            try Row.fetchAll(db, sql: "SELECT * FROM delivery WHERE is_open ORDER BY trade")
                .map(MeterDelivery.init(row:))
        }
    }

    /// Keeps `delivery`, and the `registers` that it was read from, before the meter says so to
    /// anyone: on the disk when this returns, so that it survives the loss of power too.
    func keepDurably(
        _ delivery: MeterDelivery, _ registers: MeterRegisters, of meter: Address
    ) throws {
        try keep(registers, of: meter)
        try Failpoint.receiptBeforeTransaction.pass()
        try queue.writeWithoutTransaction { db in
            try db.execute(sql: "PRAGMA synchronous = FULL")
            defer { Self.relax(db) }
            try db.inTransaction {
                try Self.insert(delivery, in: db)
                try Failpoint.receiptInTransaction.pass()
                return .commit
            }
        }
        try Failpoint.receiptAfterCommit.pass()
    }

    /// Marks the delivery of `trade` as over without a receipt.
    func abandon(_ trade: OfferID) throws {
        try queue.write { db in
            try db.execute(
                sql: "UPDATE delivery SET is_open = 0 WHERE trade = ?", arguments: [trade.value])
        }
    }

    private static func relax(_ db: Database) {
        // Should this fail, writes stay slower than need be, and as safe.
        try? db.execute(sql: "PRAGMA synchronous = NORMAL")
    }

    private static func insert(_ delivery: MeterDelivery, in db: Database) throws {
        try db.execute(
            sql: "INSERT OR REPLACE INTO delivery VALUES (?, ?, ?, ?, ?)",
            arguments: [
                delivery.tradeID.value, delivery.direction.rawValue,
                delivery.began.rlp.encoded.data, delivery.receipt?.rlp.encoded.data,
                delivery.receipt == nil,
            ])
        try db.execute(
            sql: "DELETE FROM delivery WHERE trade < ? AND NOT is_open",
            arguments: [Int64(delivery.tradeID.value) - Int64(keptDeliveries)])
    }
}

extension MeterDelivery {
    fileprivate init(row: Row) throws {
        let code = UInt8(clamping: row.unsigned("direction"))
        guard let direction = FlowDirection(rawValue: code) else {
            throw MalformedBytes("delivery: unknown direction \(code)")
        }
        tradeID = OfferID(UInt32(clamping: row.unsigned("trade")))
        self.direction = direction
        began = try MeterReading(rlp: RLP(decoding: row.bytes("began") ?? []))
        receipt = try row.bytes("receipt").map { bytes in
            try SignedMeterReceipt(rlp: RLP(decoding: bytes))
        }
    }
}
