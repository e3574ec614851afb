import Foundation
import GRDB
import Ledger
import Market
import Protocol
import TestKit
import Testing

@testable import Storage

/// What a writer does, compared with what was done: not with what the same writer does again.
@Suite struct `What stands in the files` {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    private func exists(_ name: String) -> Bool {
        FileManager.default.fileExists(atPath: directory.database + name)
    }

    /// A second trade, of which 300 of 500 Wh are delivered, and a buyer that is suspended then.
    private func partialTrade(_ community: inout TestCommunity) throws -> [CommittedBlock] {
        let (market, id) = (NativeContract.market, OfferID(2))
        let (seller, buyer, aggregator) = (community.seller, community.buyer, community.aggregator)
        var blocks = try [
            (seller, MarketCall.addOffer(energy: 500, price: 120_000)),
            (buyer, MarketCall.pickOffer(id)),
        ].map { sender, data in try community.block([(sender, market, data)]) }
        let confirmation = community.confirmation(
            of: id, from: community.head.header, in: community.state)
        blocks.append(try community.block([(aggregator, market, confirmation)]))
        let start = community.genesis.marketClock.time(at: community.head.header.timestamp)
        let domain = community.state.domain
        func receipt(
            _ meter: PrivateKey, _ direction: FlowDirection, _ energy: UInt64
        ) -> SignedMeterReceipt {
            MeterReceipt(
                tradeID: id, meter: meter.address, direction: direction,
                startRegister: WattHours(1_600), endRegister: WattHours(1_600 + energy),
                startTime: start, endTime: start.advanced(bySeconds: 600)
            ).signed(by: meter, in: domain)
        }
        let proof = MarketCall.proofOfDelivery(
            id, seller: receipt(community.sellerMeter, .export, 500),
            buyer: receipt(community.buyerMeter, .import, 300))
        blocks.append(try community.block(after: 700_000, [(aggregator, market, proof)]))
        blocks.append(try community.block([(aggregator, market, MarketCall.confirmL2P(id))]))
        blocks.append(
            try community.block([
                (aggregator, NativeContract.community, CommunityCall.suspend(buyer.address))
            ]))
        return blocks
    }

    @Test func `of a trade is each amount under its name, and of members who is suspended`()
        async throws
    {
        var community = try TestCommunity()
        let store = try ChainStore.open(directory: directory.path, genesis: community.genesis)
        for block in try community.wholeTrade() { try await store.commit(block) }
        for block in try partialTrade(&community) { try await store.commit(block) }
        let trade = try #require(try await store.trade(OfferID(2)))
        let earned: UInt64 = 120_000 * 300 / 500
        let fee = earned * UInt64(community.genesis.aggregatorFee) / 1_000_000
        #expect(trade.delivered == WattHours(300))
        #expect(trade.sellerAmount == TokenAmount(earned - fee))
        #expect(trade.fee == TokenAmount(fee))
        #expect(trade.returned == TokenAmount(120_000 - earned))
        #expect(trade.buyer == community.buyer.address)
        try store.close()
        #expect(try ChainVerifier(directory: directory.path).verify().findings == [])
        let queue = try DatabaseQueue(path: directory.database)
        let suspended = try await queue.read { database in
            try String.fetchAll(database, sql: "SELECT account FROM members WHERE suspended")
        }
        try queue.close()
        #expect(suspended == [community.buyer.address.description])
    }

    /// A pick of the second offer is released and the offer taken back; the third is delivered, and its
    /// buyer silent.
    private func silentTrades(_ community: inout TestCommunity) throws -> [CommittedBlock] {
        let (market, released, silent) = (NativeContract.market, OfferID(2), OfferID(3))
        let (seller, buyer, aggregator) = (community.seller, community.buyer, community.aggregator)
        let offer = MarketCall.addOffer(energy: 500, price: 120_000)
        var blocks = try [
            (seller, offer), (seller, offer), (buyer, MarketCall.pickOffer(released)),
        ].map { sender, data in try community.block([(sender, market, data)]) }
        blocks += try [
            (6_000, seller, MarketCall.releaseOffer(released)),
            (11_000, buyer, MarketCall.pickOffer(silent)),
        ].map { try community.block(after: $0, [($1, market, $2)]) }
        let confirmation = community.confirmation(
            of: silent, from: community.head.header, in: community.state)
        blocks.append(try community.block([(aggregator, market, confirmation)]))
        let start = community.genesis.marketClock.time(at: community.head.header.timestamp)
        let receipt = MeterReceipt(
            tradeID: silent, meter: community.sellerMeter.address, direction: .export,
            startRegister: WattHours(1_600), endRegister: WattHours(2_000), startTime: start,
            endTime: start.advanced(bySeconds: 600)
        ).signed(by: community.sellerMeter, in: community.state.domain)
        blocks += try [
            (700_000, seller, MarketCall.handInReceipt(silent, receipt)),
            (3_000_000, seller, MarketCall.claim(silent)),
            (1_000, seller, MarketCall.cancelOffer(released)),
        ].map { try community.block(after: $0, [($1, market, $2)]) }
        return blocks
    }

    @Test func `of silence is what became of it, and every step`() async throws {
        var community = try TestCommunity()
        let store = try ChainStore.open(directory: directory.path, genesis: community.genesis)
        for block in try community.wholeTrade() { try await store.commit(block) }
        for block in try silentTrades(&community) { try await store.commit(block) }
        let released = try #require(try await store.trade(OfferID(2)))
        #expect(released.state == "cancelled" && released.buyer == nil)
        #expect(
            released.steps.map(\.name) == [
                "OfferAdded", "OfferPicked", "OfferReleased", "OfferCancelled",
            ])
        let silent = try #require(try await store.trade(OfferID(3)))
        #expect(silent.state == "settled" && silent.burned == TokenAmount(48_000))
        #expect(silent.sellerAmount.baseUnits + silent.fee.baseUnits == 48_000)
        #expect(silent.returned == TokenAmount(24_000) && silent.delivered == .zero)
        #expect(
            silent.steps.map(\.name) == [
                "OfferAdded", "OfferPicked", "PeerPaid", "ReceiptHandedIn", "SellerPaid",
            ])
        try store.close()
        #expect(try ChainVerifier(directory: directory.path).verify().findings == [])
        let queue = try DatabaseQueue(path: directory.database)
        try await queue.write { database in
            try database.execute(
                sql: """
                    DELETE FROM ledger_steps WHERE (trade, block, log) IN
                        (SELECT trade, block, log FROM trade_steps WHERE step = 'OfferReleased')
                    """)
        }
        try queue.close()
        let findings = try ChainVerifier(directory: directory.path).verify().findings
        #expect(!findings.isEmpty)
    }

    /// A gift that its recipient lets wait is over; one that stands is found by its recipient.
    @Test func `of an offer to one alone is whom it is for`() async throws {
        var community = try TestCommunity()
        let store = try ChainStore.open(directory: directory.path, genesis: community.genesis)
        for block in try community.wholeTrade() { try await store.commit(block) }
        let (seller, buyer, market) = (community.seller, community.buyer, NativeContract.market)
        let gift = MarketCall.addOffer(energy: 500, price: 0, to: buyer.address)
        for (wait, sender, data) in [
            (1_000, seller, gift), (1_000, seller, gift),
            (1_000, buyer, MarketCall.pickOffer(OfferID(2))),
            (6_000, seller, MarketCall.releaseOffer(OfferID(2))),
        ] as [(UInt64, PrivateKey, Bytes)] {
            try await store.commit(try community.block(after: wait, [(sender, market, data)]))
        }
        let released = try #require(try await store.trade(OfferID(2)))
        #expect(released.state == "cancelled" && released.recipient == buyer.address)
        #expect(
            released.steps.map(\.name) == [
                "OfferAdded", "OfferPicked", "OfferReleased", "OfferCancelled",
            ])
        func found(_ state: String?, _ recipient: Address) async throws -> [UInt32] {
            let filter = TradeFilter(state: state, recipient: recipient)
            return try await store.trades(filter, below: nil, limit: 9).trades.map(\.id.value)
        }
        #expect(try await found(nil, buyer.address) == [3, 2])
        #expect(try await found("open", buyer.address) == [3])
        #expect(try await found(nil, seller.address) == [])
        // Of what the seller offers to anyone nothing is for the buyer alone.
        let both = TradeFilter(seller: seller.address, recipient: buyer.address)
        let gifts = try await store.trades(both, below: nil, limit: 9).trades
        #expect(gifts.map(\.id.value) == [3, 2])
        try store.close()
        #expect(try ChainVerifier(directory: directory.path).verify().findings == [])
        let queue = try DatabaseQueue(path: directory.database)
        let offers = try await queue.read { database in
            try String.fetchAll(database, sql: "SELECT recipient FROM offers")
        }
        try queue.close()
        #expect(offers == [buyer.address.description])
    }

    /// Its event is made again of what stands there: a clamped number would make another one.
    @Test func `of a movement of tokens is every bit of its amount`() async throws {
        var community = try TestCommunity()
        let store = try ChainStore.open(directory: directory.path, genesis: community.genesis)
        let amount = TokenAmount(1 << 63 + 5)
        let mint = TokenCall.mint(
            to: community.aggregator.address, amount: amount, reference: "large")
        let block = try community.block([(community.exchange, NativeContract.token, mint)])
        try await store.commit(block)
        let receipts = try await store.receipts(inBlock: 1)
        #expect(receipts.map(\.logs) == block.receipts.map(\.logs))
        let transfers = try await store.transfers(
            of: community.aggregator.address, before: nil, limit: 1)
        #expect(transfers.map(\.amount) == [amount])
        try store.close()
    }

    /// A state that differs in its sums alone, as a ledger that adds up wrongly would have it.
    @Test func `is counted anew, and sums that differ are found`() async throws {
        var community = try TestCommunity()
        let store = try ChainStore.open(directory: directory.path, genesis: community.genesis)
        let first = community.state
        for block in try community.wholeTrade() { try await store.commit(block) }
        let (state, identity) = (
            community.state, ChainIdentity(genesis: store.genesis, hash: store.genesisHash)
        )
        try store.close()
        let queue = try DatabaseQueue(path: directory.database)
        func findings(_ state: LedgerState) async throws -> [String] {
            try await queue.read { database in
                var check = ColumnCheck(database, identity: identity, state: state)
                try check.checkTotals()
                try check.checkSupplyMovements()
                return check.findings.map(\.description)
            }
        }
        #expect(try await findings(state) == [])
        let wrong = try LedgerState(
            entries: state.entries.filter {
                ![StateKey.totals.bytes, StateKey.supply.bytes].contains($0.key)
            })
        let found = try await findings(wrong).joined(separator: "; ")
        for part in ["settled trades", "settled energy", "balances", "minted"] {
            #expect(found.contains("column \(part) was written as 0"), "\(found)")
        }
        #expect(first.totals == .none)
    }

    @Test func `of an aggregator's members tells who is suspended, and who no longer is`()
        async throws
    {
        let path = directory.path + "/role.sqlite"
        let store = try AggregatorStore(path: path)
        func listed(_ members: [Member]) async throws -> [String] {
            try await store.store(.members(members, names: [:]))
            return try await DatabaseQueue(path: path).read { database in
                try String.fetchAll(
                    database, sql: "SELECT account FROM user WHERE is_suspended ORDER BY account")
            }
        }
        func member(_ number: UInt32, suspended: Bool) -> Member {
            var member = Member(
                account: Address(reserved: number), role: .consumer,
                meterKey: Address(reserved: number + 100), ratedPower: Watts(1),
                certificateHash: .zero)
            member.isSuspended = suspended
            return member
        }
        let name = Address(reserved: 0xa002).description
        #expect(try await listed([member(0xa001, suspended: false)]) == [])
        #expect(try await listed([member(0xa002, suspended: true)]) == [name])
        #expect(try await listed([member(0xa001, suspended: false)]) == [name])
        #expect(try await listed([member(0xa002, suspended: false)]) == [])
    }

    @Test func `no block follows another than its parent, whatever its number`() async throws {
        var (community, other) = (try TestCommunity(), try TestCommunity())
        let store = try ChainStore.open(directory: directory.path, genesis: community.genesis)
        let first = try community.block()
        _ = try other.block(after: 2_000)
        try await store.commit(first)
        let stranger = try other.block()
        #expect(stranger.header.number == 2)
        await #expect(throws: StorageError.self) { try await store.commit(stranger) }
        #expect(try await store.head().hash == first.final.block.hash)
        try await store.commit(community.block())
        #expect(try await store.head().header.number == 2)
    }

    /// Another program reads the file, so the log cannot be cleared away.
    @Test func `is not sealed while something of it is in the log`() async throws {
        var community = try TestCommunity()
        let store = try ChainStore.open(directory: directory.path, genesis: community.genesis)
        try await store.commit(community.block())
        let reader = try DatabaseQueue(path: directory.database)
        let count = try await reader.read { database in
            try Int.fetchOne(database, sql: "SELECT count(*) FROM blocks")
        }
        #expect(count == 2)
        try store.close()
        #expect(exists("-wal"))
        #expect(!exists(".seal"))
        try reader.close()
        let again = try ChainStore.open(directory: directory.path)
        #expect(try await again.head().header.number == 1)
        try again.close()
    }

    @Test func `with an older voting right than was stored last shows that it has forgotten`()
        async throws
    {
        let genesis = try TestCommunity().genesis
        let older = try TemporaryDirectory()
        func replace(_ right: Bytes) async throws {
            let store = try ChainStore.open(directory: directory.path, genesis: genesis)
            try await store.replace(votingRight: right)
            try store.close()
        }
        func loaded() async throws -> LoadedChain {
            let store = try ChainStore.open(directory: directory.path)
            defer { try? store.close() }
            return try await store.load()
        }
        try await replace([1])
        try FileManager.default.copyItem(atPath: directory.database, toPath: older.database)
        try await replace([2])
        let whole = try await loaded()
        #expect(whole.votingRight == [2])
        #expect(whole.forgottenFrom == nil)
        // Its file is put back, with all else as it was.
        for name in ["", ".seal", "-wal", "-shm"] where exists(name) {
            try FileManager.default.removeItem(atPath: directory.database + name)
        }
        try FileManager.default.copyItem(atPath: older.database, toPath: directory.database)
        let cut = try await loaded()
        #expect(cut.votingRight == [1])
        #expect(cut.forgottenFrom == 0)
    }

    @Test func `is found by topic only where a log has a topic in that place`() {
        let (one, two) = (SHA256.hash([1]), SHA256.hash([2]))
        func finds(_ topics: [[Hash32]], _ log: [Hash32]) -> Bool {
            LogFilter(blocks: 0...1, topics: topics).matches(
                EventLog(address: NativeContract.token, topics: log, data: []))
        }
        #expect(finds([[one]], [one, two]))
        #expect(finds([[], [two]], [one, two]))
        #expect(finds([[two, one]], [one]))
        #expect(!finds([[], [two]], [one]))
        #expect(!finds([[one], [], [one]], [one, two]))
        #expect(!finds([[one], [one]], [one, two]))
        #expect(!finds([[one]], []))
    }
}
