internal import GRDB

/// How many bytes each table of a stopped node's database takes, with its indexes. They are counted as
/// pages: what SQLite says of a table's bytes has 32 bits.
package enum TableSizes {
    /// The tables of the ledger in `directory` and their bytes, the largest first.
    package static func read(directory: String) throws -> [(table: String, bytes: UInt64)] {
        var configuration = Configuration()
        configuration.readonly = true
        let database = try DatabaseQueue(
            path: directory + "/" + Connections.fileName, configuration: configuration)
        defer { try? database.close() }
        return try database.read { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT m.tbl_name, sum(d.pageno) * (SELECT page_size FROM pragma_page_size)
                    FROM dbstat d JOIN sqlite_master m ON m.name = d.name
                    WHERE d.aggregate = TRUE GROUP BY m.tbl_name ORDER BY 2 DESC
                    """
            ).map { ($0[0], UInt64(clamping: $0[1] as Int64)) }
        }
    }
}
