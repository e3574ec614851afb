internal import GRDB
package import Protocol

/// Somebody who runs an aggregator, with a password of his or her own.
package struct AppOperator: Hashable, Sendable {
    /// By what others know it, and the list of what was done.
    package let name: String
    package var password: PasswordHash
    /// When it first signed in.
    package let madeAt: Timestamp

    package init(name: String, password: PasswordHash, madeAt: Timestamp) {
        self.name = name
        self.password = password
        self.madeAt = madeAt
    }
}

extension AppStore {
    /// The operators, in the order in which they came. Blocks the calling thread.
    package func operators() throws(StorageError) -> [AppOperator] {
        try database.read { db in
            try Row.fetchAll(db, sql: "SELECT * FROM operator ORDER BY made_ms, name").map { row in
                let row = StoredRow(row, of: "operator")
                return AppOperator(
                    name: try row.text("name").verbatim,
                    password: PasswordHash(
                        salt: try row.bytes("salt"), hash: try row.bytes("hash")),
                    madeAt: try row.timestamp("made_ms"))
            }
        }
    }

    /// Adds an operator, or gives it another password.
    package func set(_ one: AppOperator) async throws(StorageError) {
        try await database.write { db in
            try db.replace(
                "operator",
                [
                    "name": one.name, "salt": one.password.salt,
                    "hash": one.password.hash, "made_ms": one.madeAt.milliseconds.column,
                ])
        }
    }

    /// Removes the operator called `name`.
    package func remove(operator name: String) async throws(StorageError) {
        try await database.write { db in
            try db.run("DELETE FROM operator WHERE name = ?", [name])
        }
    }
}
