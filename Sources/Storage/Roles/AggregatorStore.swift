internal import Faults
internal import GRDB
internal import Ledger
package import Market
internal import Protocol

/// The aggregator's own books: users, meters and their readings, trades with each step's time, and
/// the tokens it sold.
package final class AggregatorStore: Sendable {
    let database: RoleDatabase

    /// Opens or makes the SQLite file at `path`.
    package init(path: String) throws(StorageError) {
        database = try RoleDatabase(path: path, tables: Self.tables) { path in
            var configuration = Configuration()
            configuration.label = "aggregator"
            configuration.maximumReaderCount = 2
            return try DatabasePool(path: path, configuration: configuration)
        }
    }

    /// Which trades are not over. Of those that are there are ever more, and a start does not look at them.
    static let isUnderWay = "status NOT IN ('settled', 'refunded', 'cancelled', 'expired')"

    private static let tables: KeyValuePairs = [
        "users, readings, trades, sales, top-ups": """
        CREATE TABLE user (
            account TEXT PRIMARY KEY, name TEXT, role TEXT NOT NULL, meter TEXT,
            rated_power_w INTEGER NOT NULL, certificate_hash TEXT NOT NULL,
            is_suspended INTEGER NOT NULL
        ) WITHOUT ROWID;
        CREATE TABLE meter (
            address TEXT PRIMARY KEY, account TEXT NOT NULL REFERENCES user (account)
        ) WITHOUT ROWID;
        CREATE TABLE reading (
            meter TEXT NOT NULL, market_time INTEGER NOT NULL, received_ms INTEGER NOT NULL,
            import_wh INTEGER NOT NULL, export_wh INTEGER NOT NULL, power_w INTEGER NOT NULL,
            PRIMARY KEY (meter, market_time)
        ) WITHOUT ROWID;
        CREATE INDEX reading_by_arrival ON reading (received_ms);
        CREATE TABLE trade (
            id INTEGER PRIMARY KEY, seller TEXT NOT NULL, buyer TEXT NOT NULL,
            energy_wh INTEGER NOT NULL, price INTEGER NOT NULL, status TEXT NOT NULL,
            delivered_wh INTEGER NOT NULL, seller_began BLOB, seller_receipt BLOB,
            buyer_began BLOB, buyer_receipt BLOB
        );
        CREATE INDEX trade_under_way ON trade (id) WHERE \(isUnderWay);
        CREATE TABLE trade_step (
            trade INTEGER NOT NULL, step TEXT NOT NULL, submitted_ms INTEGER NOT NULL,
            final_ms INTEGER NOT NULL, block INTEGER NOT NULL, block_ms INTEGER NOT NULL,
            PRIMARY KEY (trade, step)
        ) WITHOUT ROWID;
        CREATE TABLE token_sale (
            transaction_hash TEXT PRIMARY KEY, account TEXT NOT NULL, amount INTEGER NOT NULL,
            block INTEGER NOT NULL, final_ms INTEGER NOT NULL, purchase_number INTEGER
        );
        CREATE INDEX token_sale_by_time ON token_sale (final_ms);
        CREATE TABLE top_up (
            account TEXT PRIMARY KEY, amount INTEGER NOT NULL, decided_ms INTEGER NOT NULL
        ) WITHOUT ROWID;
        """,
        "the operator's notes and actions": """
        CREATE TABLE user_note (
            account TEXT PRIMARY KEY, name TEXT NOT NULL, metering_point TEXT NOT NULL
        ) WITHOUT ROWID;
        CREATE TABLE operator_action (
            id INTEGER PRIMARY KEY AUTOINCREMENT, at_ms INTEGER NOT NULL, operator TEXT NOT NULL,
            what TEXT NOT NULL, member TEXT NOT NULL, number INTEGER, amount INTEGER, reason TEXT
        );
        CREATE INDEX operator_action_by_member ON operator_action (member);
        """,
        "invitations": invitationTable, "quarters of an hour": quarterTable,
        "what came of the operator's actions": """
        ALTER TABLE operator_action ADD COLUMN outcome TEXT;
        ALTER TABLE operator_action ADD COLUMN refusal TEXT;
        """,
        "sign-ins": """
        CREATE TABLE sign_in (
            account TEXT PRIMARY KEY, at_ms INTEGER NOT NULL
        ) WITHOUT ROWID;
        """,
    ]

    /// Writes `record` down, as a whole.
    package func store(_ record: AggregatorRecord) async throws(StorageError) {
        switch record {
        case .members(let members, let names):
            try await database.write { db in
                for member in members { try Self.write(member, names[member.account], in: db) }
            }
        case .readings(let readings):
            try await database.write { db in
                for reading in readings {
                    try Self.write(reading, in: db)
                    try Self.mark(reading.reading, in: db)
                }
                try Failpoint.readingsInTransaction.pass()
            } after: {
                try Failpoint.readingsAfterCommit.pass()
            }
        case .oldReadings(let time):
            try await remove(readingsBefore: time)
            try await removeOldQuarters()
        case .trade(let trade):
            try await database.write { db in
                try Self.write(trade, in: db)
                try Failpoint.tradeInTransaction.pass()
            }
        case .step(let step, let trade):
            try await database.write { db in
                try Self.write(step, of: trade, in: db)
                try Failpoint.stepInTransaction.pass()
            } after: {
                try Failpoint.stepAfterCommit.pass()
            }
        case .topUp(let topUp):
            try await database.write { try Self.write(topUp, in: $0) }
        case .noTopUp(let account):
            try await database.write { db in
                try db.run("DELETE FROM top_up WHERE account = ?", [account.description])
            }
        case .signedIn(let account, let time):
            try await database.write { db in
                try db.replace(
                    "sign_in",
                    ["account": account.description, "at_ms": time.milliseconds.column])
            }
        case .sale(let sale):
            try await database.write { db in
                try Self.write(sale, in: db)
                try Failpoint.saleInTransaction.pass()
            }
        }
    }

    /// Removes readings that arrived before `time`, a few thousand in a transaction.
    private func remove(readingsBefore time: Timestamp) async throws(StorageError) {
        let limit = time.milliseconds.column
        var removed = 0
        repeat {
            removed = try await database.write { db in
                try db.run(
                    """
                    DELETE FROM reading WHERE (meter, market_time) IN (
                        SELECT meter, market_time FROM reading WHERE received_ms < ? LIMIT 5000)
                    """, [limit])
                return db.changesCount
            }
        } while removed > 0
    }
}
