internal import GRDB

/// The tables. What grows with each transaction is kept short: an address, a function and an event
/// are numbers, hashes are BLOBs, runs of zeros are packed (``ZeroRuns``), and what follows from
/// another row is left out. Beside each such table is a view for people, where hashes and addresses
/// are texts; amounts are base units, energies are Wh.
///
/// No table refers to another by a foreign key: SQLite would look up each row's, and what stands
/// where is checked from the blocks alone (``ChainVerifier``).
enum Schema {
    /// Marks the file as Busbar's: "BUSB".
    static let applicationID = 0x4255_5342
    /// The tables' version; another one is refused.
    static let version = 2

    /// Creates all tables in an empty database.
    static func create(in database: Database) throws {
        for statement in statements { try database.execute(sql: statement) }
        try database.execute(
            sql: "PRAGMA application_id = \(applicationID); PRAGMA user_version = \(version);")
    }

    /// What creates each table, view and index, in order. The texts are part of the format.
    static let statements: [String] = chain + ledger + standing + views

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
        CREATE TABLE validators (
            first_block INTEGER NOT NULL,
            address TEXT NOT NULL,
            PRIMARY KEY (first_block, address)
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

    // What each block and transaction adds to.
    private static let ledger: [String] = [
        """
        CREATE TABLE addresses (
            number INTEGER PRIMARY KEY,
            address BLOB NOT NULL UNIQUE
        ) STRICT
        """,
        """
        CREATE TABLE functions (
            number INTEGER PRIMARY KEY,
            name TEXT NOT NULL UNIQUE
        ) STRICT
        """,
        """
        CREATE TABLE events (
            number INTEGER PRIMARY KEY,
            topic BLOB NOT NULL UNIQUE,
            name TEXT NOT NULL
        ) STRICT
        """,
        """
        CREATE TABLE ledger_blocks (
            number INTEGER PRIMARY KEY,
            hash BLOB NOT NULL,
            timestamp_ms INTEGER NOT NULL,
            market_time INTEGER NOT NULL,
            proposer INTEGER NOT NULL,
            round INTEGER NOT NULL,
            seals INTEGER NOT NULL,
            transaction_count INTEGER NOT NULL,
            transaction_bytes INTEGER NOT NULL,
            gas_used INTEGER NOT NULL,
            state_root BLOB NOT NULL,
            header BLOB NOT NULL,
            certificate BLOB NOT NULL
        ) STRICT
        """,
        "CREATE INDEX blocks_by_hash ON ledger_blocks (substr(hash, 1, 8))",
        """
        CREATE TABLE ledger_transactions (
            block INTEGER NOT NULL,
            position INTEGER NOT NULL,
            hash BLOB NOT NULL,
            sender INTEGER NOT NULL,
            nonce INTEGER NOT NULL,
            recipient INTEGER,
            function INTEGER,
            revert_reason TEXT,
            gas_used INTEGER NOT NULL,
            cumulative_gas_used INTEGER NOT NULL,
            first_log INTEGER NOT NULL,
            body BLOB NOT NULL,
            PRIMARY KEY (block, position)
        ) STRICT, WITHOUT ROWID
        """,
        "CREATE INDEX transactions_by_hash ON ledger_transactions (substr(hash, 1, 8))",
        "CREATE INDEX transactions_by_sender ON ledger_transactions (sender, block, position)",
        """
        CREATE TABLE ledger_transfers (
            block INTEGER NOT NULL,
            log INTEGER NOT NULL,
            transaction_position INTEGER NOT NULL,
            sender INTEGER NOT NULL,
            recipient INTEGER NOT NULL,
            amount INTEGER NOT NULL,
            PRIMARY KEY (block, log)
        ) STRICT, WITHOUT ROWID
        """,
        "CREATE INDEX transfers_by_sender ON ledger_transfers (sender, block, log)",
        "CREATE INDEX transfers_by_recipient ON ledger_transfers (recipient, block, log)",
        """
        CREATE TABLE ledger_logs (
            block INTEGER NOT NULL,
            position INTEGER NOT NULL,
            transaction_position INTEGER NOT NULL,
            address INTEGER NOT NULL,
            event INTEGER,
            topics BLOB NOT NULL,
            data BLOB NOT NULL,
            PRIMARY KEY (block, position)
        ) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE ledger_trades (
            id INTEGER PRIMARY KEY,
            state INTEGER NOT NULL,
            seller INTEGER NOT NULL,
            buyer INTEGER,
            aggregator INTEGER,
            energy_wh INTEGER NOT NULL,
            price INTEGER NOT NULL,
            offered_at INTEGER NOT NULL,
            expires_at INTEGER NOT NULL,
            delivered_wh INTEGER NOT NULL,
            seller_amount INTEGER NOT NULL,
            fee INTEGER NOT NULL,
            returned INTEGER NOT NULL,
            burned INTEGER NOT NULL,
            recipient INTEGER
        ) STRICT
        """,
        "CREATE INDEX trades_by_state ON ledger_trades (state, id)",
        "CREATE INDEX trades_by_seller ON ledger_trades (seller, id)",
        "CREATE INDEX trades_by_buyer ON ledger_trades (buyer, id) WHERE buyer IS NOT NULL",
        """
        CREATE INDEX trades_by_recipient ON ledger_trades (recipient, id)
            WHERE recipient IS NOT NULL
        """,
        """
        CREATE TABLE ledger_steps (
            trade INTEGER NOT NULL,
            block INTEGER NOT NULL,
            log INTEGER NOT NULL,
            PRIMARY KEY (trade, block, log)
        ) STRICT, WITHOUT ROWID
        """,
    ]

    // Where the ledger stands, as people ask for it.
    private static let standing: [String] = [
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
        CREATE TABLE supply (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            minted INTEGER NOT NULL,
            burned INTEGER NOT NULL,
            escrow INTEGER NOT NULL
        ) STRICT
        """,
    ]
}
