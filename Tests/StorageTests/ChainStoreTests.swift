import Foundation
import GRDB
import Ledger
import Protocol
import TestKit
import Testing

@testable import Storage

struct ChainStoreTests {
    @Test func `a new directory begins with the first block`() async throws {
        let directory = try TemporaryDirectory()
        let community = try TestCommunity()
        let store = try ChainStore.open(
            directory: directory.path + "/deep/er", genesis: community.genesis)
        let chain = try await store.load()
        #expect(chain.head.block == community.head)
        #expect(chain.state == community.state)
        #expect(chain.headValidators == community.genesis.validators)
        #expect(chain.records.isEmpty)
        #expect(chain.votingRight == nil)
    }

    @Test func `what was committed is there after the store is opened again`() async throws {
        let directory = try TemporaryDirectory()
        var community = try TestCommunity()
        let blocks = try community.wholeTrade()
        do {
            let store = try ChainStore.open(
                directory: directory.path, genesis: community.genesis)
            for block in blocks { try await store.commit(block) }
            try store.close()
        }
        let store = try ChainStore.open(directory: directory.path)
        let chain = try await store.load()
        #expect(chain.head == blocks.last?.final)
        #expect(chain.state == community.state)
        #expect(chain.headValidators == community.genesis.validators)
        let whole = try await store.blocks(from: 1, count: 100, maxBytes: 1 << 20)
        #expect(whole == blocks.map(\.final))
        #expect(whole.map(\.rlp.encoded) == blocks.map(\.final.rlp.encoded))
    }

    @Test func `of the last blocks it tells what they take, and who sent what few hold`()
        async throws
    {
        let directory = try TemporaryDirectory()
        var community = try TestCommunity()
        let blocks = try community.wholeTrade()
        let store = try ChainStore.open(directory: directory.path, genesis: community.genesis)
        for block in blocks { try await store.commit(block) }
        let sizes = try await store.load(recentBlocks: 3).recentBlocks
        let finals = blocks.suffix(3).map(\.final)
        #expect(sizes.map(\.number) == finals.map(\.block.number))
        #expect(sizes.map(\.time) == finals.map(\.block.header.timestamp))
        let bytes = finals.map { final in
            final.block.transactions.reduce(0) { $0 + RLP.bytes($1.encoded).encoded.count }
        }
        #expect(sizes.map(\.transactions) == bytes)
        let own = finals.map {
            $0.block.header.rlp.encoded.count + $0.certificate.rlp.encoded.count
        }
        #expect(sizes.map(\.own) == own)
        let senders = finals.map { Set($0.block.transactions.map(\.sender)).sorted() }
        #expect(sizes.map(\.senders) == senders && !senders.joined().isEmpty)
        #expect(try await store.load().recentBlocks.isEmpty)
    }

    @Test func `closing clears the log and seals the file, however many were reading`()
        async throws
    {
        let directory = try TemporaryDirectory()
        var community = try TestCommunity()
        let store = try ChainStore.open(
            directory: directory.path, genesis: community.genesis)
        for block in try community.wholeTrade() { try await store.commit(block) }
        try await withThrowingTaskGroup { group in
            for _ in 0..<20 {
                group.addTask { _ = try await store.blocks(from: 0, count: 10, maxBytes: 1 << 20) }
            }
            try await group.waitForAll()
        }
        try store.close()
        let files = FileManager.default
        #expect(!files.fileExists(atPath: directory.path + "/chain.sqlite-wal"))
        #expect(files.fileExists(atPath: directory.path + "/chain.sqlite.seal"))
    }

    @Test func `every commit waits for the disk`() async throws {
        let directory = try TemporaryDirectory()
        let store = try ChainStore.open(
            directory: directory.path, genesis: try TestCommunity().genesis)
        let (level, mode) = try await store.write { database in
            (
                try Int.fetchOne(database, sql: "PRAGMA synchronous"),
                try String.fetchOne(database, sql: "PRAGMA journal_mode")
            )
        }
        #expect(level == 2)
        #expect(mode == "wal")
    }

    @Test func `a directory in use is refused with the process that uses it`() throws {
        let directory = try TemporaryDirectory()
        let genesis = try TestCommunity().genesis
        let first = try ChainStore.open(directory: directory.path, genesis: genesis)
        let expected = StorageError.directoryInUse(
            path: directory.path, process: ProcessInfo.processInfo.processIdentifier)
        #expect(throws: expected) {
            _ = try ChainStore.open(directory: directory.path, genesis: genesis)
        }
        #expect(expected.description.contains("in use by process"))
        try first.close()
    }

    @Test func `another chain's directory is refused and stays as it is`() throws {
        let directory = try TemporaryDirectory()
        let ours = try TestCommunity().genesis
        try ChainStore.open(directory: directory.path, genesis: ours).close()
        let before = FileManager.default.contents(atPath: directory.database)
        let other = try TestCommunity(chainID: 4_712).genesis
        let error = #expect(throws: StorageError.self) {
            _ = try ChainStore.open(directory: directory.path, genesis: other)
        }
        #expect(error?.description.contains("belongs to chain 4711") == true)
        #expect(FileManager.default.contents(atPath: directory.database) == before)
    }

    @Test func `a file that is no database of ours is refused`() throws {
        let directory = try TemporaryDirectory()
        try Data("not a database, but some text of some length".utf8).write(
            to: URL(fileURLWithPath: directory.database))
        #expect(throws: StorageError.self) {
            _ = try ChainStore.open(
                directory: directory.path, genesis: try TestCommunity().genesis)
        }
        #expect(throws: StorageError.noChain(path: "/nowhere")) {
            _ = try ChainStore.open(directory: "/nowhere")
        }
    }

    @Test func `a directory that cannot be made is one clear line`() throws {
        let directory = try TemporaryDirectory()
        let file = directory.path + "/file"
        try Data().write(to: URL(fileURLWithPath: file))
        let error = #expect(throws: StorageError.self) {
            _ = try ChainStore.open(directory: file, genesis: try TestCommunity().genesis)
        }
        #expect(error?.description.hasPrefix("\(file) cannot be opened: ") == true)
    }

    @Test func `a file left empty by a crash is begun anew`() async throws {
        let directory = try TemporaryDirectory()
        try Data().write(to: URL(fileURLWithPath: directory.database))
        let store = try ChainStore.open(
            directory: directory.path, genesis: try TestCommunity().genesis)
        #expect(try await store.head().header.number == 0)
    }

    @Test func `a block that does not follow the last is refused whole`() async throws {
        let directory = try TemporaryDirectory()
        var community = try TestCommunity()
        let store = try ChainStore.open(
            directory: directory.path, genesis: community.genesis)
        let (first, second) = (try community.block(), try community.block())
        await #expect(throws: StorageError.self) { try await store.commit(second) }
        try await store.commit(first)
        await #expect(throws: StorageError.self) { try await store.commit(first) }
        #expect(try await store.head().hash == first.final.block.hash)
    }

    @Test func `a full disk is told apart, and nothing of the block is stored`() async throws {
        let directory = try TemporaryDirectory()
        var community = try TestCommunity()
        let store = try ChainStore.open(
            directory: directory.path, genesis: community.genesis)
        let pages = try await store.write { database in
            let pages = try Int.fetchOne(database, sql: "PRAGMA page_count") ?? 0
            try database.execute(sql: "PRAGMA max_page_count = \(pages)")
            return pages
        }
        #expect(pages > 0)
        let data = Bytes(repeating: 7, count: 20_000)
        let block = try community.block([
            (community.buyer, community.seller.address, data)
        ])
        await #expect(throws: StorageError.diskFull(path: directory.database)) {
            try await store.commit(block)
        }
        #expect(try await store.head().header.number == 0)
        // Once there is room it goes on, and no row has a number that was taken back.
        try await store.write { try $0.execute(sql: "PRAGMA max_page_count = 100000") }
        try await store.commit(block)
        try store.close()
        #expect(try ChainVerifier(directory: directory.path).verify().findings == [])
    }
}

struct VoteTests {
    private let directory: TemporaryDirectory
    private let genesis: Genesis

    init() throws {
        directory = try TemporaryDirectory()
        genesis = try TestCommunity().genesis
    }

    private func store(records: Int) async throws {
        let store = try ChainStore.open(directory: directory.path, genesis: genesis)
        for number in 0..<records {
            try await store.append([VoteRecord(height: 1, bytes: [UInt8(number), 1, 2])])
        }
        try await store.replace(votingRight: [9])
        try await store.replace(votingRight: [8])
        try store.close()
    }

    private func damage(sequence: Int) throws {
        // As if the node had not been shut down in order: else the seal would tell first.
        try FileManager.default.removeItem(atPath: directory.database + ".seal")
        let queue = try DatabaseQueue(path: directory.database)
        try queue.write { database in
            try database.execute(
                sql: "UPDATE votes SET record = x'ff' WHERE sequence = ?", arguments: [sequence])
        }
        try queue.close()
    }

    @Test func `records come back in order, and the voting right as it was last`() async throws {
        try await store(records: 3)
        let chain = try await ChainStore.open(directory: directory.path).load()
        #expect(chain.records == [[0, 1, 2], [1, 1, 2], [2, 1, 2]])
        #expect(chain.votingRight == [8])
    }

    @Test(arguments: 1...3) func `a damaged record stops the node, the last one too`(
        sequence: Int
    ) async throws {
        try await store(records: 3)
        try damage(sequence: sequence)
        let store = try ChainStore.open(directory: directory.path)
        let error = await #expect(throws: StorageError.self) { _ = try await store.load() }
        #expect(error?.description.contains("votes: record \(sequence) is damaged") == true)
        #expect(error?.description.contains("busbar chain repair") == true)
    }

    @Test func `a block makes the records up to its height superfluous`() async throws {
        try await store(records: 2)
        var community = try TestCommunity()
        let store = try ChainStore.open(directory: directory.path)
        try await store.append([VoteRecord(height: 2, bytes: [7])])
        try await store.commit(
            community.block(), followedBy: [8, 9].map { VoteRecord(height: 2, bytes: [$0]) })
        #expect(try await store.load().records == [[7], [8], [9]])
    }
}
