internal import GRDB
package import Protocol

/// Which offers and trades to list.
package struct TradeFilter: Hashable, Sendable {
    /// The state's name; any if nil.
    package var state: String?
    /// Who sells; anybody if nil.
    package var seller: Address?
    /// Who buys; anybody if nil.
    package var buyer: Address?
    /// Who sells or buys; anybody if nil.
    package var party: Address?

    package init(
        state: String? = nil, seller: Address? = nil, buyer: Address? = nil, party: Address? = nil
    ) {
        self.state = state
        self.seller = seller
        self.buyer = buyer
        self.party = party
    }
}

extension ChainStore {
    /// The offer or trade `id` with its steps, or nil.
    package func trade(_ id: OfferID) async throws(StorageError) -> StoredTrade? {
        try await read { database in
            try database.trades("id = ?", [Int64(id.value)], limit: 1).first
        }
    }

    /// Up to `limit` offers and trades that fit `filter`, the newest first, those below `below`.
    package func trades(
        _ filter: TradeFilter, below: OfferID?, limit: Int
    ) async throws(StorageError) -> [StoredTrade] {
        var conditions = ["id < ?"]
        var arguments: StatementArguments = [below.map { Int64($0.value) } ?? Int64.max]
        func require(_ condition: String, _ values: [String?]) {
            guard let values = values as? [String] else { return }
            conditions.append(condition)
            arguments += StatementArguments(values)
        }
        require("state = ?", [filter.state])
        require("seller = ?", [filter.seller?.description])
        require("buyer = ?", [filter.buyer?.description])
        let party = filter.party?.description
        require("(seller = ? OR buyer = ?)", [party, party])
        let condition = conditions.joined(separator: " AND ")
        return try await read { [arguments] database in
            try database.trades(condition, arguments, limit: limit)
        }
    }

    /// Up to `limit` movements of tokens from or to `account`, the last first, those before the
    /// given position in the ledger.
    package func transfers(
        of account: Address, before: LedgerPosition?, limit: Int
    ) async throws(StorageError) -> [StoredTransfer] {
        let block = Int64(clamping: before?.block ?? .max)
        let log = Int64(clamping: before?.index ?? .max)
        let side = """
            SELECT x.*, b.timestamp_ms AS "blocks.timestamp_ms" FROM transfers x JOIN blocks b ON b.number = x.block
            WHERE (x.block, x.log) < (:block, :log) AND
            """
        let statement = """
            SELECT * FROM (
                \(side) x.sender = :account
                UNION
                \(side) x.recipient = :account
            ) ORDER BY block DESC, log DESC LIMIT :limit
            """
        let arguments: StatementArguments = [
            "account": account.description, "block": block, "log": log, "limit": limit,
        ]
        return try await read { database in
            try Row.fetchAll(database, sql: statement, arguments: arguments).map { row in
                let row = StoredRow(row, of: "transfers")
                return StoredTransfer(
                    blockNumber: try row.number("block"), logIndex: try row.count("log"),
                    time: try row.timestamp("blocks.timestamp_ms"),
                    sender: try row.address("sender"),
                    recipient: try row.address("recipient"),
                    amount: TokenAmount(try row.number("amount")))
            }
        }
    }
}

extension Database {
    /// The offers and trades that fit `condition`, the newest first.
    func trades(
        _ condition: String, _ arguments: StatementArguments, limit: Int
    ) throws -> [StoredTrade] {
        try Row.fetchAll(
            self,
            sql: "SELECT * FROM trades WHERE \(condition) ORDER BY id DESC LIMIT \(limit)",
            arguments: arguments
        ).map { try stored(StoredRow($0, of: "trades")) }
    }

    private func stored(_ row: StoredRow) throws -> StoredTrade {
        let id = try row.number32("id")
        return StoredTrade(
            id: OfferID(id), state: try row.text("state").verbatim,
            seller: try row.address("seller"), buyer: try row.optional("buyer", row.address),
            energy: WattHours(try row.number("energy_wh")),
            price: TokenAmount(try row.number("price")),
            offeredAt: MarketTime(seconds: try row.number("offered_at")),
            expiresAt: try row.optional("expires_at", row.number).map(MarketTime.init(seconds:)),
            delivered: WattHours(try row.number("delivered_wh")),
            sellerAmount: TokenAmount(try row.number("seller_amount")),
            fee: TokenAmount(try row.number("fee")),
            returned: TokenAmount(try row.number("returned")),
            steps: try steps(of: id))
    }

    private func steps(of id: UInt32) throws -> [StoredStep] {
        try Row.fetchAll(
            self, sql: "SELECT * FROM trade_steps WHERE trade = ? ORDER BY block, log",
            arguments: [Int64(id)]
        ).map { row in
            let row = StoredRow(row, of: "trade_steps")
            return StoredStep(
                name: try row.text("step").verbatim, blockNumber: try row.number("block"),
                time: try row.timestamp("timestamp_ms"),
                marketTime: MarketTime(seconds: try row.number("market_time")),
                transactionHash: try row.hash("transaction_hash"))
        }
    }
}
