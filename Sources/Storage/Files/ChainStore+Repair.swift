internal import Foundation

extension ChainStore {
    /// Moves the ledger's files in `directory` into a new directory in it, whose path is returned,
    /// so that a node that starts there begins anew. Other files stay, and among them the mark of
    /// how far the ledger had come: with it a validator knows that it has spoken before.
    ///
    /// Throws, and moves nothing, if a node is at work there or there is no ledger.
    package static func putAside(directory: String) throws(StorageError) -> String {
        let files = FileManager.default
        let database = directory + "/" + Connections.fileName
        // The log goes before the database, which it must never be without; and never the other
        // way round, for SQLite would play a log that is left into the next database.
        let names = ["-wal", "-shm", ".seal", ""]
            .map { database + $0 }.filter { files.fileExists(atPath: $0) }
        guard !names.isEmpty else { throw .noChain(path: directory) }
        return try translating(directory) {
            let lock = try DirectoryLock(directory: directory)
            defer { lock.release() }
            let number = (1...).first {
                !files.fileExists(atPath: "\(directory)/damaged-\($0)")
            }
            let aside = "\(directory)/damaged-\(number ?? 0)"
            try files.createDirectory(
                atPath: aside, withIntermediateDirectories: false,
                attributes: [.posixPermissions: 0o700])
            for path in names {
                let name = path.dropFirst(directory.count + 1)
                try files.moveItem(atPath: path, toPath: "\(aside)/\(name)")
            }
            return aside
        }
    }
}
