internal import GRDB
internal import Ledger
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
                let row = StoredRow(row, of: "ledger_trades")
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
                SELECT block, log FROM ledger_transfers
                WHERE \(column) = (SELECT number FROM addresses WHERE address = :account) AND (block, log) < (:block, :log)
                ORDER BY block DESC, log DESC LIMIT :limit
            )
            """
        }
        let statement = """
            SELECT x.block, x.log, x.amount, b.timestamp_ms AS "ledger_blocks.timestamp_ms",
                (SELECT address FROM addresses WHERE number = x.sender) AS sender,
                (SELECT address FROM addresses WHERE number = x.recipient) AS recipient
            FROM (\(side("sender")) UNION \(side("recipient"))) AS found
                JOIN ledger_transfers x ON x.block = found.block AND x.log = found.log
                JOIN ledger_blocks b ON b.number = x.block
            ORDER BY x.block DESC, x.log DESC LIMIT :limit
            """
        let arguments: StatementArguments = [
            "account": account.bytes.column, "block": block, "log": log, "limit": limit,
        ]
        return try await read { database in
            try Row.fetchAll(database, sql: statement, arguments: arguments).map { row in
                let row = StoredRow(row, of: "ledger_transfers")
                return StoredTransfer(
                    blockNumber: try row.number("block"), logIndex: try row.count("log"),
                    time: try row.timestamp("ledger_blocks.timestamp_ms"),
                    sender: try row.packedAddress("sender"),
                    recipient: try row.packedAddress("recipient"),
                    amount: TokenAmount(try row.bits("amount")))
            }
        }
    }
}

extension TradeFilter {
    /// Reads the trades of the party, or in the state, that it names, the newest first, by an index that
    /// has them so; what else it asks for, ``fits(_:)`` tells.
    fileprivate var query: (sql: String, arguments: StatementArguments) {
        func by(_ column: String, _ value: String) -> String {
            "\(Database.trades) WHERE \(column) = \(value) AND id < :below"
        }
        let (order, number) = (
            " ORDER BY id DESC", "(SELECT number FROM addresses WHERE address = :value)"
        )
        for (column, account) in [("seller", seller), ("buyer", buyer), ("recipient", recipient)] {
            guard let account else { continue }
            return (by(column, number) + order, ["value": account.bytes.column])
        }
        if let party {
            return (
                [by("t.seller", number), by("t.buyer", number)].joined(separator: " UNION ALL ")
                    + order, ["value": party.bytes.column]
            )
        }
        if let state {
            let status = TradeStatus.allCases.first { $0.name == state }
            return (by("t.state", ":value") + order, ["value": Int64(status?.rawValue ?? 0)])
        }
        return ("\(Database.trades) WHERE id < :below" + order, [:])
    }

    fileprivate func fits(_ row: StoredRow) throws -> Bool {
        func isNamed(_ account: Address?, _ column: String) throws -> Bool {
            try account == nil || row.optional(column, row.packedAddress) == account
        }
        guard try state == nil || row.status("state")?.name == state,
            try isNamed(seller, "seller"), try isNamed(buyer, "buyer"),
            try isNamed(recipient, "recipient")
        else { return false }
        guard let party else { return true }
        return try isNamed(party, "seller") || isNamed(party, "buyer")
    }
}

extension StoredRow {
    /// The status whose number is in the column.
    fileprivate func status(_ column: String) throws -> TradeStatus? {
        TradeStatus(rawValue: UInt8(clamping: try number(column)))
    }
}

extension Database {
    /// Selects offers and trades, as `t`, with the accounts' addresses.
    fileprivate static let trades = """
        SELECT t.id, t.state, t.energy_wh, t.price, t.offered_at, t.expires_at, t.delivered_wh,
            t.seller_amount, t.fee, t.returned, t.burned,
            (SELECT address FROM addresses WHERE number = t.seller) AS seller,
            (SELECT address FROM addresses WHERE number = t.buyer) AS buyer,
            (SELECT address FROM addresses WHERE number = t.recipient) AS recipient
        FROM ledger_trades t
        """

    /// The offers and trades that fit `condition`, the newest first.
    func trades(
        _ condition: String, _ arguments: StatementArguments, limit: Int
    ) throws -> [StoredTrade] {
        try Row.fetchAll(
            self,
            sql: "\(Self.trades) WHERE \(condition) ORDER BY id DESC LIMIT \(limit)",
            arguments: arguments
        ).map { try stored(StoredRow($0, of: "ledger_trades")) }
    }

    func stored(_ row: StoredRow) throws -> StoredTrade {
        let id = try row.number32("id")
        guard let status = try row.status("state") else {
            throw Damage(reason: "table ledger_trades, column state has no status's number")
        }
        return StoredTrade(
            id: OfferID(id), state: status.name,
            seller: try row.packedAddress("seller"),
            recipient: try row.optional("recipient", row.packedAddress),
            buyer: try row.optional("buyer", row.packedAddress),
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
            self,
            sql: """
                SELECT s.block, b.timestamp_ms, b.market_time, t.hash,
                    (SELECT name FROM events WHERE number = l.event) AS step
                FROM ledger_steps s
                    JOIN ledger_logs l ON l.block = s.block AND l.position = s.log
                    JOIN ledger_blocks b ON b.number = s.block
                    JOIN ledger_transactions t
                        ON t.block = s.block AND t.position = l.transaction_position
                WHERE s.trade = ? ORDER BY s.block, s.log
                """, arguments: [Int64(id)]
        ).map { row in
            let row = StoredRow(row, of: "ledger_steps")
            return StoredStep(
                name: try row.text("step").verbatim, blockNumber: try row.number("block"),
                time: try row.timestamp("timestamp_ms"),
                marketTime: MarketTime(seconds: try row.number("market_time")),
                transactionHash: try row.packedHash("hash"))
        }
    }
}
