internal import Foundation
internal import GRDB
internal import Protocol

/// The SQLite file of a node's role. Writes come one after the other, on a thread of its own, and
/// hold everything or nothing. Cancelling the calling task does not stop them.
struct RoleDatabase: Sendable {
    let path: String
    private let writer: any DatabaseWriter

    /// Opens what `open` makes of the file at `path`, and brings its tables up to date.
    init(
        path: String, tables: KeyValuePairs<String, String>,
        _ open: (String) throws -> any DatabaseWriter
    ) throws(StorageError) {
        self.path = path
        writer = try Self.translating(path) {
            let writer = try open(path)
            var migrator = DatabaseMigrator()
            for (name, sql) in tables {
                migrator.registerMigration(name) { try $0.execute(sql: sql) }
            }
            try migrator.migrate(writer)
            return writer
        }
    }

    /// Runs `body` in one transaction, then `after`, before any other write.
    func write<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value,
        after: @escaping @Sendable () throws -> Void = {}
    ) async throws(StorageError) -> Value {
        try await writeByItself { database in
            let value = try database.transaction(body)
            try after()
            return value
        }
    }

    /// Runs `body`, which begins and ends its transactions itself.
    func writeByItself<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(StorageError) -> Value {
        let result = await writer.writing(body)
        return try Self.translating(path) { try result.get() }
    }

    /// Runs `body` on an unchanging view of the database. Blocks the calling thread.
    func read<Value>(_ body: (Database) throws -> Value) throws(StorageError) -> Value {
        try Self.translating(path) { try writer.read(body) }
    }

    private static func translating<Value>(
        _ path: String, _ body: () throws -> Value
    ) throws(StorageError) -> Value {
        do {
            return try body()
        } catch let error as Damage {
            throw .failed(path: path, reason: "it is damaged: \(error.reason)")
        } catch {
            // What mends a ledger, fetching it again, mends no other file.
            guard case .damaged(let path, let reason) = StorageError(error, path: path) else {
                throw StorageError(error, path: path)
            }
            throw .failed(path: path, reason: "it is damaged: \(reason)")
        }
    }
}

extension DatabaseWriter {
    /// Runs `body` where writes come one after the other. Cancelling the calling task does not stop
    /// it.
    func writing<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async -> Result<Value, any Error> {
        await withCheckedContinuation { continuation in
            asyncWriteWithoutTransaction { database in
                continuation.resume(returning: Result { try body(database) })
            }
        }
    }
}

extension Database {
    /// Runs `body` in one transaction, which holds everything or nothing.
    func transaction<Value>(_ body: (Database) throws -> Value) throws -> Value {
        var value: Value?
        try inTransaction(.immediate) {
            value = try body(self)
            return .commit
        }
        guard let value else { throw CancellationError() }
        return value
    }
}
