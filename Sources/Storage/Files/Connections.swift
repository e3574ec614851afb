internal import Foundation
internal import GRDB

/// How the database file is opened: for a node that writes, and for one that only looks.
enum Connections {
    /// The database's name in its directory.
    static let fileName = "chain.sqlite"

    /// One writer and few readers, each with a small cache: a household's node has 60 MB in all.
    private static func configuration(label: String) -> Configuration {
        var configuration = Configuration()
        configuration.label = label
        configuration.maximumReaderCount = 3
        configuration.busyMode = .timeout(10)
        configuration.prepareDatabase { database in
            try database.execute(
                sql: """
                    PRAGMA cache_size = -1024;
                    PRAGMA mmap_size = 0;
                    PRAGMA temp_store = MEMORY;
                    PRAGMA cell_size_check = ON;
                    PRAGMA trusted_schema = OFF;
                    """)
        }
        return configuration
    }

    /// Opens or creates the database in `directory` for writing, in WAL mode with every commit on
    /// the disk before it returns.
    static func openForWriting(directory: String) throws -> DatabasePool {
        let path = directory + "/" + fileName
        let pool = try DatabasePool(
            path: path, configuration: configuration(label: "busbar.chain"))
        try pool.writeWithoutTransaction { database in
            // GRDB's own set-up leaves NORMAL, which may lose the last commits with the power. Some
            // builds of SQLite write zeros over what is deleted; nothing in this file is secret.
            try database.execute(
                sql: """
                    PRAGMA synchronous = FULL;
                    PRAGMA secure_delete = OFF;
                    PRAGMA journal_size_limit = 4194304;
                    """)
            let level = try Int.fetchOne(database, sql: "PRAGMA synchronous")
            guard level == 2 else {
                throw StorageError.failed(
                    path: path, reason: "SQLite would not keep synchronous = FULL")
            }
        }
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
        return pool
    }

    /// Opens the database in `directory` for reading alone; nothing in it can change this way.
    static func openForReading(directory: String) throws -> DatabaseQueue {
        let path = directory + "/" + fileName
        guard FileManager.default.fileExists(atPath: path) else {
            throw StorageError.noChain(path: directory)
        }
        var configuration = configuration(label: "busbar.chain.reader")
        configuration.readonly = true
        return try DatabaseQueue(path: path, configuration: configuration)
    }
}
