internal import GRDB

/// The tables. Every one can be queried with `sqlite3`: hashes and addresses are texts, canonical
/// bytes are BLOBs, amounts are base units, energies are Wh.
enum Schema {
    /// Marks the file as Busbar's: "BUSB".
    static let applicationID = 0x4255_5342
    /// The tables' version; another one is refused.
    static let version = 1

    /// Creates all tables in an empty database.
    static func create(in database: Database) throws {
        for statement in statements { try database.execute(sql: statement) }
        try database.execute(
            sql: "PRAGMA application_id = \(applicationID); PRAGMA user_version = \(version);")
    }

    /// Makes a text that people can read of a column of milliseconds.
    private static func readable(_ column: String) -> String {
        """
        TEXT GENERATED ALWAYS AS (strftime('%Y-%m-%dT%H:%M:%S', \(column) / 1000, 'unixepoch')
            || printf('.%03dZ', \(column) % 1000)) VIRTUAL
        """
    }

    /// What creates each table, view and index, in order. The texts are part of the format.
    static let statements: [String] = chain + projections

    private static let chain: [String] = [
        """
        CREATE TABLE chain (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            chain_id INTEGER NOT NULL,
            name TEXT NOT NULL,
            genesis_hash TEXT NOT NULL,
            genesis BLOB NOT NULL
        ) STRICT
        """,
        """
        CREATE TABLE blocks (
            number INTEGER PRIMARY KEY,
            hash TEXT NOT NULL UNIQUE,
            parent_hash TEXT NOT NULL,
            timestamp_ms INTEGER NOT NULL,
            time \(readable("timestamp_ms")),
            proposer TEXT NOT NULL,
            round INTEGER NOT NULL,
            seals INTEGER NOT NULL,
            transaction_count INTEGER NOT NULL,
            gas_used INTEGER NOT NULL,
            state_root TEXT NOT NULL,
            header BLOB NOT NULL,
            certificate BLOB NOT NULL
        ) STRICT
        """,
        """
        CREATE TABLE validators (
            first_block INTEGER NOT NULL,
            address TEXT NOT NULL,
            PRIMARY KEY (first_block, address)
        ) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE transactions (
            block INTEGER NOT NULL REFERENCES blocks (number),
            position INTEGER NOT NULL,
            hash TEXT NOT NULL UNIQUE,
            sender TEXT NOT NULL,
            nonce INTEGER NOT NULL,
            recipient TEXT,
            function TEXT,
            status TEXT NOT NULL CHECK (status IN ('succeeded', 'failed')),
            revert_reason TEXT,
            gas_used INTEGER NOT NULL,
            cumulative_gas_used INTEGER NOT NULL,
            first_log INTEGER NOT NULL,
            raw BLOB NOT NULL,
            PRIMARY KEY (block, position)
        ) STRICT, WITHOUT ROWID
        """,
        "CREATE INDEX transactions_by_sender ON transactions (sender, block, position)",
        """
        CREATE TABLE logs (
            block INTEGER NOT NULL REFERENCES blocks (number),
            position INTEGER NOT NULL,
            transaction_position INTEGER NOT NULL,
            address TEXT NOT NULL,
            event TEXT,
            topic0 TEXT,
            topic1 TEXT,
            topic2 TEXT,
            topic3 TEXT,
            data BLOB NOT NULL,
            PRIMARY KEY (block, position)
        ) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE state (
            key BLOB PRIMARY KEY,
            value BLOB NOT NULL
        ) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE votes (
            sequence INTEGER PRIMARY KEY,
            height INTEGER NOT NULL,
            record BLOB NOT NULL,
            checksum BLOB NOT NULL
        ) STRICT
        """,
        """
        CREATE TABLE voting_right (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            record BLOB NOT NULL,
            checksum BLOB NOT NULL
        ) STRICT
        """,
    ]

    private static let projections: [String] = [
        """
        CREATE TABLE accounts (
            address TEXT PRIMARY KEY,
            nonce INTEGER NOT NULL,
            balance INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE members (
            account TEXT PRIMARY KEY,
            role TEXT NOT NULL,
            meter_key TEXT,
            rated_power_w INTEGER NOT NULL,
            certificate_hash TEXT,
            suspended INTEGER NOT NULL CHECK (suspended IN (0, 1))
        ) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE trades (
            id INTEGER PRIMARY KEY,
            state TEXT NOT NULL,
            seller TEXT NOT NULL,
            buyer TEXT,
            aggregator TEXT,
            energy_wh INTEGER NOT NULL,
            price INTEGER NOT NULL,
            offered_at INTEGER NOT NULL,
            expires_at INTEGER,
            delivered_wh INTEGER NOT NULL,
            seller_amount INTEGER NOT NULL,
            fee INTEGER NOT NULL,
            returned INTEGER NOT NULL,
            burned INTEGER NOT NULL,
            recipient TEXT
        ) STRICT
        """,
        "CREATE INDEX trades_by_state ON trades (state, id)",
        "CREATE INDEX trades_by_seller ON trades (seller, id)",
        "CREATE INDEX trades_by_buyer ON trades (buyer, id)",
        """
        CREATE INDEX trades_by_recipient ON trades (recipient, id) WHERE recipient IS NOT NULL
        """,
        """
        CREATE TABLE trade_steps (
            trade INTEGER NOT NULL REFERENCES trades (id),
            block INTEGER NOT NULL REFERENCES blocks (number),
            log INTEGER NOT NULL,
            step TEXT NOT NULL,
            timestamp_ms INTEGER NOT NULL,
            time \(readable("timestamp_ms")),
            market_time INTEGER NOT NULL,
            transaction_hash TEXT NOT NULL,
            PRIMARY KEY (trade, block, log)
        ) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE transfers (
            block INTEGER NOT NULL REFERENCES blocks (number),
            log INTEGER NOT NULL,
            sender TEXT NOT NULL,
            recipient TEXT NOT NULL,
            amount INTEGER NOT NULL,
            PRIMARY KEY (block, log)
        ) STRICT, WITHOUT ROWID
        """,
        "CREATE INDEX transfers_by_sender ON transfers (sender, block, log)",
        "CREATE INDEX transfers_by_recipient ON transfers (recipient, block, log)",
        """
        CREATE TABLE supply (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            minted INTEGER NOT NULL,
            burned INTEGER NOT NULL,
            escrow INTEGER NOT NULL
        ) STRICT
        """,
        """
        CREATE VIEW offers AS
            SELECT id, seller, recipient, energy_wh, price, offered_at, expires_at
            FROM trades WHERE state = 'open'
        """,
    ]
}
