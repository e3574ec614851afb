import Faults
import GRDB
import Ledger
import Protocol

/// A reading and when it arrived.
struct ReceivedReading: Hashable, Sendable {
    /// What the meter showed.
    var reading: MeterReading
    /// When it arrived.
    var receivedAt: Timestamp
}

/// The aggregator's own books: users, meters and their readings, trades with each step's time, and
/// the tokens it sold. The ledger has the last word on trades and tokens; nothing here is needed to
/// go on after a loss but what households say again.
final class AggregatorStore: Sendable {
    let pool: DatabasePool

    /// Opens or makes the SQLite file at `path`.
    init(path: String) throws {
        var configuration = Configuration()
        configuration.label = "aggregator"
        configuration.maximumReaderCount = 2
        pool = try DatabasePool(path: path, configuration: configuration)
        try Self.migrator.migrate(pool)
    }

    private static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("users, readings, trades, sales") { db in
            try db.execute(sql: schema)
        }
        migrator.registerMigration("purchases of tokens") { db in
            try db.execute(sql: "ALTER TABLE token_sale ADD COLUMN purchase_number INTEGER")
        }
        return migrator
    }

    private static let schema = """
        CREATE TABLE user (
            account BLOB PRIMARY KEY, name TEXT, role TEXT NOT NULL, meter BLOB NOT NULL,
            rated_power_w INTEGER NOT NULL, certificate_hash BLOB NOT NULL,
            is_suspended INTEGER NOT NULL
        ) WITHOUT ROWID;
        CREATE TABLE meter (
            address BLOB PRIMARY KEY, account BLOB NOT NULL REFERENCES user (account)
        ) WITHOUT ROWID;
        CREATE TABLE reading (
            meter BLOB NOT NULL, market_time INTEGER NOT NULL, received_ms INTEGER NOT NULL,
            import_wh INTEGER NOT NULL, export_wh INTEGER NOT NULL, power_w INTEGER NOT NULL,
            PRIMARY KEY (meter, market_time)
        ) WITHOUT ROWID;
        CREATE INDEX reading_by_arrival ON reading (received_ms);
        CREATE TABLE trade (
            id INTEGER PRIMARY KEY, seller BLOB NOT NULL, buyer BLOB NOT NULL,
            energy_wh INTEGER NOT NULL, price INTEGER NOT NULL, status TEXT NOT NULL,
            delivered_wh INTEGER NOT NULL, seller_began BLOB, seller_receipt BLOB,
            buyer_began BLOB, buyer_receipt BLOB
        );
        CREATE TABLE trade_step (
            trade INTEGER NOT NULL, step TEXT NOT NULL, submitted_ms INTEGER NOT NULL,
            final_ms INTEGER NOT NULL, block INTEGER NOT NULL, block_ms INTEGER NOT NULL,
            PRIMARY KEY (trade, step)
        ) WITHOUT ROWID;
        CREATE TABLE token_sale (
            transaction_hash BLOB PRIMARY KEY, account BLOB NOT NULL, amount INTEGER NOT NULL,
            block INTEGER NOT NULL, final_ms INTEGER NOT NULL
        );
        """
}

extension AggregatorStore {
    /// Writes down `members` as the ledger has them; known names stay unless `names` has another.
    func keep(_ members: [Member], names: [Address: String]) throws {
        try pool.write { db in
            for member in members {
                try db.execute(
                    sql: """
                        INSERT INTO user VALUES (?, ?, ?, ?, ?, ?, ?)
                        ON CONFLICT (account) DO UPDATE SET
                            name = coalesce(excluded.name, name), role = excluded.role,
                            meter = excluded.meter, rated_power_w = excluded.rated_power_w,
                            certificate_hash = excluded.certificate_hash,
                            is_suspended = excluded.is_suspended
                        """,
                    arguments: [
                        member.account.data, names[member.account], member.role.name,
                        member.meterKey.data, Int64(clamping: member.ratedPower.value),
                        member.certificateHash.bytes.data, member.isSuspended,
                    ])
                guard member.meterKey != .zero else { continue }
                try db.execute(
                    sql: "INSERT OR REPLACE INTO meter VALUES (?, ?)",
                    arguments: [member.meterKey.data, member.account.data])
            }
        }
    }

    /// Writes down `readings` in one transaction; one that is known already stays as it is.
    func keep(_ readings: [ReceivedReading]) throws {
        guard !readings.isEmpty else { return }
        try pool.write { db in
            let statement = try db.cachedStatement(
                sql: "INSERT OR IGNORE INTO reading VALUES (?, ?, ?, ?, ?, ?)")
            for entry in readings {
                try statement.execute(arguments: [
                    entry.reading.meter.data, Int64(clamping: entry.reading.time.seconds),
                    Int64(clamping: entry.receivedAt.milliseconds),
                    Int64(clamping: entry.reading.importRegister.value),
                    Int64(clamping: entry.reading.exportRegister.value), entry.reading.power,
                ])
            }
            try Failpoint.readingsInTransaction.pass()
        }
        try Failpoint.readingsAfterCommit.pass()
    }

    /// Removes readings that arrived before `time`, a few thousand at once; how many it removed.
    func removeReadings(before time: Timestamp) throws -> Int {
        try pool.write { db in
            try db.execute(
                sql: """
                    DELETE FROM reading WHERE (meter, market_time) IN (
                        SELECT meter, market_time FROM reading WHERE received_ms < ? LIMIT 5000)
                    """,
                arguments: [Int64(clamping: time.milliseconds)])
            return db.changesCount
        }
    }

    /// Writes down that tokens were sold, and for which purchase, if for one.
    func keepSale(
        to account: Address, amount: TokenAmount, purchase number: UInt32? = nil,
        _ final: FinalTransaction, at now: Timestamp
    ) throws {
        try pool.write { db in
            try db.execute(
                sql: "INSERT OR IGNORE INTO token_sale VALUES (?, ?, ?, ?, ?, ?)",
                arguments: [
                    final.hash.bytes.data, account.data, Int64(clamping: amount.baseUnits),
                    Int64(clamping: final.blockNumber), Int64(clamping: now.milliseconds),
                    number,
                ])
            try Failpoint.saleInTransaction.pass()
        }
    }
}
