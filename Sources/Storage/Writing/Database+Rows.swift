internal import Foundation
internal import GRDB
internal import GRDBSQLite
internal import Protocol

/// A row's values by their columns, which are literals.
typealias RowValues = KeyValuePairs<StaticString, (any ColumnWritable)?>

// Rows are written by statements that are prepared once a connection, from texts that are made once.
// Their values go to SQLite as they are: a row costs no text and no list of arguments.
extension Database {
    /// Inserts `row` into all columns of a table that are not computed.
    func insert(_ table: StaticString, _ row: RowValues) throws {
        try write(.insert, table, row)
    }

    /// Inserts `row`, or replaces the one with the same primary key.
    func replace(_ table: StaticString, _ row: RowValues) throws {
        try write(.replace, table, row)
    }

    /// Inserts `row`, or changes the one with the same key, which is its first column, in place:
    /// other rows may refer to it.
    func upsert(_ table: StaticString, _ row: RowValues) throws {
        try write(.upsert, table, row)
    }

    func run(_ statement: String, _ arguments: StatementArguments) throws {
        try cachedStatement(sql: statement).execute(arguments: arguments)
    }

    private func write(_ verb: RowText.Verb, _ table: StaticString, _ row: RowValues) throws {
        let statement = try cachedStatement(sql: RowText.text(verb, table, row))
        let handle = statement.sqliteStatement
        defer {
            sqlite3_reset(handle)
            sqlite3_clear_bindings(handle)
        }
        var code = SQLITE_OK
        var index: Int32 = 0
        for (_, value) in row where code == SQLITE_OK {
            index += 1
            // What is not bound is NULL.
            code = value?.bind(to: handle, at: index) ?? SQLITE_OK
        }
        if code == SQLITE_OK { code = sqlite3_step(handle) }
        guard code == SQLITE_DONE else {
            throw DatabaseError(
                resultCode: ResultCode(rawValue: code),
                message: String(cString: sqlite3_errmsg(sqliteConnection)), sql: statement.sql)
        }
    }
}
