internal import GRDB

/// How many transactions a ledger's database has, whether its node runs or not.
package enum TransactionCount {
    /// Those in the blocks after `block` of the ledger in `directory`.
    package static func read(directory: String, after block: UInt64) throws -> Int {
        var configuration = Configuration()
        configuration.readonly = true
        let database = try DatabaseQueue(
            path: directory + "/" + Connections.fileName, configuration: configuration)
        defer { try? database.close() }
        return try database.read { database in
            try Int.fetchOne(
                database,
                sql: "SELECT sum(transaction_count) FROM ledger_blocks WHERE number > ?",
                arguments: [Int64(clamping: block)]) ?? 0
        }
    }
}
