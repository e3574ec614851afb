internal import Foundation
internal import GRDB
internal import Protocol
internal import Synchronization

/// The numbers by which one database's tables name addresses, functions and events. Each has its number
/// from the first row that needs it, in the order of the ledger, so every node gives the same ones.
///
/// Remembers some of them. Whoever writes with it must have it ``forget()`` what a transaction that
/// was rolled back had given.
final class TableNumbers: Sendable {
    private struct Known {
        var addresses: [Address: Int64] = [:]
        var functions: [String: Int64] = [:]
        var events: [Hash32: Int64] = [:]
    }

    private let mostAddresses: Int
    private let known = Mutex(Known())

    /// Remembers so many addresses: by default those of a large community.
    init(mostAddresses: Int = 16_384) {
        self.mostAddresses = mostAddresses
    }

    func forget() { known.withLock { $0 = Known() } }

    /// The number of `address`, which gets one if it has none.
    func number(of address: Address, in database: Database) throws -> Int64 {
        if let number = known.withLock({ $0.addresses[address] }) { return number }
        let number = try number(
            "SELECT number FROM addresses WHERE address = ?", [address.bytes.column], in: database
        ) {
            try database.insert("addresses", ["address": address.bytes])
        }
        known.withLock { known in
            if known.addresses.count >= mostAddresses { known.addresses = [:] }
            known.addresses[address] = number
        }
        return number
    }

    /// The number of the function called `name`, of which there are as many as contracts have.
    func number(ofFunction name: String, in database: Database) throws -> Int64 {
        if let number = known.withLock({ $0.functions[name] }) { return number }
        let number = try number(
            "SELECT number FROM functions WHERE name = ?", [name], in: database
        ) {
            try database.insert("functions", ["name": name])
        }
        known.withLock { $0.functions[name] = number }
        return number
    }

    /// The number of the event with `topic`, of which there are as many as contracts have.
    func number(
        ofEvent topic: Hash32, called name: String, in database: Database
    ) throws -> Int64 {
        if let number = known.withLock({ $0.events[topic] }) { return number }
        let number = try number(
            "SELECT number FROM events WHERE topic = ?", [topic.bytes.column], in: database
        ) {
            try database.insert("events", ["topic": topic.bytes, "name": name])
        }
        known.withLock { $0.events[topic] = number }
        return number
    }

    /// What `query` finds; after `insert` if it finds nothing.
    private func number(
        _ query: String, _ arguments: StatementArguments, in database: Database,
        orInsert insert: () throws -> Void
    ) throws -> Int64 {
        let statement = try database.cachedStatement(sql: query)
        if let found = try Int64.fetchOne(statement, arguments: arguments) { return found }
        try insert()
        return database.lastInsertedRowID
    }
}
