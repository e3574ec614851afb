internal import Foundation
internal import GRDB
internal import Protocol

/// One row, read column by column as what it must be; what is not, is damage.
struct StoredRow {
    private let row: Row

    init(_ row: Row) {
        self.row = row
    }

    func number(_ column: String) throws -> UInt64 {
        guard let value = UInt64(exactly: try required(column, as: Int64.self)) else {
            throw damage(column, "is negative")
        }
        return value
    }

    func optionalNumber(_ column: String) throws -> UInt64? {
        row.hasNull(atColumn: column) ? nil : try number(column)
    }

    func count(_ column: String) throws -> Int {
        Int(try required(column, as: Int64.self))
    }

    func text(_ column: String) throws -> String {
        try required(column, as: String.self)
    }

    func optionalText(_ column: String) -> String? {
        String.fromDatabaseValue(row[column] ?? .null)
    }

    func bytes(_ column: String) throws -> Bytes {
        Bytes(try required(column, as: Data.self))
    }

    func optionalBytes(_ column: String) throws -> Bytes? {
        row.hasNull(atColumn: column) ? nil : try bytes(column)
    }

    func hash(_ column: String) throws -> Hash32 {
        guard let hash = Hash32(hexadecimal: try text(column)) else {
            throw damage(column, "is not 32 bytes in base 16")
        }
        return hash
    }

    func optionalHash(_ column: String) throws -> Hash32? {
        row.hasNull(atColumn: column) ? nil : try hash(column)
    }

    func address(_ column: String) throws -> Address {
        guard let address = Address(hexadecimal: try text(column)) else {
            throw damage(column, "is not 20 bytes in base 16")
        }
        return address
    }

    func optionalAddress(_ column: String) throws -> Address? {
        row.hasNull(atColumn: column) ? nil : try address(column)
    }

    func timestamp(_ column: String) throws -> Timestamp {
        Timestamp(milliseconds: try number(column))
    }

    private func required<Value: DatabaseValueConvertible>(
        _ column: String, as type: Value.Type
    ) throws -> Value {
        guard let value = Value.fromDatabaseValue(row[column] ?? .null) else {
            throw damage(column, "has a value of the wrong type")
        }
        return value
    }

    private func damage(_ column: String, _ reason: String) -> UnreadableColumn {
        UnreadableColumn(reason: "column \(column) \(reason)")
    }
}

/// A column that does not hold what it must.
struct UnreadableColumn: Error {
    /// The column and what is wrong with it.
    let reason: String
}

extension Row {
    fileprivate func hasNull(atColumn column: String) -> Bool {
        let value: DatabaseValue = self[column] ?? .null
        return value.isNull
    }
}
