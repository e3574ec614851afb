internal import GRDB
internal import Ledger
package import Market
package import Protocol

extension AggregatorStore {
    /// What an aggregator that starts at `now` goes on with. Blocks the calling thread.
    package func memory(at now: Timestamp) throws(StorageError) -> AggregatorMemory {
        let day: UInt64 = 86_400_000
        let since = now.milliseconds - min(day, now.milliseconds)
        return try database.read { db in
            var memory = AggregatorMemory()
            let trades = try Row.fetchAll(
                db, sql: "SELECT * FROM trade WHERE \(Self.isUnderWay) ORDER BY id")
            memory.trades = try trades.map { try KeptTrade(StoredRow($0, of: "trade")) }
            let sales = try Row.fetchAll(
                db,
                sql: """
                    SELECT * FROM token_sale WHERE purchase_number IS NOT NULL AND final_ms >= ?
                    ORDER BY final_ms, transaction_hash
                    """, arguments: [since.column])
            memory.sales = try sales.map { try TokenSale(StoredRow($0, of: "token_sale")) }
            memory.topUps = try Row.fetchAll(db, sql: "SELECT * FROM top_up ORDER BY account")
                .map { try TopUp(StoredRow($0, of: "top_up")) }
            memory.readings = try Self.lastReadings(in: db)
            return memory
        }
    }
}

extension AggregatorStore {
    /// The last reading of each meter: one look for each, however many readings there are.
    fileprivate static func lastReadings(in db: Database) throws -> [MeterReading] {
        try String.fetchAll(db, sql: "SELECT address FROM meter ORDER BY address")
            .compactMap { meter in
                try Row.fetchOne(
                    db,
                    sql: "SELECT * FROM reading WHERE meter = ? ORDER BY market_time DESC LIMIT 1",
                    arguments: [meter])
            }.map { try MeterReading(StoredRow($0, of: "reading")) }
    }
}

extension MeterReading {
    init(_ row: StoredRow) throws {
        self.init(
            meter: try row.address("meter"),
            time: MarketTime(seconds: try row.number("market_time")),
            importRegister: WattHours(try row.number("import_wh")),
            exportRegister: WattHours(try row.number("export_wh")),
            power: try row.integer32("power_w"))
    }
}

extension TopUp {
    fileprivate init(_ row: StoredRow) throws {
        self.init(
            account: try row.address("account"), amount: TokenAmount(try row.number("amount")),
            decidedAt: try row.timestamp("decided_ms"))
    }
}

extension KeptTrade {
    fileprivate init(_ row: StoredRow) throws {
        let name = try row.text("status")
        guard let status = TradeStatus.allCases.first(where: { $0.name == name.verbatim }) else {
            throw Damage(reason: "column status names no status: \(name)")
        }
        self.init(
            id: OfferID(try row.number32("id")), seller: try row.address("seller"),
            buyer: try row.address("buyer"), energy: WattHours(try row.number("energy_wh")),
            price: TokenAmount(try row.number("price")), status: status,
            deliveredEnergy: WattHours(try row.number("delivered_wh")),
            sellerBegan: try row.optional("seller_began") { try row.decoded($0) },
            sellerReceipt: try row.optional("seller_receipt") { try row.decoded($0) },
            buyerBegan: try row.optional("buyer_began") { try row.decoded($0) },
            buyerReceipt: try row.optional("buyer_receipt") { try row.decoded($0) })
    }
}

extension TokenSale {
    fileprivate init(_ row: StoredRow) throws {
        self.init(
            account: try row.address("account"), amount: TokenAmount(try row.number("amount")),
            purchase: try row.number32("purchase_number"),
            transaction: try row.hash("transaction_hash"), block: try row.number("block"),
            soldAt: try row.timestamp("final_ms"))
    }
}
