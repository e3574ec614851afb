internal import GRDB
package import Protocol

extension ChainStore {
    /// The transaction named `hash` if it is in a final block, or nil.
    package func transaction(hash: Hash32) async throws(StorageError) -> StoredTransaction? {
        try await read { database in
            try database.transaction(hash)
        }
    }

    /// The transaction at `index` of block `block`, or nil.
    package func transaction(
        block: UInt64, index: UInt64
    ) async throws(StorageError) -> StoredTransaction? {
        guard let block = Int64(exactly: block), let index = Int64(exactly: index) else {
            return nil
        }
        return try await read { database in
            try database.transactions("t.block = ? AND t.position = ?", [block, index])
                .first
        }
    }

    /// All transactions of block `block`, in order.
    package func transactions(
        inBlock block: UInt64
    ) async throws(StorageError) -> [StoredTransaction] {
        guard let block = Int64(exactly: block) else { return [] }
        return try await read { database in
            try database.transactions("t.block = ?", [block])
        }
    }

    /// The receipt of the transaction named `hash` if it is in a final block, or nil.
    package func receipt(hash: Hash32) async throws(StorageError) -> StoredReceipt? {
        try await read { database in
            try database.transaction(hash).flatMap { try database.receipts([$0]).first }
        }
    }

    /// The receipts of block `block`, in order.
    package func receipts(inBlock block: UInt64) async throws(StorageError) -> [StoredReceipt] {
        guard let block = Int64(exactly: block) else { return [] }
        return try await read { database in
            try database.receipts(database.transactions("t.block = ?", [block]))
        }
    }

    /// Up to `limit` transactions of everyone, the last first, those before the given position in the
    /// ledger.
    package func transactions(
        before: LedgerPosition?, limit: Int
    ) async throws(StorageError) -> [StoredTransaction] {
        let block = Int64(clamping: before?.block ?? .max)
        let index = Int64(clamping: before?.index ?? .max)
        return try await read { database in
            try database.transactions(
                "(t.block, t.position) < (?, ?)", [block, index], descending: true, limit: limit)
        }
    }

    /// Up to `limit` transactions that `sender` sent, the last first, those before the given
    /// position in the ledger.
    package func transactions(
        from sender: Address, before: LedgerPosition?, limit: Int
    ) async throws(StorageError) -> [StoredTransaction] {
        let block = Int64(clamping: before?.block ?? .max)
        let index = Int64(clamping: before?.index ?? .max)
        return try await read { database in
            try database.transactions(
                """
                t.sender = (SELECT number FROM addresses WHERE address = ?)
                    AND (t.block, t.position) < (?, ?)
                """, [sender.bytes.column, block, index], descending: true, limit: limit)
        }
    }
}

extension ChainStore {
    /// How many of a buyer's last transactions are looked at for a purchase.
    private static let mostSearched = 1_000

    /// When each of `buyers` opened its last purchase of tokens, by its block's time; nothing for one
    /// that has sent a thousand transactions since.
    package func lastPurchases(
        of buyers: [Address]
    ) async throws(StorageError) -> [Address: Timestamp] {
        try await read { database in
            var found: [Address: Timestamp] = [:]
            for buyer in buyers {
                // A purchase is opened by its buyer alone, and no second one before it is closed.
                let row = try Row.fetchOne(
                    database,
                    sql: """
                        SELECT b.timestamp_ms AS "blocks.timestamp_ms"
                        FROM (
                            SELECT block, position, recipient, function, revert_reason
                            FROM ledger_transactions
                            WHERE sender = (SELECT number FROM addresses WHERE address = ?)
                            ORDER BY block DESC, position DESC LIMIT ?
                        ) t JOIN ledger_blocks b ON b.number = t.block
                        WHERE t.recipient = (SELECT number FROM addresses WHERE address = ?)
                            AND t.function =
                                (SELECT number FROM functions WHERE name = 'purchaseTokens')
                            AND t.revert_reason IS NULL
                        ORDER BY t.block DESC, t.position DESC LIMIT 1
                        """,
                    arguments: [
                        buyer.bytes.column, Self.mostSearched,
                        NativeContract.token.bytes.column,
                    ])
                found[buyer] = try row.map {
                    try StoredRow($0, of: "ledger_blocks").timestamp("blocks.timestamp_ms")
                }
            }
            return found
        }
    }
}

extension Database {
    func transaction(_ hash: Hash32) throws -> StoredTransaction? {
        let bytes = hash.bytes
        return try transactions(
            "substr(t.hash, 1, 8) = ? AND t.hash = ?",
            [Bytes(bytes.prefix(8)).column, bytes.column]
        ).first
    }

    /// The transactions that fit `condition`, in the order of the ledger or against it.
    func transactions(
        _ condition: String, _ arguments: StatementArguments, descending: Bool = false,
        limit: Int = -1
    ) throws -> [StoredTransaction] {
        let order = descending ? "DESC" : "ASC"
        let statement = """
            SELECT t.block, t.position, t.hash, t.revert_reason, t.gas_used, t.cumulative_gas_used,
                t.first_log, t.body,
                (SELECT address FROM addresses WHERE number = t.sender) AS sender,
                (SELECT name FROM functions WHERE number = t.function) AS function,
                b.hash AS "ledger_blocks.hash", b.timestamp_ms AS "ledger_blocks.timestamp_ms"
            FROM ledger_transactions t JOIN ledger_blocks b ON b.number = t.block
            WHERE \(condition) ORDER BY t.block \(order), t.position \(order) LIMIT \(limit)
            """
        return try Row.fetchAll(self, sql: statement, arguments: arguments)
            .map { try stored(StoredRow($0, of: "ledger_transactions")) }
    }

    func receipts(_ transactions: [StoredTransaction]) throws -> [StoredReceipt] {
        try transactions.map { transaction in
            let (block, index) = (Int64(transaction.blockNumber), transaction.index)
            let rows = try EventRows.fetch(
                "block = ? AND transaction_position = ?", [block, index], in: self)
            var logs: [EventLog] = []
            while let row = try rows.next() { logs.append(try EventRows.event(of: row)) }
            return StoredReceipt(transaction: transaction, logs: logs)
        }
    }

    private func stored(_ row: StoredRow) throws -> StoredTransaction {
        let sender = try row.packedAddress("sender")
        let transaction = try row.transaction("body", scheme: RecordedSender(sender: sender))
        let reason = try row.optional("revert_reason", row.text)
        return StoredTransaction(
            hash: try row.packedHash("hash"), sender: sender,
            signed: SignedTransaction(
                transaction: transaction.transaction, signature: transaction.signature),
            blockNumber: try row.number("block"),
            blockHash: try row.packedHash("ledger_blocks.hash"),
            blockTime: try row.timestamp("ledger_blocks.timestamp_ms"),
            index: try row.count("position"),
            function: try row.optional("function", row.text),
            succeeded: reason == nil, revertReason: reason,
            gasUsed: try row.number("gas_used"),
            cumulativeGasUsed: try row.number("cumulative_gas_used"),
            firstLogIndex: try row.count("first_log"))
    }
}
