import Foundation
import GRDB
import Protocol

extension Bytes {
    /// The bytes as SQLite takes them.
    var data: Data { Data(self) }
}

extension Address {
    /// The 20 bytes as SQLite takes them.
    var data: Data { Data(bytes) }
}

extension Row {
    /// The number in `column`, which was written from an unsigned one; zero if it is none.
    func unsigned(_ column: String) -> UInt64 {
        let value: Int64? = self[column]
        return UInt64(clamping: value ?? 0)
    }

    /// The bytes in `column`, or nil if it is empty.
    func bytes(_ column: String) -> Bytes? {
        let data: Data? = self[column]
        return data.map { Bytes($0) }
    }

    /// The address in `column`; the zero address if it is none.
    func address(_ column: String) -> Address {
        bytes(column).flatMap { Address(bytes: $0) } ?? .zero
    }
}
