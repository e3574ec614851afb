import CCounts
import Foundation
import Ledger
import Protocol
import Synchronization
import TestKit
import Testing

@testable import Storage

/// What the ledger takes of a disk, against a table of what it took when this was written. It is counted
/// and not timed, so it is the same on every machine.
struct CostTests {
    /// What was counted, and may grow by a fifth before somebody has to look why.
    private static let table: [String: Double] = [
        "bytes a transfer": 299, "bytes an offer": 751,
        "log bytes a transfer, a hundred a block": 1_390,
        "log bytes a block of two transfers": 46_560,
        "statements a transfer": 1.79, "statements a block of two transfers": 17.2,
        "syncs a block": 1, "syncs for what is said": 1,
    ]

    private struct Cost {
        /// Bytes written into the log.
        var log = 0.0
        /// By how many bytes the file is longer.
        var file = 0.0
        /// How many statements SQLite ran.
        var statements = 0.0
        /// How often the disk was waited for.
        var syncs = 0.0
    }

    private static func size(_ path: String) throws -> Double {
        let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? NSNumber
        return try #require(size).doubleValue
    }

    /// How many syncs of files below `directory` there are while `body` runs.
    private static func syncs(
        _ directory: TemporaryDirectory, _ body: () async throws -> Void
    ) async throws -> Double {
        let number = busbar_count_syncs(directory.path)
        try #require(number >= 0)
        let result: Result<Void, any Error>
        do { result = .success(try await body()) } catch { result = .failure(error) }
        let syncs = busbar_end_count_of_syncs(number)
        try result.get()
        return Double(syncs)
    }

    /// What `blocks` blocks of `calls` calls each cost, of which `call` makes the nth.
    private static func cost(
        blocks: Int, calls: Int, _ call: (TestCommunity, Int) -> (PrivateKey, Address, Bytes)
    ) async throws -> Cost {
        let directory = try TemporaryDirectory()
        var community = try TestCommunity()
        var store = try ChainStore.open(directory: directory.path, genesis: community.genesis)
        for block in try community.wholeTrade() { try await store.commit(block) }
        try store.close()
        let before = try size(directory.database)
        store = try ChainStore.open(directory: directory.path, genesis: community.genesis)
        // The log is written into the file when it is long; what it takes is counted before.
        try await store.write { try $0.execute(sql: "PRAGMA wal_autocheckpoint = 0") }
        let statements = StatementCount()
        try await store.write { $0.trace { _ in statements.add() } }
        let syncs = try await syncs(directory) {
            for number in 0..<blocks {
                let calls = (0..<calls).map { call(community, number * calls + $0) }
                try await store.commit(try community.block(calls))
            }
        }
        let log = try size(directory.database + "-wal")
        try store.close()
        return Cost(
            log: log, file: try size(directory.database) - before,
            statements: Double(statements.value), syncs: syncs)
    }

    private final class StatementCount: Sendable {
        private let count = Mutex(0)
        var value: Int { count.withLock { $0 } }
        func add() { count.withLock { $0 += 1 } }
    }

    /// How many syncs it takes to store what a validator says in one step: two records.
    private static func syncsOfVotes() async throws -> Double {
        let directory = try TemporaryDirectory()
        let community = try TestCommunity()
        let store = try ChainStore.open(directory: directory.path, genesis: community.genesis)
        let steps = 10
        let syncs = try await syncs(directory) {
            for step in 0..<steps {
                let record = VoteRecord(height: UInt64(step + 1), bytes: [1, 2, 3])
                try await store.append([record, record])
            }
        }
        try store.close()
        return syncs / Double(steps)
    }

    private static func transfer(
        _ community: TestCommunity, _: Int
    ) -> (PrivateKey, Address, Bytes) {
        let call = TokenCall.transfer(to: community.seller.address, amount: TokenAmount(1_000))
        return (community.aggregator, NativeContract.token, call)
    }

    @Test func `the ledger takes no more of a disk than it did`() async throws {
        let many = try await Self.cost(blocks: 20, calls: 100, Self.transfer)
        let few = try await Self.cost(blocks: 50, calls: 2, Self.transfer)
        let offers = try await Self.cost(blocks: 3, calls: 20) { community, _ in
            (
                community.seller, NativeContract.market,
                MarketCall.addOffer(energy: 100, price: 20_000)
            )
        }
        let found = [
            "bytes a transfer": many.file / 2_000, "bytes an offer": offers.file / 60,
            "log bytes a transfer, a hundred a block": many.log / 2_000,
            "log bytes a block of two transfers": few.log / 50,
            "statements a transfer": (many.statements - few.statements) / (2_000 - 100),
            "statements a block of two transfers": few.statements / 50,
            "syncs a block": few.syncs / 50,
            "syncs for what is said": try await Self.syncsOfVotes(),
        ]
        for (name, figure) in found.sorted(by: { $0.key < $1.key }) {
            let known = try #require(Self.table[name])
            print("cost: \(name): \(figure), in the table \(known)")
            #expect(figure <= known * 1.2, "\(name): more by a fifth than in the table")
            #expect(figure >= known * 0.8, "\(name): less by a fifth; write it into the table")
        }
    }
}
