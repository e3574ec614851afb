internal import Foundation
internal import GRDB
internal import Ledger
internal import Protocol

/// Which chain a database holds.
struct ChainIdentity {
    let genesis: Genesis
    let hash: Hash32

    private var title: String { "chain \(genesis.chainID) with genesis \(hash.short)" }

    /// The chain in `directory`, or nil if it holds none yet. Opens the file for reading alone, so
    /// that a foreign one stays as it is.
    static func read(in directory: String) throws -> ChainIdentity? {
        let path = directory + "/" + Connections.fileName
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        let queue = try Connections.openForReading(directory: directory)
        defer { try? queue.close() }
        return try queue.read { try read(from: $0, path: path) }
    }

    /// The chain that `database` holds; nil if nothing has ever been written into it.
    static func read(from database: Database, path: String) throws -> ChainIdentity? {
        let tables = try Int.fetchOne(database, sql: "SELECT count(*) FROM sqlite_schema") ?? 0
        let application = try Int.fetchOne(database, sql: "PRAGMA application_id") ?? 0
        let version = try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
        if tables == 0, application == 0 { return nil }
        guard application == Schema.applicationID, version == Schema.version else {
            throw StorageError.foreignFormat(path: path, found: version)
        }
        guard
            let row = try Row.fetchOne(database, sql: "SELECT * FROM chain")
                .map({ StoredRow($0, of: "chain") })
        else { throw StorageError.damaged(path: path, reason: "table chain is empty") }
        let genesis = try row.decoded("genesis", as: Genesis.self)
        let identity = ChainIdentity(genesis: genesis, hash: try row.hash("genesis_hash"))
        guard try GenesisBlock.make(genesis).block.hash == identity.hash else {
            throw StorageError.damaged(
                path: path, reason: "table chain: the genesis does not have the hash beside it")
        }
        return identity
    }

    func write(in database: Database) throws {
        try database.insert(
            "chain",
            [
                "id": 1, "chain_id": genesis.chainID.column, "name": genesis.name,
                "genesis_hash": hash, "genesis": genesis.rlp.encoded,
            ])
    }

    func check(is expected: ChainIdentity, _ directory: String) throws(StorageError) {
        guard hash == expected.hash else {
            throw .otherChain(path: directory, found: title, expected: expected.title)
        }
    }
}
