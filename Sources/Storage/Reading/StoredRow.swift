internal import Foundation
internal import GRDB
internal import Protocol

/// One row, read column by column as what it must be; what is not, is damage, and the error names
/// the table and the column.
///
/// A column that a query takes from a second table bears that table's name before a dot:
/// `SELECT t.*, b.hash AS "blocks.hash"`.
struct StoredRow {
    private let row: Row
    private let table: String

    init(_ row: Row, of table: String) {
        self.row = row
        self.table = table
    }

    /// What `read` makes of the column, or nil if it is empty.
    func optional<Value>(
        _ column: String, _ read: (_ column: String) throws -> Value
    ) throws -> Value? {
        (row[column] ?? DatabaseValue.null).isNull ? nil : try read(column)
    }

    func number(_ column: String) throws -> UInt64 {
        guard let value = UInt64(exactly: try required(column, as: Int64.self)) else {
            throw damage(column, "is negative")
        }
        return value
    }

    /// The number whose 64 bits are in the column; it looks negative there from 2⁶³ on.
    func bits(_ column: String) throws -> UInt64 {
        UInt64(bitPattern: try required(column, as: Int64.self))
    }

    func integer32(_ column: String) throws -> Int32 {
        guard let value = Int32(exactly: try required(column, as: Int64.self)) else {
            throw damage(column, "does not fit into 32 bits")
        }
        return value
    }

    func number32(_ column: String) throws -> UInt32 {
        guard let value = UInt32(exactly: try number(column)) else {
            throw damage(column, "does not fit into 32 bits")
        }
        return value
    }

    func count(_ column: String) throws -> Int {
        Int(try number(column))
    }

    func text(_ column: String) throws -> UntrustedText {
        UntrustedText(try required(column, as: String.self))
    }

    func bytes(_ column: String) throws -> Bytes {
        Bytes(try required(column, as: Data.self))
    }

    /// What `decode` makes of the bytes in the column.
    func decoded<Value>(
        _ column: String, _ decode: (Bytes) throws(MalformedBytes) -> Value
    ) throws -> Value {
        try readable(column, try bytes(column), decode)
    }

    private func readable<Value>(
        _ column: String, _ bytes: Bytes, _ decode: (Bytes) throws(MalformedBytes) -> Value
    ) throws -> Value {
        do throws(MalformedBytes) {
            return try decode(bytes)
        } catch {
            throw damage(column, "cannot be read: \(error.reason)")
        }
    }

    /// The value whose canonical bytes are in the column.
    func decoded<Value: RLPDecodable>(
        _ column: String, as type: Value.Type = Value.self
    ) throws -> Value {
        try decoded(column) { bytes throws(MalformedBytes) in
            try Value(rlp: RLP(decoding: bytes))
        }
    }

    /// The transaction that is packed in the column, its sender found by `scheme`.
    func transaction(
        _ column: String, scheme: some SignatureScheme
    ) throws -> VerifiedTransaction {
        let bytes = try unpacked(column, most: Limits.transactionBytes)
        return try readable(column, bytes) { bytes throws(MalformedBytes) in
            try VerifiedTransaction(decoding: bytes, scheme: scheme)
        }
    }

    /// The hash whose bytes are in the column.
    func packedHash(_ column: String) throws -> Hash32 {
        guard let hash = Hash32(bytes: try bytes(column)) else {
            throw damage(column, "is not 32 bytes")
        }
        return hash
    }

    /// The address whose bytes are in the column.
    func packedAddress(_ column: String) throws -> Address {
        guard let address = Address(bytes: try bytes(column)) else {
            throw damage(column, "is not 20 bytes")
        }
        return address
    }

    /// The bytes that ``ZeroRuns`` packed into the column, `most` at most.
    func unpacked(_ column: String, most: Int = Limits.blockBytes) throws -> Bytes {
        try decoded(column) { packed throws(MalformedBytes) in
            try ZeroRuns.unpack(packed, most: most)
        }
    }

    /// The block's header in the column.
    func header(_ column: String) throws -> BlockHeader {
        try readable(column, try unpacked(column)) { bytes throws(MalformedBytes) in
            try BlockHeader(rlp: RLP(decoding: bytes))
        }
    }

    func hash(_ column: String) throws -> Hash32 {
        guard let hash = Hash32(hexadecimal: try text(column).verbatim) else {
            throw damage(column, "is not 32 bytes in base 16")
        }
        return hash
    }

    func address(_ column: String) throws -> Address {
        guard let address = Address(hexadecimal: try text(column).verbatim) else {
            throw damage(column, "is not 20 bytes in base 16")
        }
        return address
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

    private func damage(_ column: String, _ reason: String) -> Damage {
        let parts = column.split(separator: ".", maxSplits: 1)
        let (table, name) =
            parts.count == 2 ? (String(parts[0]), String(parts[1])) : (table, column)
        return Damage(reason: "table \(table), column \(name) \(reason)")
    }
}

/// What is stored is not what it must be.
struct Damage: Error, CustomStringConvertible {
    /// Where, and what is wrong.
    let reason: String

    var description: String { reason }
}
