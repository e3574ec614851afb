internal import GRDB
package import Protocol

/// Who may use the household's app: its password, and the devices that are signed in.
package final class AppStore: Sendable {
    let database: RoleDatabase

    /// Opens or makes the SQLite file at `path`.
    package init(path: String) throws(StorageError) {
        database = try RoleDatabase(path: path, tables: Self.tables) { path in
            var configuration = Configuration()
            configuration.label = "app"
            return try DatabaseQueue(path: path, configuration: configuration)
        }
    }

    private static let tables: KeyValuePairs = [
        "password and devices": """
        CREATE TABLE password (
            id INTEGER PRIMARY KEY CHECK (id = 1), salt BLOB NOT NULL, hash BLOB NOT NULL
        );
        CREATE TABLE device (
            id INTEGER PRIMARY KEY AUTOINCREMENT, token_hash TEXT NOT NULL UNIQUE,
            label TEXT NOT NULL, is_owner INTEGER NOT NULL, is_remembered INTEGER NOT NULL,
            made_ms INTEGER NOT NULL, seen_ms INTEGER NOT NULL
        );
        """,
        "rules and neighbours": """
        CREATE TABLE rules (
            id INTEGER PRIMARY KEY CHECK (id = 1), is_enabled INTEGER NOT NULL,
            lowest_sale INTEGER NOT NULL, highest_sale INTEGER NOT NULL,
            highest_purchase INTEGER NOT NULL, reserve INTEGER NOT NULL,
            most_per_day INTEGER NOT NULL, lot_wh INTEGER NOT NULL, changed_ms INTEGER NOT NULL
        );
        CREATE TABLE neighbour (
            address TEXT PRIMARY KEY, name TEXT NOT NULL, is_favourite INTEGER NOT NULL
        ) WITHOUT ROWID;
        """,
        "operators": """
        CREATE TABLE operator (
            name TEXT PRIMARY KEY, salt BLOB NOT NULL, hash BLOB NOT NULL, made_ms INTEGER NOT NULL
        ) WITHOUT ROWID;
        ALTER TABLE device ADD COLUMN operator TEXT;
        """,
        "gifts": "ALTER TABLE neighbour ADD COLUMN gift_permille INTEGER NOT NULL DEFAULT 0",
    ]

    /// The password's hash; nil before one is set. Blocks the calling thread.
    package func password() throws(StorageError) -> PasswordHash? {
        try database.read { db in
            try Row.fetchOne(db, sql: "SELECT * FROM password").map { row in
                let row = StoredRow(row, of: "password")
                return PasswordHash(salt: try row.bytes("salt"), hash: try row.bytes("hash"))
            }
        }
    }

    /// All devices, in the order in which they signed in. Blocks the calling thread.
    package func devices() throws(StorageError) -> [AppDevice] {
        try database.read { db in
            try Row.fetchAll(db, sql: "SELECT * FROM device ORDER BY id").map {
                try AppDevice(StoredRow($0, of: "device"))
            }
        }
    }

    /// Replaces the password.
    package func set(_ password: PasswordHash) async throws(StorageError) {
        try await database.write { db in
            try db.replace(
                "password",
                ["id": 1, "salt": password.salt, "hash": password.hash])
        }
    }

    /// Adds a device, under the number that it gets.
    package func add(_ device: AppDevice) async throws(StorageError) -> AppDevice {
        try await database.write { db in
            try db.insert(
                "device",
                [
                    "token_hash": device.tokenHash.description, "label": device.label,
                    "operator": device.operatorName,
                    "is_owner": device.isOwner, "is_remembered": device.isRemembered,
                    "made_ms": device.madeAt.milliseconds.column,
                    "seen_ms": device.seenAt.milliseconds.column,
                ])
            var device = device
            device.id = db.lastInsertedRowID
            return device
        }
    }

    /// Notes when devices were last seen.
    package func note(seen: [Int64: Timestamp]) async throws(StorageError) {
        try await database.write { db in
            for (id, time) in seen {
                try db.run(
                    "UPDATE device SET seen_ms = ? WHERE id = ?", [time.milliseconds.column, id])
            }
        }
    }

    /// Removes devices.
    package func remove(_ ids: [Int64]) async throws(StorageError) {
        try await database.write { db in
            for id in ids { try db.run("DELETE FROM device WHERE id = ?", [id]) }
        }
    }
}

/// What is kept of a password: guesses at it are slow, and it is not in it.
package struct PasswordHash: Hashable, Sendable {
    /// What makes two hashes of one password differ.
    package let salt: Bytes
    /// What scrypt makes of both.
    package let hash: Bytes

    package init(salt: Bytes, hash: Bytes) {
        self.salt = salt
        self.hash = hash
    }
}

/// A browser that is signed in.
package struct AppDevice: Hashable, Sendable {
    /// Its number; 0 before it is stored.
    package var id: Int64 = 0
    /// The SHA-256 of the token in its cookie.
    package let tokenHash: Hash32
    /// What its owner calls it.
    package let label: String
    /// Which operator uses it; nil at a household's node.
    package let operatorName: String?
    /// Whether it may change things, and not only look.
    package let isOwner: Bool
    /// Whether it stays signed in when the browser is closed.
    package let isRemembered: Bool
    /// When it signed in.
    package let madeAt: Timestamp
    /// When it last asked for something, to a minute.
    package var seenAt: Timestamp

    package init(
        tokenHash: Hash32, label: String, operatorName: String?, isOwner: Bool, isRemembered: Bool,
        madeAt: Timestamp
    ) {
        self.tokenHash = tokenHash
        self.label = label
        self.operatorName = operatorName
        self.isOwner = isOwner
        self.isRemembered = isRemembered
        self.madeAt = madeAt
        seenAt = madeAt
    }
}

extension AppDevice {
    fileprivate init(_ row: StoredRow) throws {
        self.init(
            tokenHash: try row.hash("token_hash"), label: try row.text("label").verbatim,
            operatorName: try row.optional("operator") { try row.text($0).verbatim },
            isOwner: try row.number("is_owner") == 1,
            isRemembered: try row.number("is_remembered") == 1,
            madeAt: try row.timestamp("made_ms"))
        id = Int64(try row.number("id"))
        seenAt = try row.timestamp("seen_ms")
    }
}
