import Foundation
import Ledger
import Protocol
import TestKit
import Testing

@testable import Storage

/// A store with one whole trade in it.
private struct StoredCommunity {
    let directory: TemporaryDirectory
    let community: TestCommunity
    let blocks: [CommittedBlock]
    let store: ChainStore

    init() async throws {
        directory = try TemporaryDirectory()
        var community = try TestCommunity()
        blocks = try community.wholeTrade()
        self.community = community
        store = try ChainStore.open(directory: directory.path, genesis: community.genesis)
        for block in blocks { try await store.commit(block) }
    }
}

struct QueryTests {
    @Test func `what trades came to is summed over the time that is asked for`() async throws {
        let all = try await StoredCommunity()
        let (start, day) = (TestCommunity.start.milliseconds, UInt64(86_400_000))
        func sums(
            _ from: UInt64, _ to: UInt64, of aggregator: PrivateKey
        ) async throws -> TradeSums {
            try await all.store.sums(
                of: aggregator.address, from: MarketTime(seconds: from / 1_000),
                to: MarketTime(seconds: to / 1_000), blocks: Timestamp(milliseconds: from),
                to: Timestamp(milliseconds: to))
        }
        let community = all.community
        let whole = try await sums(start - day, start + day, of: community.aggregator)
        #expect(whole.settled == 1 && whole.refunded == 0)
        #expect(whole.delivered == WattHours(500))
        #expect(whole.minted == TokenAmount(9_000_000) && whole.burned == .zero)
        let seller = try #require(whole.parties[community.seller.address])
        #expect(seller.sales == 1 && seller.sold == WattHours(500))
        #expect(seller.earned.baseUnits + whole.fees.baseUnits == 120_000)
        let buyer = try #require(whole.parties[community.buyer.address])
        #expect(buyer.purchases == 1 && buyer.spent == TokenAmount(120_000))
        // The payment comes some 705 s after the beginning, and counts where it came.
        let early = try await sums(start - day, start + 600_000, of: community.aggregator)
        #expect(early.settled == 0 && early.minted == TokenAmount(9_000_000))
        let late = try await sums(start + 600_000, start + day, of: community.aggregator)
        #expect(late.settled == 1 && late.minted == .zero)
        let next = try await sums(start + day, start + 2 * day, of: community.aggregator)
        #expect(next == TradeSums())
        #expect(try await sums(0, start + day, of: community.exchange).settled == 0)
    }

    @Test func `blocks are found by height and hash`() async throws {
        let all = try await StoredCommunity()
        let third = all.blocks[2].final.block
        let byNumber = try #require(try await all.store.block(number: 3))
        #expect(byNumber.header == third.header)
        #expect(byNumber.certificate == all.blocks[2].final.certificate)
        #expect(byNumber.transactionHashes == third.transactions.map(\.hash))
        #expect(byNumber.byteCount == third.rlp.encoded.count)
        #expect(try await all.store.block(hash: third.hash) == byNumber)
        #expect(try await all.store.block(number: 8) == nil)
        #expect(try await all.store.block(number: .max) == nil)
        #expect(try await all.store.block(hash: .zero) == nil)
        #expect(try await all.store.head().header.number == 7)
        let page = try await all.store.blocks(below: 5, limit: 2)
        #expect(page.map(\.header.number) == [4, 3])
    }

    @Test func `whole blocks come as many as fit, but one at least`() async throws {
        let all = try await StoredCommunity()
        #expect(try await all.store.blocks(from: 2, count: 3, maxBytes: 1 << 20).count == 3)
        #expect(try await all.store.blocks(from: 2, count: 3, maxBytes: 1).count == 1)
        #expect(try await all.store.blocks(from: 8, count: 3, maxBytes: 1 << 20).isEmpty)
        #expect(try await all.store.blocks(from: .max, count: .max, maxBytes: 1).isEmpty)
        #expect(try await all.store.blocks(from: 1, count: .max, maxBytes: 1 << 20).count == 7)
    }

    @Test func `transactions and receipts come with their outcome`() async throws {
        let all = try await StoredCommunity()
        let block = all.blocks[2]
        let failed = block.final.block.transactions[1]
        let found = try #require(try await all.store.transaction(hash: failed.hash))
        #expect(!found.succeeded)
        #expect(found.revertReason?.verbatim == block.receipts[1].revertReason)
        #expect(found.sender == all.community.seller.address)
        #expect(found.function == "pickOffer")
        #expect(found.index == 1)
        #expect(try await all.store.transaction(block: 3, index: 1) == found)
        #expect(try await all.store.transactions(inBlock: 3).count == 2)
        let receipts = try await all.store.receipts(inBlock: 3)
        #expect(receipts.map(\.logs) == block.receipts.map(\.logs))
        #expect(receipts[1].transaction.cumulativeGasUsed == block.final.block.header.gasUsed)
        #expect(try await all.store.receipt(hash: failed.hash)?.transaction == found)
        #expect(try await all.store.receipt(hash: .zero) == nil)
        let logs = try await all.store.logs(matching: LogFilter(blocks: 3...3))
        #expect(logs == .found(receipts.flatMap(\.placedLogs)))
    }

    @Test func `a committed block tells of its transactions as the store does`() async throws {
        let all = try await StoredCommunity()
        for block in all.blocks {
            for transaction in block.final.block.transactions {
                let read = try await all.store.transaction(hash: transaction.hash)
                #expect(block.stored(transaction.hash) == read)
            }
            #expect(block.stored(.zero) == nil)
        }
    }

    @Test func `an account's transactions page backwards`() async throws {
        let all = try await StoredCommunity()
        let aggregator = all.community.aggregator.address
        let first = try await all.store.transactions(from: aggregator, before: nil, limit: 3)
        #expect(first.map(\.function) == ["confirmL2P_Tx", "PoD", "confirmP2L_Tx"])
        let last = try #require(first.last)
        let rest = try await all.store.transactions(
            from: aggregator,
            before: LedgerPosition(block: last.blockNumber, index: UInt64(last.index)), limit: 3)
        #expect(rest.map(\.function) == ["transfer"])
    }

    @Test func `logs are filtered by block, address and topics`() async throws {
        let all = try await StoredCommunity()
        let everything = try await all.store.logs(matching: LogFilter(blocks: 0...100))
        guard case .found(let logs) = everything else { throw BadFixture() }
        #expect(logs.map(\.log) == all.blocks.flatMap(\.receipts).flatMap(\.logs))
        #expect(logs.first?.logIndex == 0)
        let topic = ContractABI.market.events.first { $0.name == "OfferPicked" }?.topic
        let picked = try #require(logs.first { $0.log.topics[0] == topic })
        let topics: [[Hash32]] = [[picked.log.topics[0], .zero], []]
        let filter = LogFilter(
            blocks: 3...3, addresses: [NativeContract.market], topics: topics)
        #expect(try await all.store.logs(matching: filter) == .found([picked]))
        let elsewhere = LogFilter(blocks: 4...9, addresses: [], topics: topics)
        #expect(try await all.store.logs(matching: elsewhere) == .found([]))
        #expect(
            try await all.store.logs(matching: LogFilter(blocks: 0...5_000)) == .tooManyBlocks)
    }

    @Test func `a trade shows each step with its block and time`() async throws {
        let all = try await StoredCommunity()
        let trade = try #require(try await all.store.trade(OfferID(1)))
        #expect(trade.state == "settled")
        #expect(trade.delivered == WattHours(500))
        #expect(trade.sellerAmount == TokenAmount(120_000))
        let names = ["OfferAdded", "OfferPicked", "PeerPaid", "EnergyDelivered", "SellerPaid"]
        #expect(trade.steps.map(\.name) == names)
        #expect(trade.steps.map(\.blockNumber) == [1, 3, 4, 5, 6])
        let picked = all.blocks[2].final.block
        #expect(trade.steps[1].time == picked.header.timestamp)
        #expect(trade.steps[1].transactionHash == picked.transactions[0].hash)
        #expect(try await all.store.trade(OfferID(2)) == nil)
    }

    @Test func `trades are listed by state and party`() async throws {
        let all = try await StoredCommunity()
        func count(_ filter: TradeFilter, below: OfferID? = nil) async throws -> Int {
            try await all.store.trades(filter, below: below, limit: 10).trades.count
        }
        let (seller, buyer) = (
            all.community.seller.address, all.community.buyer.address
        )
        #expect(try await count(TradeFilter()) == 1)
        #expect(try await count(TradeFilter(state: "settled", seller: seller)) == 1)
        #expect(try await count(TradeFilter(state: "open")) == 0)
        #expect(try await count(TradeFilter(seller: buyer)) == 0)
        #expect(try await count(TradeFilter(party: buyer)) == 1)
        #expect(try await count(TradeFilter(recipient: buyer)) == 0)
        #expect(try await count(TradeFilter(), below: OfferID(1)) == 0)
    }

    @Test func `an account's transfers page backwards`() async throws {
        let all = try await StoredCommunity()
        let aggregator = all.community.aggregator.address
        let transfers = try await all.store.transfers(of: aggregator, before: nil, limit: 10)
        #expect(transfers.map(\.amount.baseUnits) == [4_000_000, 9_000_000])
        #expect(transfers.last?.sender == .zero)
        let before = LedgerPosition(block: 2, index: 0)
        let older = try await all.store.transfers(of: aggregator, before: before, limit: 10)
        #expect(older.map(\.amount.baseUnits) == [9_000_000])
    }

    @Test(.enabled(if: FileManager.default.fileExists(atPath: "/usr/bin/sqlite3")))
    func `people can read the tables with sqlite3`() async throws {
        let all = try await StoredCommunity()
        try all.store.close()
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [
            "sqlite3", all.directory.database,
            """
            SELECT state, energy_wh FROM trades; SELECT role FROM members WHERE suspended = 0
            ORDER BY role LIMIT 1; SELECT time FROM blocks WHERE number = 1;
            SELECT step FROM trade_steps LIMIT 1;
            """,
        ]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        process.waitUntilExit()
        let text = String(
            decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        // Looking breaks no seal.
        #expect(try ChainVerifier(directory: all.directory.path).verify().findings == [])
        #expect(
            text == "settled|500\naggregator\n2026-05-28T20:26:41.000Z\nOfferAdded\n")
    }
}
