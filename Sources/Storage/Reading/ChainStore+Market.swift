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
    /// Whom it names as the only one who may pick it; anybody or nobody if nil.
    package var recipient: Address?

    package init(
        state: String? = nil, seller: Address? = nil, buyer: Address? = nil, party: Address? = nil,
        recipient: Address? = nil
    ) {
        self.state = state
        self.seller = seller
        self.buyer = buyer
        self.party = party
        self.recipient = recipient
    }
}

extension ChainStore {
    /// The offer or trade `id` with its steps, or nil.
    package func trade(_ id: OfferID) async throws(StorageError) -> StoredTrade? {
        try await read { database in
            try database.trades("id = ?", [Int64(id.value)], limit: 1).first
        }
    }

    /// How many trades of a party are looked at for one question: of those that fit a second condition
    /// too there may be few, and long ago.
    private static let mostTradesLookedAt = 1_000

    /// Up to `limit` offers and trades that fit `filter`, the newest first, those below `below`; and
    /// below which id to look further, if there may be more. Where a party has many trades that do not
    /// fit, fewer come than `limit`, or none, although there are more.
    package func trades(
        _ filter: TradeFilter, below: OfferID?, limit: Int
    ) async throws(StorageError) -> (trades: [StoredTrade], next: OfferID?) {
        let query = filter.query
        var arguments = query.arguments
        arguments += ["below": below.map { Int64($0.value) } ?? Int64.max]
        return try await read { [arguments] database in
            let rows = try Row.fetchCursor(
                database, sql: query.sql + " LIMIT \(Self.mostTradesLookedAt)",
                arguments: arguments)
            var found: [StoredTrade] = []
            var looked = 0
            var last: OfferID?
            while found.count < limit, let row = try rows.next() {
                let row = StoredRow(row, of: "trades")
                looked += 1
                last = OfferID(try row.number32("id"))
                if try filter.fits(row) { found.append(try database.stored(row)) }
            }
            let mayBeMore = found.count == limit || looked == Self.mostTradesLookedAt
            return (found, mayBeMore ? last : nil)
        }
    }

    /// Up to `limit` movements of tokens from or to `account`, the last first, those before the
    /// given position in the ledger.
    package func transfers(
        of account: Address, before: LedgerPosition?, limit: Int
    ) async throws(StorageError) -> [StoredTransfer] {
        let block = Int64(clamping: before?.block ?? .max)
        let log = Int64(clamping: before?.index ?? .max)
        // Each side by its own index, the last first, and no more of it than is asked for.
        func side(_ column: String) -> String {
            """
            SELECT * FROM (
                SELECT block, log FROM transfers
                WHERE \(column) = :account AND (block, log) < (:block, :log)
                ORDER BY block DESC, log DESC LIMIT :limit
            )
            """
        }
        let statement = """
            SELECT x.*, b.timestamp_ms AS "blocks.timestamp_ms"
            FROM (\(side("sender")) UNION \(side("recipient"))) AS found
                JOIN transfers x ON x.block = found.block AND x.log = found.log
                JOIN blocks b ON b.number = x.block
            ORDER BY x.block DESC, x.log DESC LIMIT :limit
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

extension TradeFilter {
    /// Reads the trades of the party, or in the state, that it names, the newest first, by an index that
    /// has them so; what else it asks for, ``fits(_:)`` tells.
    fileprivate var query: (sql: String, arguments: StatementArguments) {
        func by(_ column: String, _ value: String) -> (String, StatementArguments) {
            (
                "SELECT * FROM trades WHERE \(column) = :value AND id < :below ORDER BY id DESC",
                ["value": value]
            )
        }
        if let seller { return by("seller", seller.description) }
        if let buyer { return by("buyer", buyer.description) }
        if let recipient { return by("recipient", recipient.description) }
        if let party {
            let sides = ["seller", "buyer"].map {
                "SELECT * FROM trades WHERE \($0) = :value AND id < :below"
            }
            return (
                sides.joined(separator: " UNION ALL ") + " ORDER BY id DESC",
                ["value": party.description]
            )
        }
        if let state { return by("state", state) }
        return ("SELECT * FROM trades WHERE id < :below ORDER BY id DESC", [:])
    }

    fileprivate func fits(_ row: StoredRow) throws -> Bool {
        func isNamed(_ name: String?, _ column: String) throws -> Bool {
            guard let name else { return true }
            return try row.optional(column, row.text)?.verbatim == name
        }
        guard try isNamed(state, "state"), try isNamed(seller?.description, "seller"),
            try isNamed(buyer?.description, "buyer"),
            try isNamed(recipient?.description, "recipient")
        else { return false }
        guard let party = party?.description else { return true }
        return try isNamed(party, "seller") || isNamed(party, "buyer")
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

    func stored(_ row: StoredRow) throws -> StoredTrade {
        let id = try row.number32("id")
        return StoredTrade(
            id: OfferID(id), state: try row.text("state").verbatim,
            seller: try row.address("seller"),
            recipient: try row.optional("recipient", row.address),
            buyer: try row.optional("buyer", row.address),
            energy: WattHours(try row.number("energy_wh")),
            price: TokenAmount(try row.number("price")),
            offeredAt: MarketTime(seconds: try row.number("offered_at")),
            expiresAt: try row.optional("expires_at", row.number).map(MarketTime.init(seconds:)),
            delivered: WattHours(try row.number("delivered_wh")),
            sellerAmount: TokenAmount(try row.number("seller_amount")),
            fee: TokenAmount(try row.number("fee")),
            returned: TokenAmount(try row.number("returned")),
            burned: TokenAmount(try row.number("burned")),
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
