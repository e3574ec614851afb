internal import GRDB

/// Where a stopped node's database has each transaction, read by plain SQL, so that an audit does
/// not trust the code that wrote it.
package enum TransactionPlaces {
    /// Hands `body` each transaction's hash with its block's number and hash, of the ledger in
    /// `directory`.
    package static func read(
        directory: String,
        _ body: (_ hash: String, _ block: Int64, _ blockHash: String) throws -> Void
    ) throws {
        var configuration = Configuration()
        configuration.readonly = true
        let database = try DatabaseQueue(
            path: directory + "/chain.sqlite", configuration: configuration)
        defer { try? database.close() }
        try database.read { database in
            let rows = try Row.fetchCursor(
                database,
                sql: """
                    SELECT '0x' || lower(hex(t.hash)), t.block, '0x' || lower(hex(b.hash))
                    FROM ledger_transactions t JOIN ledger_blocks b ON b.number = t.block
                    """)
            while let row = try rows.next() { try body(row[0], row[1], row[2]) }
        }
    }
}
