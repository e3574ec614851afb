import GRDB
import Protocol

/// A member as the aggregator's books have it.
struct BookedUser: Hashable, Sendable {
    /// The account.
    var account: Address
    /// The name, which stands here alone.
    var name: String?
    /// The role's name.
    var role: String
    /// The address of the meter's key; zero if there is none.
    var meter: Address
}

extension AggregatorStore {
    /// Every user, by account.
    func users() throws -> [BookedUser] {
        try pool.read { db in
            try Row.fetchAll(db, sql: "SELECT * FROM user ORDER BY account").map { row in
                BookedUser(
                    account: row.address("account"), name: row["name"], role: row["role"],
                    meter: row.address("meter"))
            }
        }
    }

    /// How many tokens were sold to `account` for its purchases since `time`.
    func soldForPurchases(of account: Address, since time: Timestamp) throws -> TokenAmount {
        try pool.read { db in
            let sum = try Int64.fetchOne(
                db,
                sql: """
                    SELECT coalesce(sum(amount), 0) FROM token_sale
                    WHERE account = ? AND purchase_number IS NOT NULL AND final_ms >= ?
                    """, arguments: [account.data, Int64(clamping: time.milliseconds)])
            return TokenAmount(UInt64(clamping: sum ?? 0))
        }
    }

    /// How many readings are kept.
    func readingCount() throws -> Int {
        try pool.read { db in
            try Int.fetchOne(db, sql: "SELECT count(*) FROM reading") ?? 0
        }
    }

    /// Up to `count` readings of `meter`, the latest first.
    func readings(of meter: Address, count: Int) throws -> [ReceivedReading] {
        try pool.read { db in
            let rows = try Row.fetchAll(
                db, sql: "SELECT * FROM reading WHERE meter = ? ORDER BY market_time DESC LIMIT ?",
                arguments: [meter.data, count])
            return rows.map { row in
                let power: Int32? = row["power_w"]
                return ReceivedReading(
                    reading: MeterReading(
                        meter: meter, time: MarketTime(seconds: row.unsigned("market_time")),
                        importRegister: WattHours(row.unsigned("import_wh")),
                        exportRegister: WattHours(row.unsigned("export_wh")), power: power ?? 0),
                    receivedAt: Timestamp(milliseconds: row.unsigned("received_ms")))
            }
        }
    }
}
