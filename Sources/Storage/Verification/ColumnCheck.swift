internal import GRDB
internal import Ledger
internal import Protocol

/// Checks the columns that are there for people a second time, by other rules than those that wrote
/// them: against the headers, the signed transactions, the receipts' root and the state.
///
/// ``TableComparison`` finds what has changed since it was written; but it has the same writer
/// write everything anew, and what that writer does wrong it does wrong twice. This check shares no
/// code with the writer. It reads every row, and is of use where nothing else was found.
struct ColumnCheck {
    /// How many findings are listed.
    private static let most = 10

    var findings: [Finding] = []
    let database: Database
    let identity: ChainIdentity
    /// The state after the last block.
    let state: LedgerState
    private var place = (table: "", row: "")

    init(_ database: Database, identity: ChainIdentity, state: LedgerState) {
        self.database = database
        self.identity = identity
        self.state = state
    }

    mutating func run() throws {
        try checkChain()
        try checkBlocks()
        try checkTransfers()
        try checkSteps()
        try checkAccounts()
        try checkMembers()
        try checkTrades()
        try checkSupply()
        try checkTotals()
        try checkSupplyMovements()
    }

    /// Goes to the row named `row`, which is looked at next.
    mutating func look(at row: String, in table: String) { place = (table, row) }

    /// Notes that `column` of the row is wrong unless it is what the chain says.
    mutating func expect<Value: Equatable>(
        _ found: Value, _ expected: Value, _ column: String
    ) {
        guard found != expected, findings.count < Self.most else { return }
        findings.append(
            Finding(
                "table \(place.table)", place.row,
                "column \(column) was written as \(found), the chain says \(expected)"))
    }

    /// Every row that `statement` gives.
    func rows(
        of table: String, _ statement: String, _ arguments: StatementArguments = []
    ) throws -> some IteratorProtocol<StoredRow> {
        try Row.fetchAll(database, sql: statement, arguments: arguments)
            .map { StoredRow($0, of: table) }.makeIterator()
    }

    private mutating func checkChain() throws {
        guard let row = try Row.fetchOne(database, sql: "SELECT * FROM chain") else { return }
        let chain = StoredRow(row, of: "chain")
        look(at: "id 1", in: "chain")
        expect(try chain.number("chain_id"), identity.genesis.chainID, "chain_id")
        expect(try chain.text("name"), UntrustedText(identity.genesis.name), "name")
    }

    private mutating func checkBlocks() throws {
        let cursor = try Row.fetchCursor(database, sql: "SELECT * FROM blocks ORDER BY number")
        var number: UInt64 = 0
        while let row = try cursor.next() {
            let row = StoredRow(row, of: "blocks")
            look(at: "number \(number)", in: "blocks")
            expect(try row.number("number"), number, "number")
            let header = try row.header("header")
            try check(row, header)
            try checkReceipts(of: header)
            try checkTransactions(of: header)
            number += 1
        }
    }

    private mutating func check(_ row: StoredRow, _ header: BlockHeader) throws {
        let certificate = try row.decoded("certificate", as: Certificate.self)
        let count = try Int.fetchOne(
            database, sql: "SELECT count(*) FROM ledger_transactions WHERE block = ?",
            arguments: [header.number.column])
        let validators = try database.validators(decidingOn: header.number.column + 1)
        expect(try row.number("number"), header.number, "number")
        expect(try row.hash("hash"), header.hash, "hash")
        expect(try row.hash("parent_hash"), header.parentHash, "parent_hash")
        expect(try row.timestamp("timestamp_ms"), header.timestamp, "timestamp_ms")
        let marketTime = identity.genesis.marketClock.time(at: header.timestamp)
        expect(try row.number("market_time"), marketTime.seconds, "market_time")
        expect(try row.address("proposer"), header.proposer, "proposer")
        expect(try row.number32("round"), certificate.round, "round")
        expect(try row.count("seals"), certificate.seals.count, "seals")
        expect(try row.count("transaction_count"), count ?? 0, "transaction_count")
        let bytes = try database.transactions("t.block = ?", [header.number.column])
            .map { RLP.bytes($0.signed.encoded).encoded.count }.reduce(0, +)
        expect(try row.count("transaction_bytes"), bytes, "transaction_bytes")
        expect(try row.number("gas_used"), header.gasUsed, "gas_used")
        expect(try row.hash("state_root"), header.stateRoot, "state_root")
        look(at: "first_block up to \(header.number + 1)", in: "validators")
        expect(validators.hash, header.nextValidatorsHash, "address")
    }

    /// What became of the transactions, and their events: the header has a root over all of it.
    private mutating func checkReceipts(of header: BlockHeader) throws {
        let transactions = try database.transactions("t.block = ?", [header.number.column])
        let receipts = try database.receipts(transactions)
            .map { receipt in
                TransactionReceipt(
                    transactionHash: receipt.transaction.hash,
                    revertReason: receipt.transaction.succeeded
                        ? nil : receipt.transaction.revertReason?.verbatim ?? "",
                    gasUsed: receipt.transaction.gasUsed,
                    cumulativeGasUsed: receipt.transaction.cumulativeGasUsed, logs: receipt.logs)
            }
        look(at: "block \(header.number)", in: "transactions")
        expect(
            Block.receiptsRoot(of: receipts), header.receiptsRoot,
            "status, revert_reason, gas_used, cumulative_gas_used or an event")
    }

    private mutating func checkTransactions(of header: BlockHeader) throws {
        let block = header.number.column
        var (position, firstLog) = (0, 0)
        var transactions = try rows(
            of: "transactions",
            """
            SELECT t.*,
                (SELECT count(*) FROM ledger_logs l WHERE l.block = t.block
                    AND l.transaction_position = t.position)
                + (SELECT count(*) FROM ledger_transfers x WHERE x.block = t.block
                    AND x.transaction_position = t.position) AS logs
            FROM transactions t WHERE t.block = ? ORDER BY t.position
            """, [block])
        while let row = transactions.next() {
            look(at: "block \(block), position \(position)", in: "transactions")
            try check(row, at: position, firstLog)
            firstLog += try row.count("logs")
            position += 1
        }
        try checkEvents(ofBlock: block)
    }

    /// That a block's events are numbered through, and bear their contracts' names.
    private mutating func checkEvents(ofBlock block: Int64) throws {
        var position = 0
        var names = try rows(
            of: "logs", "SELECT * FROM logs WHERE block = ? ORDER BY position", [block])
        let events = try EventRows.fetch("block = ?", [block], in: database)
        while let row = names.next(), let event = try events.next() {
            look(at: "block \(block), position \(position)", in: "logs")
            let log = try EventRows.event(of: event)
            let known = ContractABI.at(log.address)?.events.first { $0.topic == log.topics.first }
            expect(try row.count("position"), position, "position")
            expect(try row.address("address"), log.address, "address")
            expect(
                try row.optional("event", row.text), (known?.name).map { UntrustedText($0) },
                "event")
            position += 1
        }
    }

    private mutating func check(
        _ row: StoredRow, at position: Int, _ firstLog: Int
    ) throws {
        let sender = try row.address("sender")
        let signed = try row.transaction("body", scheme: RecordedSender(sender: sender))
        let transaction = signed.transaction
        let function = transaction.to.flatMap(ContractABI.at)?.functions.first {
            transaction.data.starts(with: $0.selector)
        }
        expect(try row.count("position"), position, "position")
        expect(try row.hash("hash"), signed.hash, "hash")
        expect(try row.number("nonce"), transaction.nonce, "nonce")
        expect(try row.optional("recipient", row.address), transaction.to, "recipient")
        expect(
            try row.optional("function", row.text), (function?.name).map { UntrustedText($0) },
            "function")
        expect(try row.count("first_log"), firstLog, "first_log")
    }
}
