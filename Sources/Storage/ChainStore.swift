internal import Faults
internal import Foundation
internal import GRDB
internal import Ledger
package import Protocol

/// A node's ledger on its disk: one SQLite database in a directory that no other process may write.
///
/// Every commit is on the disk when it returns (WAL, `synchronous=FULL`), and holds one whole block
/// or none. Reading never waits for writing. Whatever throws here should stop the node.
///
///     let store = try ChainStore.open(directory: directory, genesis: genesis)
///     try await store.commit(block)
///     let trade = try await store.trade(OfferID(1))
package final class ChainStore: Sendable {
    /// The data directory.
    package let directory: String
    /// What the chain began with.
    package let genesis: Genesis
    /// The first block's hash.
    package let genesisHash: Hash32
    private let pool: DatabasePool
    private let lock: DirectoryLock
    let mark: VoteMark
    let numbers = TableNumbers()
    /// What the pool has taken from this node's users.
    package let submissions: SubmissionFile

    private init(
        directory: String, identity: ChainIdentity, pool: DatabasePool, lock: DirectoryLock,
        mark: VoteMark, submissions: SubmissionFile
    ) {
        self.directory = directory
        genesis = identity.genesis
        genesisHash = identity.hash
        self.pool = pool
        self.lock = lock
        self.mark = mark
        self.submissions = submissions
    }

    /// Opens the chain that `genesis` describes in `directory`, and begins it there if the
    /// directory is new or empty.
    ///
    /// Throws if another process works in the directory, if it holds another chain, if its file is
    /// not as it was when it was closed, or if it cannot be read or written; nothing in it has
    /// changed then. Blocks the calling thread while it reads the file.
    package static func open(
        directory: String, genesis: Genesis
    ) throws(StorageError) -> ChainStore {
        let expected = try first(of: genesis, directory)
        return try translating(directory) {
            try FileManager.default.createDirectory(
                atPath: directory, withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700])
            let lock = try DirectoryLock(directory: directory)
            try Failpoint.openAfterLock.pass()
            let identity = ChainIdentity(genesis: genesis, hash: expected.block.hash)
            let seal = FileSeal(database: directory + "/" + Connections.fileName)
            try seal.check()
            let found = try ChainIdentity.read(in: directory)
            if let found { try found.check(is: identity, directory) }
            try seal.remove()
            try Failpoint.openAfterSealRemoved.pass()
            let pool = try Connections.openForWriting(directory: directory)
            if found == nil {
                try pool.write { try begin(expected, identity, in: $0) }
                try Failpoint.genesisAfterCommit.pass()
            }
            return ChainStore(
                directory: directory, identity: identity, pool: pool, lock: lock,
                mark: try VoteMark(directory: directory),
                submissions: try SubmissionFile(directory: directory))
        }
    }

    /// Throws if another process works in `directory`; changes nothing that is stored in it.
    package static func checkIsFree(directory: String) throws(StorageError) {
        let path = directory + "/" + Connections.fileName
        guard FileManager.default.fileExists(atPath: path) else { return }
        try translating(directory) { try DirectoryLock(directory: directory).release() }
    }

    /// Opens whatever chain `directory` holds.
    ///
    /// Throws if it holds none, and as ``open(directory:genesis:)`` does. Blocks the calling
    /// thread.
    package static func open(directory: String) throws(StorageError) -> ChainStore {
        let genesis = try translating(directory) {
            guard let found = try ChainIdentity.read(in: directory) else {
                throw StorageError.noChain(path: directory)
            }
            return found.genesis
        }
        return try open(directory: directory, genesis: genesis)
    }

    private static func first(
        of genesis: Genesis, _ directory: String
    ) throws(StorageError) -> (block: Block, state: LedgerState) {
        do throws(GenesisError) {
            return try GenesisBlock.make(genesis)
        } catch {
            throw .failed(path: directory, reason: String(describing: error))
        }
    }

    static func begin(
        _ first: (block: Block, state: LedgerState), _ identity: ChainIdentity,
        in database: Database, numbers: TableNumbers = TableNumbers()
    ) throws {
        try Schema.create(in: database)
        try Failpoint.genesisAfterSchema.pass()
        try identity.write(in: database)
        for member in first.state.validators().members {
            try database.insert("validators", ["first_block": 1, "address": member])
        }
        try BlockWriter(database: database, numbers: numbers).write(
            CommittedBlock(first: first.block, state: first.state))
        try Failpoint.genesisBeforeCommit.pass()
    }

    /// Closes the database, seals its file and frees the directory; everything after throws.
    /// Blocks the calling thread while it reads the file.
    package func close() throws(StorageError) {
        try Self.translating(path) {
            defer { lock.release() }
            try Failpoint.closeBeforeCheckpoint.pass()
            // The last connection to close clears the log away, and one that only reads cannot.
            pool.invalidateReadOnlyConnections()
            try pool.close()
            try Failpoint.closeAfterCheckpoint.pass()
            // A log that is left has commits that are not in the file yet.
            guard !FileManager.default.fileExists(atPath: path + "-wal") else { return }
            try FileSeal(database: path).write()
        }
    }

    var path: String { directory + "/" + Connections.fileName }
}

extension ChainStore {
    /// Runs `body` in one transaction that is on the disk when this returns, then `after` with what
    /// came of it, before any other write. Cancelling the calling task does not stop it.
    @discardableResult
    func write<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value,
        after: @escaping @Sendable (Value) throws -> Void = { _ in }
    ) async throws(StorageError) -> Value {
        let result = await pool.writing { database in
            let value = try database.transaction(body)
            try after(value)
            return value
        }
        return try Self.translating(path) { try result.get() }
    }

    /// Runs `body` on an unchanging view of the database.
    func read<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(StorageError) -> Value {
        let result: Result<Value, any Error> = await withCheckedContinuation { continuation in
            pool.asyncRead { database in
                continuation.resume(returning: Result { try body(database.get()) })
            }
        }
        return try Self.translating(path) { try result.get() }
    }

    /// Runs `body`, turning every error into one of the store's.
    static func translating<Value>(
        _ path: String, _ body: () throws -> Value
    ) throws(StorageError) -> Value {
        do {
            return try body()
        } catch let error as Damage {
            throw .damaged(path: path, reason: error.reason)
        } catch let error as MalformedBytes {
            throw .damaged(path: path, reason: error.reason)
        } catch {
            throw StorageError(error, path: path)
        }
    }
}
