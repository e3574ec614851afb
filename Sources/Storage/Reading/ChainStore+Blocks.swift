internal import GRDB
package import Protocol

extension ChainStore {
    /// The last final block.
    package func head() async throws(StorageError) -> StoredBlock {
        try await read { database in
            guard let head = try database.lastBlock() else {
                throw Damage(reason: "table blocks is empty")
            }
            return head
        }
    }

    /// The block of height `number`, or nil if there is none yet.
    package func block(number: UInt64) async throws(StorageError) -> StoredBlock? {
        guard let number = Int64(exactly: number) else { return nil }
        return try await read { database in
            try database.block("number = ?", [number])
        }
    }

    /// The block named `hash`, or nil.
    package func block(hash: Hash32) async throws(StorageError) -> StoredBlock? {
        try await read { database in
            let bytes = hash.bytes
            return try database.block(
                "substr(hash, 1, 8) = ? AND hash = ?",
                [Bytes(bytes.prefix(8)).column, bytes.column])
        }
    }

    /// Up to `limit` blocks below height `below`, the highest first.
    package func blocks(
        below: UInt64, limit: Int
    ) async throws(StorageError) -> [StoredBlock] {
        try await read { database in
            try database.blocks(below: Int64(clamping: below), limit: limit)
        }
    }

    /// Up to `count` whole blocks from height `from` on, for a node that catches up: as many as
    /// fit into `maxBytes` bytes, but one at least if there is one. Senders are those recorded
    /// when the block was checked.
    package func blocks(
        from: UInt64, count: UInt64, maxBytes: Int
    ) async throws(StorageError) -> [FinalBlock] {
        guard let first = Int64(exactly: from) else { return [] }
        return try await read { database in
            try database.wholeBlocks(from: first, count: Int64(clamping: count), maxBytes: maxBytes)
        }
    }
}

// Blocks' headers and certificates.
extension Database {
    func lastBlock() throws -> StoredBlock? {
        try Row.fetchOne(self, sql: "SELECT * FROM ledger_blocks ORDER BY number DESC LIMIT 1")
            .map(stored)
    }

    func block(_ condition: String, _ arguments: StatementArguments) throws -> StoredBlock? {
        try Row.fetchOne(
            self, sql: "SELECT * FROM ledger_blocks WHERE \(condition)", arguments: arguments
        ).map(stored)
    }

    func blocks(below: Int64, limit: Int) throws -> [StoredBlock] {
        try Row.fetchAll(
            self, sql: "SELECT * FROM ledger_blocks WHERE number < ? ORDER BY number DESC LIMIT ?",
            arguments: [below, limit]
        ).map(stored)
    }

    private func stored(_ row: Row) throws -> StoredBlock {
        let row = StoredRow(row, of: "ledger_blocks")
        let header = try row.header("header")
        let hashes = try Row.fetchAll(
            self, sql: "SELECT hash FROM ledger_transactions WHERE block = ? ORDER BY position",
            arguments: [Int64(try row.number("number"))]
        ).map { try StoredRow($0, of: "ledger_transactions").packedHash("hash") }
        let listSize = RLPSize.ofList(try row.count("transaction_bytes"))
        return StoredBlock(
            header: header, hash: try row.packedHash("hash"),
            certificate: try row.decoded("certificate"), transactionHashes: hashes,
            byteCount: RLPSize.ofList(header.rlp.encoded.count + listSize))
    }
}

// Whole blocks.
extension Database {
    func wholeBlocks(from: Int64, count: Int64, maxBytes: Int) throws -> [FinalBlock] {
        let (end, overflow) = from.addingReportingOverflow(count)
        let rows = try Row.fetchCursor(
            self,
            sql: """
                SELECT number, header, certificate FROM ledger_blocks
                WHERE number >= ? AND number < ? ORDER BY number
                """, arguments: [from, overflow ? .max : end])
        var blocks: [FinalBlock] = []
        var size = 0
        while let row = try rows.next() {
            let block = try finalBlock(StoredRow(row, of: "ledger_blocks"))
            size += block.block.transactions.reduce(1_024) { $0 + $1.encoded.count }
            guard blocks.isEmpty || size <= maxBytes else { break }
            blocks.append(block)
        }
        return blocks
    }

    private func finalBlock(_ row: StoredRow) throws -> FinalBlock {
        let transactions = try Row.fetchAll(
            self,
            sql: """
                SELECT a.address AS sender, body
                FROM ledger_transactions t LEFT JOIN addresses a ON a.number = t.sender
                WHERE block = ? ORDER BY position
                """,
            arguments: [Int64(try row.number("number"))]
        ).map { row in
            let row = StoredRow(row, of: "ledger_transactions")
            let scheme = RecordedSender(sender: try row.packedAddress("sender"))
            return try row.transaction("body", scheme: scheme)
        }
        return FinalBlock(
            block: Block(header: try row.header("header"), transactions: transactions),
            certificate: try row.decoded("certificate"))
    }
}

/// Answers with the sender that was recovered when the block was checked, so that reading back
/// what this node itself wrote costs no curve arithmetic. Whoever receives the block checks it.
struct RecordedSender: SignatureScheme {
    let sender: Address

    func signer(of signature: Signature, over digest: Hash32) -> Address? { sender }
}
