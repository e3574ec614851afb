import Foundation
import GRDB
import Ledger
import Protocol
import TestKit
import Testing

@testable import Storage

/// What a question costs where much has happened: as much as where little has.
@Suite(.serialized) struct StorageGrowthTests {
    /// A store whose tables hold so much of an account's history; `body` asks it.
    private func costs(
        rows: Int, rounds: Int,
        _ questions: [String: @Sendable (ChainStore, Address) async throws -> Void]
    ) async throws -> [String: Duration] {
        let directory = try TemporaryDirectory()
        let community = try TestCommunity()
        let (account, other) = (community.seller.address, community.buyer.address)
        try ChainStore.open(directory: directory.path, genesis: community.genesis).close()
        let queue = try DatabaseQueue(path: directory.database)
        try await queue.write { try Self.fill($0, rows: rows, account, other) }
        try queue.close()
        try FileManager.default.removeItem(atPath: directory.database + ".seal")
        let store = try ChainStore.open(directory: directory.path, genesis: community.genesis)
        var costs: [String: Duration] = [:]
        for (name, ask) in questions {
            var times: [Duration] = []
            for _ in 0..<rounds {
                times.append(try await ContinuousClock().measure { try await ask(store, account) })
            }
            // The least: what else runs beside it takes time, and what grows takes it each time.
            costs[name] = times.min()
        }
        try store.close()
        return costs
    }

    private static func fill(
        _ database: Database, rows: Int, _ first: Address, _ second: Address
    ) throws {
        let numbers =
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < \(rows))"
        let table = TableNumbers()
        let (account, other) = (
            try table.number(of: first, in: database), try table.number(of: second, in: database)
        )
        // Every third is of others.
        let (sender, recipient) = (
            "iif(i % 3 = 0, \(other), \(account))", "iif(i % 3 = 1, \(account), \(other))"
        )
        try database.execute(
            sql: """
                INSERT INTO ledger_transfers
                    (block, log, transaction_position, sender, recipient, amount)
                \(numbers) SELECT 0, i, 0, \(sender), \(recipient), 1 FROM n
                """)
        try database.execute(
            sql: """
                INSERT INTO ledger_trades (id, state, seller, buyer, energy_wh, price, offered_at,
                    expires_at, delivered_wh, seller_amount, fee, returned, burned)
                \(numbers) SELECT i, \(TradeStatus.settled.rawValue),
                    iif(i % 2 = 0, \(account), \(other)), iif(i % 2 = 0, \(other), \(account)),
                    1, 1, 1, 1, 1, 1, 0, 0, 0 FROM n
                """)
    }

    /// By how much a question may be dearer after ten times as much, pages that lie deeper and colder with it.
    private static let most = 4.0

    /// How many times as much each of `questions` takes after ten times as much.
    private func growth(
        of questions: [String: @Sendable (ChainStore, Address) async throws -> Void], rounds: Int
    ) async throws -> [String: Double] {
        let few = try await costs(rows: 10_000, rounds: rounds, questions)
        let many = try await costs(rows: 100_000, rounds: rounds, questions)
        return few.reduce(into: [:]) { growth, question in
            guard let other = many[question.key] else { return }
            print("growth: \(question.key): \(question.value), after ten times as much \(other)")
            growth[question.key] = other / question.value
        }
    }

    @Test func `no question costs more after ten times as much`() async throws {
        let questions: [String: @Sendable (ChainStore, Address) async throws -> Void] = [
            "an account's movements": { store, account in
                let found = try await store.transfers(of: account, before: nil, limit: 20)
                #expect(found.count == 20)
            },
            "an account's trades": { store, account in
                let found = try await store.trades(
                    TradeFilter(party: account), below: nil, limit: 20)
                #expect(found.trades.count == 20)
                #expect(found.trades.map(\.id) == found.trades.map(\.id).sorted().reversed())
            },
            "an account's open offers": { store, account in
                let filter = TradeFilter(state: "open", seller: account)
                let found = try await store.trades(filter, below: nil, limit: 20)
                #expect(found.trades.isEmpty && found.next != nil)
            },
            "its trades in a state that none is in": { store, account in
                let filter = TradeFilter(state: "picked", party: account)
                let found = try await store.trades(filter, below: nil, limit: 20)
                #expect(found.trades.isEmpty && found.next != nil)
            },
        ]
        var growth = try await growth(of: questions, rounds: 15)
        // What grows does so however often it is measured; what the machine did beside it does not.
        let doubtful = questions.filter { (growth[$0.key] ?? .infinity) >= Self.most }
        if !doubtful.isEmpty {
            growth.merge(try await self.growth(of: doubtful, rounds: 100)) { _, new in new }
        }
        for name in questions.keys.sorted() {
            #expect(try #require(growth[name]) < Self.most, "\(name)")
        }
    }

    @Test func `pages of trades lead to every trade that fits`() async throws {
        let directory = try TemporaryDirectory()
        let community = try TestCommunity()
        let (account, other) = (community.seller.address, community.buyer.address)
        try ChainStore.open(directory: directory.path, genesis: community.genesis).close()
        let queue = try DatabaseQueue(path: directory.database)
        try await queue.write { database in
            try Self.fill(database, rows: 5_000, account, other)
            try database.execute(sql: "UPDATE ledger_trades SET state = 1 WHERE id % 1300 = 0")
        }
        try queue.close()
        try FileManager.default.removeItem(atPath: directory.database + ".seal")
        let store = try ChainStore.open(directory: directory.path, genesis: community.genesis)
        let filter = TradeFilter(state: "open", party: account)
        var found: [UInt32] = []
        var (next, pages): (OfferID?, Int) = (nil, 0)
        repeat {
            let page = try await store.trades(filter, below: next, limit: 2)
            found += page.trades.map(\.id.value)
            next = page.next
            pages += 1
        } while next != nil && pages < 20
        #expect(found == [3_900, 2_600, 1_300])
        #expect(pages <= 8)
        try store.close()
    }

    /// Whether a start reads the whole file shows where a seal is wrong of a file that is as it was.
    @Test func `a start reads the whole file only where somebody has written into it`() async throws
    {
        let directory = try TemporaryDirectory()
        let genesis = try TestCommunity().genesis
        func open() throws {
            try ChainStore.open(directory: directory.path, genesis: genesis).close()
        }
        try open()
        let (database, seal) = (
            URL(fileURLWithPath: directory.database),
            URL(fileURLWithPath: directory.database + ".seal")
        )
        let closed = Date.now
        try await eventually("time goes by") { Date.now.timeIntervalSince(closed) > 0.3 }
        func spoil() throws {
            var content = try Data(contentsOf: seal)
            content[content.count - 1] ^= 1
            try content.write(to: seal)
        }
        try spoil()
        try open()
        // The seal is anew; a file that was written into is read, even if each byte is as it was.
        let reopened = Date.now
        try await eventually("time goes by") { Date.now.timeIntervalSince(reopened) > 0.3 }
        try spoil()
        let first = try Data(contentsOf: database).prefix(1)
        let file = try FileHandle(forWritingTo: database)
        try file.write(contentsOf: first)
        try file.close()
        #expect(throws: StorageError.self) { try open() }
    }

    /// What a role's start takes to read its books, at least.
    private static func start(
        _ rows: Int, _ statement: String, at path: String, _ read: () throws -> Void
    ) throws -> Duration {
        let queue = try DatabaseQueue(path: path)
        try queue.write { database in
            try database.execute(
                sql: """
                    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < \(rows))
                    INSERT OR REPLACE INTO \(statement) FROM n
                    """)
        }
        try queue.close()
        let times = try (0..<15).map { _ in try ContinuousClock().measure(read) }
        return times.min() ?? .zero
    }

    @Test func `no role's books are read in full at its start`() throws {
        let directory = try TemporaryDirectory()
        let (broker, household) = (directory.path + "/broker", directory.path + "/household")
        let now = Timestamp(milliseconds: 1_780_000_000_000)
        let began = MeterReading(
            meter: .zero, time: .zero, importRegister: .zero, exportRegister: .zero, power: 0
        ).rlp.encoded
        var costs: [(few: Duration, many: Duration)] = []
        do {
            let store = try AggregatorStore(path: broker)
            func cost(_ rows: Int) throws -> Duration {
                try Self.start(
                    rows,
                    """
                    trade (id, seller, buyer, energy_wh, price, status, delivered_wh)
                    SELECT i, '', '', 1, 1, 'settled', 1
                    """, at: broker
                ) { try #expect(store.memory(at: now).trades.isEmpty) }
            }
            costs.append((try cost(1_000), try cost(100_000)))
        }
        do {
            let store = try HouseholdStore(path: household)
            func cost(_ rows: Int) throws -> Duration {
                try Self.start(
                    rows,
                    """
                    delivery (trade, direction, began, is_open)
                    SELECT i, 1, x'\(Hexadecimal.encode(began))', 0
                    """, at: household
                ) { try #expect(store.memory(of: .zero).deliveries.count == 1_000) }
            }
            costs.append((try cost(1_000), try cost(100_000)))
        }
        for cost in costs {
            print("growth: a role's books: \(cost.few), after a hundred times as much \(cost.many)")
            #expect(cost.many / cost.few < 4)
        }
    }

    @Test func `a search looks at so many events and no more`() async throws {
        let directory = try TemporaryDirectory()
        let community = try TestCommunity()
        try ChainStore.open(directory: directory.path, genesis: community.genesis).close()
        let queue = try DatabaseQueue(path: directory.database)
        try await queue.write { database in
            try database.execute(
                sql: """
                    INSERT INTO ledger_transactions (block, position, hash, sender, nonce, gas_used,
                        cumulative_gas_used, first_log, body)
                    VALUES (0, 0, zeroblob(32), 1, 0, 0, 0, 0, x'');
                    INSERT OR IGNORE INTO addresses (number, address) VALUES (1, zeroblob(20));
                    INSERT INTO ledger_logs
                        (block, position, transaction_position, address, topics, data)
                    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i <= 100000)
                    SELECT 0, i, 0, 1, x'', x'' FROM n
                    """)
        }
        try queue.close()
        try FileManager.default.removeItem(atPath: directory.database + ".seal")
        let store = try ChainStore.open(directory: directory.path, genesis: community.genesis)
        let filter = LogFilter(blocks: 0...0, addresses: [NativeContract.market])
        #expect(try await store.logs(matching: filter) == .tooManyEvents)
        try store.close()
    }
}
