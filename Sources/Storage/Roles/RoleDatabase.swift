internal import Foundation
internal import GRDB
internal import Protocol

/// The SQLite file of a node's role. Writes come one after the other, on a thread of its own, and
/// hold everything or nothing. Cancelling the calling task does not stop them.
struct RoleDatabase: Sendable {
    /// The file.
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

    /// Runs `body` in one transaction.
    func write<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(StorageError) -> Value {
        try await writeByItself { database in
            var value: Value?
            try database.inTransaction(.immediate) {
                value = try body(database)
                return .commit
            }
            guard let value else { throw CancellationError() }
            return value
        }
    }

    /// Runs `body`, which begins and ends its transactions itself.
    func writeByItself<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(StorageError) -> Value {
        let result: Result<Value, any Error> = await withCheckedContinuation { continuation in
            writer.asyncWriteWithoutTransaction { database in
                continuation.resume(returning: Result { try body(database) })
            }
        }
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
        } catch let error as UnreadableColumn {
            throw .failed(path: path, reason: "it is damaged: \(error.reason)")
        } catch {
            throw StorageError(error, path: path)
        }
    }
}

extension StoredRow {
    /// What stands in `column` as the bytes of an encoded value; nil if it is empty.
    func decoded<Value: RLPDecodable>(_ column: String, as type: Value.Type) throws -> Value? {
        guard let bytes = try optionalBytes(column) else { return nil }
        do {
            return try Value(rlp: RLP(decoding: bytes))
        } catch {
            throw UnreadableColumn(reason: "column \(column) cannot be read: \(error.reason)")
        }
    }

    /// A number of at most 32 bits.
    func smallNumber(_ column: String) throws -> UInt32 {
        guard let value = UInt32(exactly: try number(column)) else {
            throw UnreadableColumn(reason: "column \(column) is beyond 32 bits")
        }
        return value
    }
}
