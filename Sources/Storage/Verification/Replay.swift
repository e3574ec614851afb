internal import GRDB
internal import Ledger
internal import Protocol

/// Goes through all stored blocks from the first, checks each as a node does that catches up, and
/// writes what follows from them into a new database.
struct Replay {
    let stored: Database
    let copy: Database
    let identity: ChainIdentity
    /// What was found, and how far the replay has come.
    var report: VerificationReport
    /// The state after the last block, once every stored block was checked; an unsound one ends
    /// the replay.
    private(set) var finalState: LedgerState? = nil
    private let scheme = Secp256k1()
    private let numbers = TableNumbers()

    mutating func run(progress: (UInt64, UInt64) -> Void) throws {
        let first = try GenesisBlock.make(identity.genesis)
        try ChainStore.begin(first, identity, in: copy, numbers: numbers)
        let total = UInt64(
            try Int64.fetchOne(stored, sql: "SELECT max(number) FROM ledger_blocks") ?? 0)
        var (parent, state) = first
        note(first.block)
        while parent.number < total {
            guard let commit = check(number: parent.number + 1, on: parent, state) else { return }
            try BlockWriter(database: copy, numbers: numbers).write(commit)
            (parent, state) = (commit.final.block, commit.state)
            note(parent)
            let height = parent.number
            if height.isMultiple(of: 100) || height == total { progress(height, total) }
        }
        finalState = state
    }

    private mutating func note(_ block: Block) {
        report.height = block.number
        report.headHash = block.hash
        report.stateRoot = block.header.stateRoot
        report.transactionCount += block.transactions.count
    }

    /// The block `number` with all that follows from it; nil, with a finding, if it is unsound.
    private mutating func check(
        number: UInt64, on parent: Block, _ state: LedgerState
    ) -> CommittedBlock? {
        do {
            let final = try read(number)
            guard final.block.number == number else {
                throw Damage(reason: "its header says \(final.block.number)")
            }
            let validators = state.validators()
            guard
                validators.certifies(
                    final.certificate, block: final.block.hash, height: number,
                    domain: state.domain, scheme: scheme)
            else { throw Damage(reason: "its certificate does not make this header final") }
            let execution = try state.execute(final.block, on: parent)
            return CommittedBlock(execution, certificate: final.certificate, decidedBy: validators)
        } catch {
            report.findings.append(
                Finding("table ledger_blocks", "block \(number)", String(describing: error)))
        }
        return nil
    }

    private mutating func read(_ number: UInt64) throws -> FinalBlock {
        guard
            let row = try Row.fetchOne(
                stored, sql: "SELECT * FROM ledger_blocks WHERE number = ?",
                arguments: [Int64(number)]
            ).map({ StoredRow($0, of: "ledger_blocks") })
        else { throw Damage(reason: "is missing") }
        let header = try row.header("header")
        guard header.hash == (try row.packedHash("hash")) else {
            throw Damage(reason: "columns header and hash do not belong together")
        }
        return FinalBlock(
            block: Block(header: header, transactions: try transactions(in: number)),
            certificate: try row.decoded("certificate"))
    }

    /// The block's transactions, their senders recovered anew.
    private mutating func transactions(in number: UInt64) throws -> [VerifiedTransaction] {
        let rows = try Row.fetchAll(
            stored,
            sql: """
                SELECT position, hash, body,
                    (SELECT address FROM addresses WHERE number = sender) AS sender
                FROM ledger_transactions WHERE block = ? ORDER BY position
                """, arguments: [Int64(number)])
        return try rows.map { row in
            let row = StoredRow(row, of: "ledger_transactions")
            let position = try row.count("position")
            let transaction = try row.transaction("body", scheme: scheme)
            guard transaction.hash == (try row.packedHash("hash")) else {
                throw Damage(
                    reason: "transaction \(position): columns body and hash do not belong together")
            }
            guard transaction.sender == (try row.optional("sender", row.packedAddress)) else {
                throw Damage(reason: "transaction \(position): column sender is not who signed it")
            }
            return transaction
        }
    }
}
