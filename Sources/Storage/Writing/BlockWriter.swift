internal import Faults
internal import GRDB
internal import Ledger
internal import Protocol

/// Writes one final block into every table, within the caller's transaction.
struct BlockWriter {
    let database: Database
    let numbers: TableNumbers

    /// Writes `committed`, which must follow the last block in the table, and forgets the votes up to
    /// its height.
    func write(_ committed: CommittedBlock) throws {
        let block = committed.final.block
        let height = block.number.column
        try checkOrder(of: block)
        try insert(committed)
        try Failpoint.blockAfterHeader.pass()
        try insertTransactions(of: committed)
        try Failpoint.blockAfterTransactions.pass()
        try apply(committed.changes)
        try Failpoint.blockAfterState.pass()
        if committed.nextValidators.hash != (try database.validators(decidingOn: .max)).hash {
            for member in committed.nextValidators.members {
                try database.insert(
                    "validators", ["first_block": height + 1, "address": member])
            }
        }
        try Projection(database: database, numbers: numbers).update(after: committed)
        try Failpoint.votesBeforePrune.pass()
        try database.run("DELETE FROM votes WHERE height <= ?", [height])
        try Failpoint.votesAfterPrune.pass()
    }

    private func checkOrder(of block: Block) throws {
        let last = try Row.fetchOne(
            database.cachedStatement(
                sql: "SELECT number, hash FROM ledger_blocks ORDER BY number DESC LIMIT 1")
        ).map { StoredRow($0, of: "ledger_blocks") }
        guard let last else {
            guard block.number == 0 else { throw OutOfOrder(number: block.number) }
            return
        }
        guard try last.number("number") + 1 == block.number,
            try last.packedHash("hash") == block.header.parentHash
        else { throw OutOfOrder(number: block.number) }
    }

    private func insert(_ committed: CommittedBlock) throws {
        let (header, certificate) = (committed.header, committed.final.certificate)
        let marketTime = committed.state.parameters.marketClock.time(at: header.timestamp)
        try database.insert(
            "ledger_blocks",
            [
                "number": header.number.column, "hash": committed.final.block.hash.bytes,
                "timestamp_ms": header.timestamp.milliseconds.column,
                "market_time": marketTime.seconds.column,
                "proposer": try number(of: header.proposer),
                "round": certificate.round.column, "seals": certificate.seals.count,
                "transaction_count": committed.final.block.transactions.count,
                "transaction_bytes": committed.final.block.transactions.reduce(0) {
                    $0 + RLPSize.ofBytes($1.encoded.count)
                },
                "gas_used": header.gasUsed.column, "state_root": header.stateRoot.bytes,
                "header": ZeroRuns.pack(header.rlp.encoded),
                "certificate": certificate.rlp.encoded,
            ])
    }

    private func number(of address: Address) throws -> Int64 {
        try numbers.number(of: address, in: database)
    }

    private func insertTransactions(of committed: CommittedBlock) throws {
        let block = committed.final.block
        guard block.transactions.count == committed.receipts.count else {
            throw OutOfOrder(number: block.number)
        }
        var firstLog = 0
        for (position, transaction) in block.transactions.enumerated() {
            let receipt = committed.receipts[position]
            try insert(
                transaction, receipt, at: (block.number.column, position), firstLog: firstLog)
            for (offset, log) in receipt.logs.enumerated() {
                try insert(log, at: (block.number.column, firstLog + offset), position)
            }
            firstLog += receipt.logs.count
        }
    }

    private func insert(
        _ transaction: VerifiedTransaction, _ receipt: TransactionReceipt,
        at place: (block: Int64, position: Int), firstLog: Int
    ) throws {
        try database.insert(
            "ledger_transactions",
            [
                "block": place.block, "position": place.position,
                "hash": transaction.hash.bytes, "sender": try number(of: transaction.sender),
                "nonce": transaction.transaction.nonce.column,
                "recipient": try transaction.transaction.to.map(number(of:)),
                "function": try ContractNames.function(of: transaction.transaction)
                    .map { try numbers.number(ofFunction: $0, in: database) },
                "revert_reason": receipt.revertReason, "gas_used": receipt.gasUsed.column,
                "cumulative_gas_used": receipt.cumulativeGasUsed.column, "first_log": firstLog,
                "body": ZeroRuns.pack(transaction.encoded),
            ])
    }

    private func insert(
        _ log: EventLog, at place: (block: Int64, position: Int), _ transaction: Int
    ) throws {
        if let transfer = EventRows.transfer(in: log) {
            return try database.insert(
                "ledger_transfers",
                [
                    "block": place.block, "log": place.position,
                    "transaction_position": transaction,
                    "sender": try number(of: transfer.sender),
                    "recipient": try number(of: transfer.recipient),
                    // The event is made of it again, so each bit counts.
                    "amount": Int64(bitPattern: transfer.amount.baseUnits),
                ])
        }
        let event = try ContractNames.event(of: log).map {
            try numbers.number(ofEvent: log.topics[0], called: $0, in: database)
        }
        try database.insert(
            "ledger_logs",
            [
                "block": place.block, "position": place.position,
                "transaction_position": transaction, "address": try number(of: log.address),
                "event": event,
                "topics": EventRows.topics(of: log, isNumbered: event != nil),
                "data": ZeroRuns.pack(log.data),
            ])
    }

    private func apply(_ changes: [StateEntry]) throws {
        for change in changes {
            if let value = change.value {
                try database.replace("state", ["key": change.key, "value": value])
            } else {
                try database.run("DELETE FROM state WHERE key = ?", [change.key.column])
            }
        }
    }
}

/// A block that does not follow the last one stored: the caller's error, never a peer's.
struct OutOfOrder: Error, CustomStringConvertible {
    let number: UInt64

    var description: String { "block \(number) does not follow the last one stored" }
}

extension Database {
    func validators(decidingOn height: Int64) throws -> ValidatorSet {
        let rows = try Row.fetchAll(
            cachedStatement(
                sql: """
                    SELECT address FROM validators WHERE first_block =
                        (SELECT max(first_block) FROM validators WHERE first_block <= ?)
                    """), arguments: [height])
        return ValidatorSet(try rows.map { try StoredRow($0, of: "validators").address("address") })
    }
}
