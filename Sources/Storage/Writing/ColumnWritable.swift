internal import Foundation
internal import GRDB
private import GRDBSQLite
internal import Protocol

/// A value that SQLite takes as it is.
protocol ColumnWritable {
    /// Binds the value to the parameter `index`, from 1, of `statement`; SQLite's code.
    func bind(to statement: SQLiteStatement, at index: Int32) -> Int32
}

extension FixedWidthInteger {
    /// The number as SQLite stores it, which has 63 bits; only the tables for people hold numbers
    /// that could be larger, and show the largest there is.
    var column: Int64 { Int64(clamping: self) }
}

extension Int64: ColumnWritable {
    func bind(to statement: SQLiteStatement, at index: Int32) -> Int32 {
        sqlite3_bind_int64(statement, index, self)
    }
}

extension Int: ColumnWritable {
    func bind(to statement: SQLiteStatement, at index: Int32) -> Int32 {
        sqlite3_bind_int64(statement, index, Int64(self))
    }
}

extension Bool: ColumnWritable {
    func bind(to statement: SQLiteStatement, at index: Int32) -> Int32 {
        sqlite3_bind_int(statement, index, self ? 1 : 0)
    }
}

extension String: ColumnWritable {
    func bind(to statement: SQLiteStatement, at index: Int32) -> Int32 {
        var text = self
        return text.withUTF8 { bindText($0, to: statement, at: index) }
    }
}

extension [UInt8]: ColumnWritable {
    var column: Data { Data(self) }

    func bind(to statement: SQLiteStatement, at index: Int32) -> Int32 {
        // No bytes are a value, and no pointer is none.
        guard !isEmpty else { return sqlite3_bind_zeroblob(statement, index, 0) }
        return withUnsafeBytes {
            sqlite3_bind_blob64(
                statement, index, $0.baseAddress, UInt64($0.count), copyingDestructor)
        }
    }
}

extension Address: ColumnWritable {
    /// The address if it is somebody's: zero means nobody.
    var somebody: Address? { self == .zero ? nil : self }

    /// The address as a text; none if it is zero where that means nobody.
    var columnUnlessZero: String? { somebody?.description }

    func bind(to statement: SQLiteStatement, at index: Int32) -> Int32 {
        bindHexadecimal(bytes, to: statement, at: index)
    }
}

extension Hash32: ColumnWritable {
    func bind(to statement: SQLiteStatement, at index: Int32) -> Int32 {
        bindHexadecimal(bytes, to: statement, at: index)
    }
}

/// Has SQLite copy what is bound.
private var copyingDestructor: sqlite3_destructor_type {
    unsafeBitCast(-1, to: sqlite3_destructor_type.self)
}

private func bindText(
    _ text: UnsafeBufferPointer<UInt8>, to statement: SQLiteStatement, at index: Int32
) -> Int32 {
    // No pointer would be NULL, which a text without characters is not.
    guard let start = text.baseAddress else {
        return sqlite3_bind_text(statement, index, "", 0, copyingDestructor)
    }
    return start.withMemoryRebound(to: CChar.self, capacity: text.count) {
        sqlite3_bind_text(statement, index, $0, Int32(text.count), copyingDestructor)
    }
}

/// Binds `bytes` as the text that ``Hexadecimal`` makes of them, behind 0x.
private func bindHexadecimal(
    _ bytes: Bytes, to statement: SQLiteStatement, at index: Int32
) -> Int32 {
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 2 + 2 * bytes.count) { text in
        let digits: StaticString = "0123456789abcdef"
        text[0] = UInt8(ascii: "0")
        text[1] = UInt8(ascii: "x")
        for (place, byte) in bytes.enumerated() {
            text[2 + 2 * place] = digits.utf8Start[Int(byte >> 4)]
            text[3 + 2 * place] = digits.utf8Start[Int(byte & 15)]
        }
        return bindText(UnsafeBufferPointer(text), to: statement, at: index)
    }
}
