internal import Foundation
internal import GRDB
internal import Protocol

/// A row's values by their columns.
typealias RowValues = KeyValuePairs<String, (any DatabaseValueConvertible)?>

// Rows are written by statements that are prepared once a connection.
extension Database {
    /// Inserts `row` into all columns of a table that are not computed.
    func insert(_ table: String, _ row: RowValues) throws {
        try write("INSERT INTO", table, row)
    }

    /// Inserts `row`, or replaces the one with the same primary key.
    func replace(_ table: String, _ row: RowValues) throws {
        try write("REPLACE INTO", table, row)
    }

    /// Inserts `row`, or changes the one with the same `key` in place: other rows may refer to it.
    func upsert(_ table: String, key: String, _ row: RowValues) throws {
        let updates = row.map(\.key).filter { $0 != key }.map { "\($0) = excluded.\($0)" }
        try write(
            "INSERT INTO", table, row,
            "ON CONFLICT (\(key)) DO UPDATE SET \(updates.joined(separator: ", "))")
    }

    func run(_ statement: String, _ arguments: StatementArguments) throws {
        try cachedStatement(sql: statement).execute(arguments: arguments)
    }

    private func write(
        _ verb: String, _ table: String, _ row: RowValues, _ conflict: String = ""
    ) throws {
        let columns = row.map(\.key).joined(separator: ", ")
        let places = repeatElement("?", count: row.count).joined(separator: ", ")
        try run(
            "\(verb) \(table) (\(columns)) VALUES (\(places)) \(conflict)",
            StatementArguments(row.map(\.value)))
    }
}

extension FixedWidthInteger {
    /// The number as SQLite stores it, which has 63 bits; only the tables for people hold numbers
    /// that could be larger, and show the largest there is.
    var column: Int64 { Int64(clamping: self) }
}

extension [UInt8] {
    var column: Data { Data(self) }
}

extension Address {
    /// The address as a text; none if it is zero where that means nobody.
    var columnUnlessZero: String? { self == .zero ? nil : description }
}
