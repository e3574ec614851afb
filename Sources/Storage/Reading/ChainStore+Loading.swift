internal import Faults
internal import GRDB
internal import Ledger
package import Protocol

extension ChainStore {
    /// Reads where the chain stands and checks that the state has the root in the head.
    ///
    /// A safety record whose checksum does not hold is damage, and throws: a validator that does
    /// not know what it has said must not speak. SQLite leaves no record half written. Meters'
    /// signatures will be checked by `scheme`; so many of the last blocks' sizes come with it.
    package func load(
        scheme: any SignatureScheme = Secp256k1(), recentBlocks: Int = 0
    ) async throws(StorageError) -> LoadedChain {
        try await read { [genesisHash, mark] database in
            let records = try Self.records(in: database)
            let last =
                try Int64.fetchOne(database, sql: "SELECT max(number) FROM ledger_blocks") ?? 0
            let blocks = try database.wholeBlocks(from: last, count: 1, maxBytes: 0)
            guard let head = blocks.first else {
                throw Damage(reason: "table blocks is empty")
            }
            let state = try LedgerState(entries: database.stateEntries(), scheme: scheme)
            guard state.root == head.block.header.stateRoot else {
                throw Damage(
                    reason: "table state has the root \(state.root.short), block \(last) says "
                        + head.block.header.stateRoot.short)
            }
            try Failpoint.loadAfterState.pass()
            let marked = mark.position()
            let hasForgotten = try marked.map {
                try VoteMark.Position(of: database).lacksSomething(of: $0)
            }
            if hasForgotten == true { try database.requireOneMoment(last) }
            return LoadedChain(
                genesisHash: genesisHash, head: head,
                headValidators: try database.validators(decidingOn: max(last, 1)),
                state: state, recentBlocks: try database.blockSizes(last: recentBlocks),
                records: records,
                votingRight: try database.votingRight(),
                forgottenFrom: hasForgotten == true ? marked?.height : nil)
        }
    }

    private static func records(in database: Database) throws -> [Bytes] {
        let (sound, damaged) = try database.votes()
        if let damaged = damaged.first {
            throw Damage(reason: "table votes: record \(damaged) is damaged")
        }
        try Failpoint.loadAfterVotes.pass()
        return sound.map(\.bytes)
    }
}

extension Database {
    /// Throws unless the tables that grow with each block are of one moment, at which block `last` was the
    /// last one.
    ///
    /// Part of a log may be in the file already when what is left of the log is older: then pages of
    /// several moments stand side by side. A file that has lost nothing need not be looked through.
    fileprivate func requireOneMoment(_ last: Int64) throws {
        func number(_ query: String) throws -> Int64 {
            try Int64.fetchOne(self, sql: "SELECT \(query)") ?? 0
        }
        let finding = try String.fetchOne(self, sql: "PRAGMA integrity_check(1)") ?? "nothing"
        guard finding == "ok" else {
            throw Damage(reason: "its log was cut short: \(UntrustedText(finding))")
        }
        let counts = try [
            ("blocks", number("count(*) FROM ledger_blocks"), last + 1),
            (
                "transactions", number("count(*) FROM ledger_transactions"),
                number("sum(transaction_count) FROM ledger_blocks")
            ),
            (
                "steps", number("count(*) FROM ledger_steps"),
                number("count(*) FROM trade_steps")
            ),
        ]
        for (table, found, expected) in counts where found != expected {
            throw Damage(reason: "its log was cut short: \(found) \(table) of \(expected)")
        }
        for table in ["transactions", "logs", "transfers", "steps"].map({ "ledger_" + $0 })
        where try number("max(block) FROM \(table)") > last {
            throw Damage(reason: "its log was cut short: \(table) of blocks after \(last)")
        }
    }

    /// The sizes of the last `count` blocks, the oldest first.
    fileprivate func blockSizes(last count: Int) throws -> [BlockSize] {
        let rows = try Row.fetchAll(
            self,
            sql: """
                SELECT number, timestamp_ms, header, length(certificate) AS certificate,
                    transaction_bytes
                FROM ledger_blocks ORDER BY number DESC LIMIT ?
                """, arguments: [count])
        let senders = try sendersOfFew(inLast: count)
        return try rows.reversed().map { row in
            let row = StoredRow(row, of: "ledger_blocks")
            let number = try row.number("number")
            return BlockSize(
                number: number, time: try row.timestamp("timestamp_ms"),
                own: try row.unpacked("header").count + row.count("certificate"),
                transactions: try row.count("transaction_bytes"),
                senders: senders[number, default: []].sorted())
        }
    }

    /// Who sent the transactions of those of the last `count` blocks that have few.
    private func sendersOfFew(inLast count: Int) throws -> [UInt64: Set<Address>] {
        var senders: [UInt64: Set<Address>] = [:]
        // The order of the join is said: a scan of all transactions would take as long as there are.
        let rows = try Row.fetchCursor(
            self,
            sql: """
                SELECT block, (SELECT address FROM addresses WHERE number = t.sender) AS sender
                FROM (SELECT number AS last, transaction_count FROM ledger_blocks
                        ORDER BY number DESC LIMIT ?)
                    CROSS JOIN ledger_transactions t ON block = last
                WHERE transaction_count <= ?
                """, arguments: [count, BlockSize.fewTransactions])
        while let row = try rows.next() {
            let row = StoredRow(row, of: "ledger_transactions")
            senders[try row.number("block"), default: []].insert(try row.packedAddress("sender"))
        }
        return senders
    }

    /// The state's entries, in the order of their keys.
    func stateEntries() throws -> [StateEntry] {
        var entries: [StateEntry] = []
        let rows = try Row.fetchCursor(self, sql: "SELECT key, value FROM state ORDER BY key")
        while let row = try rows.next() {
            let row = StoredRow(row, of: "state")
            entries.append(StateEntry(key: try row.bytes("key"), value: try row.bytes("value")))
        }
        return entries
    }
}
