import Foundation
import GRDB
import Protocol
import TestKit
import Testing

@testable import Storage

/// Files that are not as they were written: the store refuses, or says that it has forgotten.
struct DamageTests {
    private let directory: TemporaryDirectory
    private let genesis: Genesis

    init() throws {
        directory = try TemporaryDirectory()
        genesis = try TestCommunity().genesis
    }

    private var log: String { directory.database + "-wal" }

    /// A chain of two blocks with three votes above, closed in order.
    private func close() async throws {
        try await write { try $0.close() }
    }

    private func write(_ body: (ChainStore) throws -> Void) async throws {
        var community = try TestCommunity()
        let store = try ChainStore.open(directory: directory.path, genesis: genesis)
        try await store.replace(votingRight: [1])
        for height in UInt64(1)...2 {
            try await store.append([VoteRecord(height: height, bytes: [0, UInt8(height)])])
            try await store.commit(community.block())
        }
        for number in UInt8(1)...3 {
            try await store.append([VoteRecord(height: 3, bytes: [number])])
        }
        try body(store)
    }

    /// The same chain as a kill leaves it: with everything in the log.
    private func killed() async throws -> TemporaryDirectory {
        let copy = try TemporaryDirectory()
        try await write { store in
            for name in ["chain.sqlite", "chain.sqlite-wal", "votes.mark"] {
                try FileManager.default.copyItem(
                    atPath: "\(directory.path)/\(name)", toPath: "\(copy.path)/\(name)")
            }
            try store.close()
        }
        return copy
    }

    private func flip(_ path: String, at offset: Int) throws {
        var data = try Data(contentsOf: URL(fileURLWithPath: path))
        data[offset] ^= 0x10
        try data.write(to: URL(fileURLWithPath: path))
    }

    private func size(_ path: String) throws -> Int {
        try Data(contentsOf: URL(fileURLWithPath: path)).count
    }

    @Test func `a byte that changed in a closed file is refused, with the way back`() async throws {
        try await close()
        let size = try size(directory.database)
        for offset in stride(from: 7, to: size, by: size / 16) {
            try flip(directory.database, at: offset)
            let error = #expect(throws: StorageError.self) {
                _ = try ChainStore.open(directory: directory.path, genesis: genesis)
            }
            #expect(error?.description.contains("page \(offset / 4_096 + 1) ") == true)
            #expect(error?.description.contains("'busbar chain repair'") == true)
            try flip(directory.database, at: offset)
        }
        let store = try ChainStore.open(directory: directory.path, genesis: genesis)
        #expect(try await store.load().records == [[1], [2], [3]])
        try store.close()
    }

    @Test func `a closed file that was cut short is refused`() async throws {
        try await close()
        let data = try Data(contentsOf: URL(fileURLWithPath: directory.database))
        for count in [0, 1, 100, 4_096, data.count / 2, data.count - 1] {
            try data.prefix(count).write(to: URL(fileURLWithPath: directory.database))
            #expect(throws: StorageError.self) {
                _ = try ChainStore.open(directory: directory.path, genesis: genesis)
            }
        }
    }

    @Test func `a killed node's directory is whole, and nothing is forgotten`() async throws {
        let copy = try await killed()
        let store = try ChainStore.open(directory: copy.path, genesis: genesis)
        let chain = try await store.load()
        #expect(chain.records == [[1], [2], [3]])
        #expect(chain.head.block.number == 2)
        #expect(chain.forgottenFrom == nil)
        try store.close()
    }

    @Test func `a log cut short anywhere is noticed: the validator knows it has forgotten`()
        async throws
    {
        let copy = try await killed()
        let data = try Data(contentsOf: URL(fileURLWithPath: copy.database + "-wal"))
        let frames = (data.count - 32) / 4_120
        #expect(frames > 20)
        for kept in [frames - 1, frames - 2, frames - 5, frames / 2, 1, 0] {
            for tail in [0, 2_000] {
                let cut = try cutCopy(of: copy, log: data.prefix(32 + kept * 4_120 + tail))
                try await expectForgetting(in: cut)
            }
        }
        try await expectForgetting(in: cutCopy(of: copy, log: Data()))
    }

    @Test func `a flipped bit in the log is noticed, or was in nothing that counts`() async throws {
        let copy = try await killed()
        let data = try Data(contentsOf: URL(fileURLWithPath: copy.database + "-wal"))
        for offset in stride(from: 3, to: data.count, by: data.count / 40) {
            var damaged = data
            damaged[offset] ^= 0x04
            try await expectForgetting(in: cutCopy(of: copy, log: damaged))
        }
    }

    private func cutCopy(of killed: TemporaryDirectory, log: Data) throws -> TemporaryDirectory {
        let copy = try TemporaryDirectory()
        for name in ["chain.sqlite", "votes.mark"] {
            try FileManager.default.copyItem(
                atPath: "\(killed.path)/\(name)", toPath: "\(copy.path)/\(name)")
        }
        try log.write(to: URL(fileURLWithPath: copy.database + "-wal"))
        return copy
    }

    /// Either the directory is refused, or its store says that something is missing.
    private func expectForgetting(
        in directory: TemporaryDirectory, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        do {
            let store = try ChainStore.open(directory: directory.path, genesis: genesis)
            let chain = try await store.load()
            #expect(chain.forgottenFrom == 2, sourceLocation: sourceLocation)
            try store.close()
        } catch StorageError.damaged {
            return
        }
    }

    /// A file into which all of its log was written, and the log as it was before that. Before the log
    /// began the tables had many pages, which its blocks change one after the other.
    private func written() async throws -> (copy: TemporaryDirectory, log: Data) {
        let copy = try TemporaryDirectory()
        var community = try TestCommunity()
        var store = try ChainStore.open(directory: directory.path, genesis: genesis)
        for _ in 0..<400 { try await store.commit(community.block()) }
        try store.close()
        store = try ChainStore.open(directory: directory.path, genesis: genesis)
        for _ in 0..<20 { try await store.commit(community.block()) }
        for name in ["chain.sqlite", "chain.sqlite-wal", "votes.mark"] {
            try FileManager.default.copyItem(
                atPath: "\(directory.path)/\(name)", toPath: "\(copy.path)/\(name)")
        }
        try store.close()
        let log = try Data(contentsOf: URL(fileURLWithPath: copy.database + "-wal"))
        let queue = try DatabaseQueue(path: copy.database)
        try await queue.writeWithoutTransaction {
            try $0.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE)")
        }
        try queue.close()
        return (copy, log)
    }

    @Test func `a log cut short that was in the file already is refused, or all is there`()
        async throws
    {
        let (copy, log) = try await written()
        let frames = (log.count - 32) / 4_120
        var refusals = 0
        for kept in stride(from: 0, through: frames, by: max(1, frames / 40)) {
            let cut = try cutCopy(of: copy, log: log.prefix(32 + kept * 4_120))
            do throws(StorageError) {
                let store = try ChainStore.open(directory: cut.path, genesis: genesis)
                defer { try? store.close() }
                _ = try await store.load()
            } catch {
                refusals += 1
                #expect(error.description.contains("'busbar chain repair'"), "\(error)")
                continue
            }
            #expect(try ChainVerifier(directory: cut.path).verify().findings == [], "\(kept)")
        }
        #expect(refusals > 5, "of \(frames) frames")
    }

    /// What is left of the log may be older than what is in the file: each table is looked at.
    @Test(arguments: [
        ("DELETE FROM ledger_blocks WHERE number = 3", "7 blocks of 8"),
        ("DELETE FROM ledger_transactions WHERE block = 2", "7 transactions of 8"),
        ("DELETE FROM ledger_logs WHERE block = 3", "5 steps of"),
        (
            "UPDATE ledger_transactions SET block = 99 WHERE block = 2",
            "ledger_transactions of blocks after 7"
        ),
        (
            "UPDATE ledger_transfers SET block = 99 WHERE block = 2",
            "ledger_transfers of blocks after 7"
        ),
        (
            """
            PRAGMA writable_schema = ON;
            UPDATE sqlite_schema SET sql = replace(sql, '(sender, block,', '(nonce, block,')
                WHERE name = 'transactions_by_sender';
            PRAGMA schema_version = 999
            """, "row 1 missing from index transactions_by_sender"
        ),
    ])
    func `where something is forgotten, tables of several moments are refused`(
        statement: String, expected: String
    ) async throws {
        var community = try TestCommunity()
        let store = try ChainStore.open(directory: directory.path, genesis: genesis)
        for block in try community.wholeTrade() { try await store.commit(block) }
        let mark = try VoteMark(directory: directory.path)
        try mark.write(VoteMark.Position(height: 99, sequence: 0, votingRight: 0))
        #expect(try await store.load().forgottenFrom == 99)
        let queue = try DatabaseQueue(path: directory.database)
        try await queue.writeWithoutTransaction { database in
            try database.execute(sql: "PRAGMA foreign_keys = OFF; " + statement)
        }
        try queue.close()
        let error = await #expect(throws: StorageError.self) { _ = try await store.load() }
        #expect(
            error?.description.contains("its log was cut short: \(expected)") == true,
            "\(String(describing: error))")
    }

    @Test(arguments: [
        (
            "UPDATE ledger_blocks SET hash = x'00' WHERE number = 3",
            "table ledger_blocks, column hash"
        ),
        ("UPDATE ledger_blocks SET header = x'c0'", "table ledger_blocks, column header"),
        ("UPDATE ledger_blocks SET header = x'c000'", "table ledger_blocks, column header"),
        ("UPDATE ledger_blocks SET certificate = x'80'", "table ledger_blocks, column certificate"),
        ("UPDATE ledger_blocks SET timestamp_ms = -1", "table ledger_blocks, column timestamp_ms"),
        (
            "UPDATE ledger_transactions SET hash = x'00' WHERE block = 3 AND position = 0",
            "table ledger_transactions, column hash"
        ),
        ("UPDATE ledger_transactions SET sender = 99", "table ledger_transactions, column sender"),
        ("UPDATE ledger_transactions SET body = x'02'", "table ledger_transactions, column body"),
        ("UPDATE ledger_transactions SET body = x'00'", "table ledger_transactions, column body"),
        (
            "UPDATE ledger_transactions SET gas_used = -1",
            "table ledger_transactions, column gas_used"
        ),
        ("UPDATE ledger_logs SET address = 99", "table ledger_logs, column address"),
        ("UPDATE ledger_logs SET topics = x'02'", "table ledger_logs, column topics"),
        ("UPDATE ledger_logs SET data = x'0000'", "table ledger_logs, column data"),
        ("UPDATE ledger_logs SET transaction_position = 99", "table ledger_logs: block"),
        ("UPDATE ledger_trades SET id = 5000000000", "table ledger_trades, column id"),
        ("UPDATE ledger_trades SET state = 9", "table ledger_trades, column state"),
        ("UPDATE ledger_trades SET seller = 99", "table ledger_trades, column seller"),
        ("UPDATE ledger_trades SET price = -1", "table ledger_trades, column price"),
        ("UPDATE ledger_transfers SET recipient = 99", "table ledger_transfers, column recipient"),
        ("UPDATE validators SET address = substr(address, 2)", "table validators, column address"),
    ])
    func `a column that cannot be read is named with its table`(
        statement: String, expected: String
    ) async throws {
        var community = try TestCommunity()
        let store = try ChainStore.open(directory: directory.path, genesis: genesis)
        for block in try community.wholeTrade() { try await store.commit(block) }
        let change = "PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON; "
        let queue = try DatabaseQueue(path: directory.database)
        try await queue.writeWithoutTransaction { database in
            try database.execute(sql: change + statement)
        }
        try queue.close()
        let found = community
        let error = await #expect(throws: StorageError.self) {
            try await readAll(of: store, found)
        }
        #expect(
            error?.description.contains("is damaged: \(expected)") == true,
            "\(String(describing: error))")
    }

    /// Reads something of every table.
    private func readAll(of store: ChainStore, _ community: TestCommunity) async throws {
        _ = try await store.load()
        _ = try await store.blocks(below: 100, limit: 100)
        _ = try await store.receipts(inBlock: 3)
        _ = try await store.trades(TradeFilter(), below: nil, limit: 9)
        _ = try await store.logs(matching: LogFilter(blocks: 0...9))
        _ = try await store.transfers(
            of: community.aggregator.address, before: nil, limit: 9)
    }

    @Test func `a mark that cannot be read is as none`() async throws {
        let copy = try await killed()
        try flip(copy.path + "/votes.mark", at: 3)
        let store = try ChainStore.open(directory: copy.path, genesis: genesis)
        #expect(try await store.load().forgottenFrom == nil)
        try store.close()
    }

    @Test func `what was put aside is fetched anew by a store that knows it has forgotten`()
        async throws
    {
        try await close()
        try flip(directory.database, at: 9_000)
        let aside = try ChainStore.putAside(directory: directory.path)
        #expect(FileManager.default.fileExists(atPath: aside + "/chain.sqlite"))
        let store = try ChainStore.open(directory: directory.path, genesis: genesis)
        let chain = try await store.load()
        #expect(chain.head.block.number == 0)
        #expect(chain.records.isEmpty)
        #expect(chain.forgottenFrom == 2)
        #expect(throws: StorageError.self) {
            _ = try ChainStore.putAside(directory: directory.path)
        }
        try store.close()
    }
}
