internal import Foundation
internal import GRDB
internal import Protocol

/// Writes rows by statements that are prepared once a connection.
struct RowWriter {
    private let database: Database

    init(_ database: Database) {
        self.database = database
    }

    /// Inserts a row of `values` into all of `columns`.
    func insert(_ table: String, _ row: KeyValuePairs<String, (any DatabaseValueConvertible)?>)
        throws
    {
        try write("INSERT INTO", table, row)
    }

    /// Inserts a row, or replaces the one with the same primary key.
    func replace(_ table: String, _ row: KeyValuePairs<String, (any DatabaseValueConvertible)?>)
        throws
    {
        try write("REPLACE INTO", table, row)
    }

    /// Runs `statement`.
    func run(_ statement: String, _ arguments: StatementArguments) throws {
        try database.cachedStatement(sql: statement).execute(arguments: arguments)
    }

    private func write(
        _ verb: String, _ table: String,
        _ row: KeyValuePairs<String, (any DatabaseValueConvertible)?>
    ) throws {
        let columns = row.map(\.key).joined(separator: ", ")
        let places = repeatElement("?", count: row.count).joined(separator: ", ")
        try run(
            "\(verb) \(table) (\(columns)) VALUES (\(places))",
            StatementArguments(row.map(\.value)))
    }
}

extension FixedWidthInteger {
    /// The number as SQLite stores it, which has 63 bits; only the tables for people hold numbers
    /// that could be larger, and show the largest there is.
    var column: Int64 { Int64(clamping: self) }
}

extension [UInt8] {
    /// The bytes as a BLOB.
    var column: Data { Data(self) }
}

extension Address {
    /// The address as a text; none if it is zero where that means nobody.
    var columnUnlessZero: String? { self == .zero ? nil : description }
}
