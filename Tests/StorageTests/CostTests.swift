import Foundation
import Ledger
import Protocol
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
    ]

    private static func size(_ path: String) throws -> Double {
        let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? NSNumber
        return try #require(size).doubleValue
    }

    /// What `blocks` blocks of `calls` calls each, of which `call` makes the nth, write into the log, and
    /// by how much the file is longer then, in bytes.
    private static func cost(
        blocks: Int, calls: Int, after first: Int = 0,
        _ call: (TestCommunity, Int) -> (PrivateKey, Address, Bytes)
    ) async throws -> (log: Double, file: Double) {
        let directory = try TemporaryDirectory()
        var community = try TestCommunity()
        var store = try ChainStore.open(directory: directory.path, genesis: community.genesis)
        for block in try community.wholeTrade() { try await store.commit(block) }
        try store.close()
        let before = try size(directory.database)
        store = try ChainStore.open(directory: directory.path, genesis: community.genesis)
        // The log is written into the file when it is long; what it takes is counted before.
        try await store.write { try $0.execute(sql: "PRAGMA wal_autocheckpoint = 0") }
        for number in 0..<blocks {
            let calls = (0..<calls).map { call(community, number * calls + $0) }
            try await store.commit(try community.block(calls))
        }
        let log = try size(directory.database + "-wal")
        try store.close()
        return (log, try size(directory.database) - before)
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
        ]
        for (name, figure) in found.sorted(by: { $0.key < $1.key }) {
            let known = try #require(Self.table[name])
            print("cost: \(name): \(Int(figure)), in the table \(Int(known))")
            #expect(figure <= known * 1.2, "\(name): more by a fifth than in the table")
            #expect(figure >= known * 0.8, "\(name): less by a fifth; write it into the table")
        }
    }
}
