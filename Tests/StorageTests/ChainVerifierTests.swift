import Foundation
import GRDB
import Ledger
import Protocol
import TestKit
import Testing

@testable import Storage

/// A data directory with one whole trade and two safety records in it.
private struct ClosedStore {
    let directory: TemporaryDirectory
    let head: Hash32
    let state: LedgerState

    init(isClosed: Bool = true) async throws {
        directory = try TemporaryDirectory()
        var community = try TestCommunity()
        let store = try ChainStore.open(
            directory: directory.path, genesis: community.genesis)
        for block in try community.wholeTrade() { try await store.commit(block) }
        try await store.append([VoteRecord(height: 8, bytes: [1, 2, 3])])
        try await store.append([VoteRecord(height: 8, bytes: [4, 5, 6])])
        try await store.replace(votingRight: [9])
        head = community.head.hash
        state = community.state
        if isClosed { try store.close() }
    }

    var verifier: ChainVerifier { ChainVerifier(directory: directory.path) }

    /// Runs `statement` on the database, as a person with sqlite3 might.
    func change(_ statement: String) throws {
        try breakSeal()
        let queue = try DatabaseQueue(path: directory.database)
        try queue.writeWithoutTransaction { database in
            try database.execute(sql: "PRAGMA foreign_keys = OFF; " + statement)
            _ = try Row.fetchAll(database, sql: "PRAGMA wal_checkpoint(TRUNCATE)")
        }
        try queue.close()
    }

    func breakSeal() throws {
        try FileSeal(database: directory.database).remove()
    }
}

struct ChainVerifierTests {
    /// The topic of a movement of tokens.
    private static let transfer = Hexadecimal.encode(
        TokenEvent.transfer(from: .zero, to: .zero, amount: .zero).log.topics[0].bytes)

    @Test func `a sound chain is found sound`() async throws {
        let store = try await ClosedStore()
        var steps: [UInt64] = []
        let report = try store.verifier.verify { done, total in
            steps.append(done)
            #expect(total == 7)
        }
        #expect(report.findings == [])
        #expect(report.height == 7)
        #expect(report.headHash == store.head)
        #expect(report.transactionCount == 8)
        #expect(report.recordCount == 2)
        #expect(!report.wasInUse)
        #expect(steps == [7])
    }

    @Test func `a trade that has left the state stays in the tables, and they are sound`()
        async throws
    {
        let directory = try TemporaryDirectory()
        var community = try TestCommunity()
        let seller = community.seller
        let store = try ChainStore.open(directory: directory.path, genesis: community.genesis)
        for block in try community.wholeTrade() { try await store.commit(block) }
        let offer = MarketCall.addOffer(energy: 1, price: 1)
        let last = try community.block(
            after: 8 * 86_400_000, [(seller, NativeContract.market, offer)])
        try await store.commit(last)
        #expect(community.state.trade(OfferID(1)) == nil)
        let kept = try await store.trade(OfferID(1))
        #expect(kept?.state == "settled")
        #expect(kept?.steps.count == 5)
        try store.close()
        #expect(try ChainVerifier(directory: directory.path).verify().findings == [])
        // The state that was stored is the chain's: a start finds the root again.
        let again = try ChainStore.open(directory: directory.path, genesis: community.genesis)
        try again.close()
    }

    @Test func `a chain can be checked while a node is at work`() async throws {
        let directory = try TemporaryDirectory()
        var community = try TestCommunity()
        let store = try ChainStore.open(
            directory: directory.path, genesis: community.genesis)
        try await store.commit(community.block())
        let report = try ChainVerifier(directory: directory.path).verify()
        #expect(report.isWhole)
        #expect(report.wasInUse)
        #expect(report.height == 1)
        try store.close()
    }

    @Test func `where there is no chain, that is an error`() throws {
        #expect(throws: StorageError.noChain(path: "/nowhere")) {
            _ = try ChainVerifier(directory: "/nowhere").verify()
        }
    }

    @Test(arguments: [
        (
            "UPDATE ledger_blocks SET gas_used = gas_used + 1 WHERE number = 3",
            "table ledger_blocks, number 3"
        ),
        ("UPDATE ledger_blocks SET round = 1 WHERE number = 3", "table ledger_blocks, number 3"),
        (
            "UPDATE ledger_blocks SET header = x'c0' WHERE number = 3",
            "table ledger_blocks, block 3"
        ),
        (
            "UPDATE ledger_blocks SET certificate = x'c280c0' WHERE number = 5",
            "table ledger_blocks, block 5"
        ),
        (
            "UPDATE ledger_transactions SET nonce = 9 WHERE block = 3",
            "block 3, position 1: column nonce"
        ),
        ("UPDATE ledger_transactions SET sender = recipient WHERE block = 3", "0: column sender"),
        (
            "UPDATE ledger_transactions SET revert_reason = 'no' WHERE block = 3 AND position = 1",
            "revert"
        ),
        (
            "UPDATE ledger_transactions SET body = x'02' WHERE block = 2",
            "table ledger_blocks, block 2"
        ),
        ("UPDATE ledger_logs SET data = x'00' WHERE block = 6", "table ledger_logs, block 6"),
        ("UPDATE ledger_logs SET topics = x'' WHERE block = 4", "table ledger_logs, block 4"),
        ("UPDATE state SET value = x'01' WHERE key = x'73'", "table state, key 0x73"),
        ("DELETE FROM state WHERE key = x'73'", "table state"),
        ("INSERT INTO state VALUES (x'74', x'01')", "table state, key 0x74"),
        ("UPDATE votes SET height = 9 WHERE sequence = 2", "table votes, sequence 2"),
        ("UPDATE voting_right SET record = x'00'", "table voting_right"),
        ("UPDATE accounts SET balance = balance + 1", "table accounts, address"),
        ("UPDATE members SET role = 'exchange' WHERE role = 'consumer'", "table members, account"),
        ("UPDATE ledger_trades SET price = 1", "table ledger_trades, id 1"),
        ("DELETE FROM ledger_steps WHERE block = 4", "table ledger_steps"),
        (
            "UPDATE ledger_transfers SET amount = 1 WHERE block = 2",
            "table ledger_transfers, block 2"
        ),
        ("UPDATE supply SET burned = 1", "table supply, id 1"),
        ("DELETE FROM validators WHERE rowid IS NULL OR 1", "table validators"),
        ("UPDATE chain SET name = 'Oak TestCommunity'", "table chain, id 1"),
        ("UPDATE chain SET genesis = x'c0'", "table chain"),
        ("DELETE FROM ledger_blocks WHERE number = 4", "table ledger_blocks, block 4"),
        ("DELETE FROM ledger_blocks WHERE number > 5", "table state"),
        ("UPDATE addresses SET address = randomblob(20) WHERE number = 2", "addresses, number 2"),
        ("UPDATE functions SET name = 'sell' WHERE number = 1", "table functions, number 1"),
        ("UPDATE events SET name = 'Sold' WHERE number = 1", "table events, number 1"),
        ("DROP INDEX trades_by_state", "schema"),
        ("DROP VIEW trades", "schema"),
        ("CREATE TABLE notes (text TEXT) STRICT", "schema"),
        ("PRAGMA user_version = 3", "wrong user version"),
    ])
    func `a change of one column is found and named`(
        statement: String, expected: String
    ) async throws {
        let store = try await ClosedStore()
        try store.change(
            statement.replacingOccurrences(of: "WHERE rowid IS NULL OR 1", with: "WHERE 1"))
        let findings = try store.verifier.verify().findings.map(\.description)
        #expect(findings.contains { $0.contains(expected) }, "\(findings)")
    }

    @Test func `what another program has written forges no line of the findings`() async throws {
        let forged = "x\nchain 4711 up to block 9: whole\u{1b}[2J"
        for statement in [
            "UPDATE chain SET name = '\(forged)'",
            "UPDATE events SET name = '\(forged)' WHERE number = 1",
            "UPDATE members SET role = '\(forged)'",
            "UPDATE functions SET name = '\(forged)' WHERE number = 1",
        ] {
            let store = try await ClosedStore()
            try store.change("PRAGMA ignore_check_constraints = ON; " + statement)
            let findings = try store.verifier.verify().findings
            #expect(!findings.isEmpty)
            for finding in findings {
                #expect(UntrustedText(finding.description).isPlain, "\(finding)")
            }
        }
    }

    /// The comparison is with what the same writer writes anew, so it never finds what the writer
    /// does wrong. Each change here is such a slip: it is put before the other check alone.
    @Test(arguments: [
        ("UPDATE chain SET name = 'x'", "chain, id 1: column name"),
        (
            "UPDATE ledger_blocks SET timestamp_ms = 1 WHERE number = 3",
            "number 3: column timestamp_ms"
        ),
        ("UPDATE ledger_blocks SET round = seals WHERE number = 3", "number 3: column round"),
        (
            "UPDATE ledger_blocks SET transaction_count = 9 WHERE number = 2",
            "column transaction_count"
        ),
        ("UPDATE ledger_blocks SET gas_used = 0 WHERE number = 2", "number 2: column gas_used"),
        (
            "DELETE FROM validators WHERE address = (SELECT min(address) FROM validators)",
            "validators"
        ),
        ("UPDATE ledger_transactions SET recipient = sender WHERE block = 2", "column recipient"),
        ("UPDATE ledger_transactions SET function = NULL WHERE block = 2", "column function"),
        ("UPDATE ledger_transactions SET nonce = nonce + 1 WHERE block = 6", "column nonce"),
        ("UPDATE ledger_transactions SET first_log = 0 WHERE position = 1", "column first_log"),
        ("UPDATE ledger_transactions SET gas_used = gas_used + 1 WHERE block = 6", "gas_used"),
        (
            "UPDATE ledger_transactions SET revert_reason = 'no' WHERE revert_reason NOT NULL",
            "revert"
        ),
        (
            "UPDATE ledger_logs SET event = (SELECT max(number) FROM events) WHERE block = 4",
            "transactions, block 4"
        ),
        ("UPDATE events SET name = 'Sold'", "column event"),
        ("UPDATE ledger_logs SET address = address + 1", "transactions, block"),
        (
            "UPDATE ledger_logs SET transaction_position = 0 WHERE block = 1",
            "transactions, block 1"
        ),
        ("UPDATE accounts SET balance = nonce", "column balance"),
        ("UPDATE accounts SET nonce = nonce + 1", "column nonce"),
        ("DELETE FROM accounts WHERE balance > 0", "table accounts, all: column count"),
        ("UPDATE members SET role = 'prosumer' WHERE role = 'consumer'", "column role"),
        ("UPDATE members SET meter_key = NULL", "column meter_key"),
        ("UPDATE members SET rated_power_w = 1", "column rated_power_w"),
        ("UPDATE members SET certificate_hash = NULL", "column certificate_hash"),
        ("UPDATE members SET suspended = 1 WHERE role = 'consumer'", "column suspended"),
        ("UPDATE ledger_trades SET state = 8", "trades, id 1: column state"),
        ("UPDATE ledger_trades SET seller = buyer, buyer = seller", "trades, id 1: column seller"),
        ("UPDATE ledger_trades SET recipient = seller", "trades, id 1: column recipient"),
        ("UPDATE ledger_trades SET aggregator = NULL", "trades, id 1: column aggregator"),
        ("UPDATE ledger_trades SET delivered_wh = 0", "trades, id 1: column delivered_wh"),
        ("UPDATE ledger_trades SET fee = seller_amount", "trades, id 1: column fee"),
        ("UPDATE ledger_trades SET returned = 1", "trades, id 1: column returned"),
        ("UPDATE ledger_trades SET expires_at = 1", "trades, id 1: column expires_at"),
        ("UPDATE ledger_trades SET offered_at = 1", "trades, id 1: column offered_at"),
        ("UPDATE ledger_steps SET trade = 2 WHERE block = 4", "trade 1: column step"),
        ("UPDATE ledger_steps SET log = 99 WHERE block = 4", "trade_steps, all: column count"),
        ("UPDATE ledger_blocks SET market_time = 1 WHERE number = 4", "column market_time"),
        (
            "UPDATE ledger_transactions SET hash = (SELECT hash FROM ledger_blocks)",
            "transactions, block"
        ),
        ("UPDATE ledger_transfers SET sender = recipient, recipient = sender", "block 1: column"),
        ("UPDATE ledger_transfers SET amount = 1 WHERE block = 2", "transactions, block 2"),
        ("UPDATE ledger_transfers SET transaction_position = 9", "transactions, block"),
        ("DELETE FROM ledger_transfers WHERE block = 2", "transactions, block 2"),
        (
            "INSERT INTO events VALUES (99, x'\(Self.transfer)', 'Transfer'); "
                + "UPDATE ledger_logs SET event = 99 WHERE block = 6",
            "transfers, all: column count"
        ),
        ("UPDATE supply SET escrow = burned, burned = 1", "table supply, id 1"),
    ])
    func `a slip of the writer is found by the check that shares nothing with it`(
        statement: String, expected: String
    ) async throws {
        let store = try await ClosedStore()
        try store.change(statement)
        let queue = try Connections.openForReading(directory: store.directory.path)
        let state = store.state
        let findings = try await queue.read { database in
            let identity = try #require(try ChainIdentity.read(from: database, path: ""))
            var check = ColumnCheck(database, identity: identity, state: state)
            try check.run()
            return check.findings.map(\.description)
        }
        try queue.close()
        #expect(findings.contains { $0.contains(expected) }, "\(findings)")
    }

    @Test func `each flipped byte of a file closed in order is found`() async throws {
        let store = try await ClosedStore()
        let url = URL(fileURLWithPath: store.directory.database)
        let sound = try Data(contentsOf: url)
        for offset in stride(from: 0, to: sound.count, by: sound.count / 13) {
            var flipped = sound
            flipped[offset] ^= 0x10
            try flipped.write(to: url)
            let report = try store.verifier.verify()
            let page = "page \(offset / 4_096 + 1) "
            #expect(report.findings.contains { $0.row?.hasPrefix(page) == true }, "\(offset)")
        }
    }

    /// Without a seal, whatever SQLite reads differently must be found; what it reads as before
    /// lies in space that it does not use.
    @Test func `without a seal each flipped byte that means something is found`() async throws {
        let store = try await ClosedStore()
        try store.breakSeal()
        let url = URL(fileURLWithPath: store.directory.database)
        let sound = try Data(contentsOf: url)
        let before = try contents(of: store.directory.path)
        var found = 0
        for offset in stride(from: 3, to: sound.count, by: sound.count / 37) {
            var flipped = sound
            flipped[offset] ^= 0x04
            try flipped.write(to: url)
            if try store.verifier.verify().isWhole {
                #expect(try contents(of: store.directory.path) == before, "\(offset)")
            } else {
                found += 1
            }
        }
        #expect(found > 5)
    }

    /// Every row of every table.
    private func contents(of directory: String) throws -> [[Row]] {
        let queue = try Connections.openForReading(directory: directory)
        return try queue.read { database in
            let tables = try String.fetchAll(
                database, sql: "SELECT name FROM sqlite_schema WHERE type = 'table'")
            return try tables.map { try Row.fetchAll(database, sql: "SELECT * FROM \($0)") }
        }
    }
}

struct WriteAheadLogTests {
    /// A store's files as they are while it is open, with all its commits still in the log.
    private func copyOfOpenStore() async throws -> TemporaryDirectory {
        let original = try TemporaryDirectory()
        let copy = try TemporaryDirectory()
        var community = try TestCommunity()
        let store = try ChainStore.open(
            directory: original.path, genesis: community.genesis)
        for block in try community.wholeTrade() { try await store.commit(block) }
        for name in ["chain.sqlite", "chain.sqlite-wal"] {
            try FileManager.default.copyItem(
                atPath: original.path + "/" + name, toPath: copy.path + "/" + name)
        }
        try store.close()
        return copy
    }

    @Test func `a store that was killed is found sound`() async throws {
        let directory = try await copyOfOpenStore()
        let report = try ChainVerifier(directory: directory.path).verify()
        #expect(report.findings == [])
        #expect(report.height == 7)
    }

    @Test func `a flipped byte in the log is found, though SQLite passes over it`() async throws {
        let directory = try await copyOfOpenStore()
        let url = URL(fileURLWithPath: directory.database + "-wal")
        let sound = try Data(contentsOf: url)
        for offset in stride(from: 1, to: sound.count, by: sound.count / 9) {
            var flipped = sound
            flipped[offset] ^= 1
            try flipped.write(to: url)
            let findings = try ChainVerifier(directory: directory.path).verify().findings
            #expect(findings.contains { $0.place == "write-ahead log" }, "\(offset)")
        }
    }
}
