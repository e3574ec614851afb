import GRDB
import Protocol
import Testing

@testable import Storage

/// Rows as they are written and as SQLite has them then.
struct RowTests {
    private static func database() throws -> DatabaseQueue {
        let queue = try DatabaseQueue()
        try queue.write {
            try $0.execute(
                sql: """
                    CREATE TABLE things (id INTEGER PRIMARY KEY, name TEXT, size INTEGER, body BLOB)
                        STRICT;
                    """)
        }
        return queue
    }

    private static func rows(_ database: Database) throws -> [String] {
        try String.fetchAll(
            database,
            sql: """
                SELECT id || '|' || quote(name) || '|' || quote(size) || '|' || quote(body)
                FROM things ORDER BY id
                """)
    }

    @Test func `every kind of value comes back as it was, and none as nothing`() throws {
        try Self.database().write { database in
            let address = Address(reserved: 0xab01)
            let hash = SHA256.hash([])
            let none: String? = nil
            try database.insert(
                "things", ["id": 1, "name": "it's", "size": Int64.max, "body": none])
            try database.insert(
                "things", ["id": 2, "name": address, "size": true, "body": Bytes([0, 255])])
            try database.insert("things", ["id": 3, "name": hash, "size": -1, "body": Bytes()])
            try database.insert("things", ["id": 4, "name": "", "size": none, "body": none])
            #expect(
                try Self.rows(database) == [
                    "1|'it''s'|9223372036854775807|NULL",
                    "2|'\(address)'|1|X'00FF'", "3|'\(hash)'|-1|X''", "4|''|NULL|NULL",
                ])
        }
    }

    @Test func `one place may name other columns than another, in any order`() throws {
        try Self.database().write { database in
            for id in 1...2 {
                try database.insert("things", ["id": id, "name": "a", "size": 7])
                try database.insert("things", ["id": id + 2, "size": 8, "name": "b"])
                try database.insert("things", ["id": id + 4, "name": "c", "body": [UInt8(id)]])
            }
            #expect(
                try Self.rows(database) == [
                    "1|'a'|7|NULL", "2|'a'|7|NULL", "3|'b'|8|NULL", "4|'b'|8|NULL",
                    "5|'c'|NULL|X'01'", "6|'c'|NULL|X'02'",
                ])
        }
    }

    @Test func `a row takes another's place, or changes it`() throws {
        try Self.database().write { database in
            try database.insert("things", ["id": 1, "name": "a", "size": 7])
            try database.upsert("things", ["id": 1, "name": "b"])
            #expect(try Self.rows(database) == ["1|'b'|7|NULL"])
            try database.replace("things", ["id": 1, "name": "c"])
            #expect(try Self.rows(database) == ["1|'c'|NULL|NULL"])
        }
    }

    @Test func `what SQLite refuses is said, and the next row is written`() throws {
        try Self.database().write { database in
            try database.insert("things", ["id": 1, "name": "a"])
            let error = #expect(throws: DatabaseError.self) {
                try database.insert("things", ["id": 1, "name": "b"])
            }
            #expect(error?.resultCode == .SQLITE_CONSTRAINT)
            #expect(error?.message?.contains("things.id") == true)
            try database.insert("things", ["id": 2, "name": "b"])
            #expect(try Self.rows(database) == ["1|'a'|NULL|NULL", "2|'b'|NULL|NULL"])
        }
    }
}
