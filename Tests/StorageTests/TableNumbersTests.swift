import GRDB
import Protocol
import Testing

@testable import Storage

/// The numbers by which tables name addresses.
struct TableNumbersTests {
    @Test func `of addresses only so many are remembered, and each keeps its number`() throws {
        try DatabaseQueue().write { database in
            try database.execute(
                sql: """
                    CREATE TABLE addresses (number INTEGER PRIMARY KEY, address BLOB NOT NULL UNIQUE)
                    """)
            let table = TableNumbers(mostAddresses: 4)
            let addresses = (1...6).map { Address(reserved: $0) }
            for _ in 0..<2 {
                let numbers = try addresses.map { try table.number(of: $0, in: database) }
                #expect(numbers == [1, 2, 3, 4, 5, 6])
            }
            // Of those that are remembered the table is not asked, of others it is.
            try database.execute(sql: "DELETE FROM addresses")
            for address in addresses.reversed() { _ = try table.number(of: address, in: database) }
            let known = try Int.fetchOne(database, sql: "SELECT 6 - count(*) FROM addresses") ?? 0
            #expect((1...4).contains(known))
        }
    }
}
