internal import GRDB
internal import Ledger
package import Protocol

/// What trades came to in a stretch of time, and what was minted and burned in it.
package struct TradeSums: Hashable, Sendable {
    /// What they came to for one household.
    package struct Party: Hashable, Sendable {
        package var sales: UInt64 = 0
        package var sold = WattHours.zero
        package var earned = TokenAmount.zero
        package var purchases: UInt64 = 0
        package var bought = WattHours.zero
        /// With the fee.
        package var spent = TokenAmount.zero

        package init() {}
    }

    /// How many were settled, and how many refunded.
    package var settled: UInt64 = 0
    package var refunded: UInt64 = 0
    /// The energy of those that were settled.
    package var delivered = WattHours.zero
    /// What of their prices the aggregator had.
    package var fees = TokenAmount.zero
    package var minted = TokenAmount.zero
    package var burned = TokenAmount.zero
    package var parties: [Address: Party] = [:]

    package init() {}
}

extension ChainStore {
    /// What the trades of `aggregator` came to that ended from `start` to before `end`, and what was
    /// minted and burned in blocks from `first` to before `last`. Looks at the trades of that time
    /// alone, however many there ever were.
    package func sums(
        of aggregator: Address, from start: MarketTime, to end: MarketTime,
        blocks first: Timestamp, to last: Timestamp
    ) async throws(StorageError) -> TradeSums {
        // Offers end within a day, and deliveries soon after.
        let earliest = start.seconds - min(start.seconds, 3 * 86_400)
        return try await read { database in
            var sums = TradeSums()
            let rows = try Row.fetchCursor(
                database,
                sql: """
                    SELECT t.state,
                        (SELECT address FROM addresses WHERE number = t.seller) AS seller,
                        (SELECT address FROM addresses WHERE number = t.buyer) AS buyer,
                        count(*) AS count, sum(t.delivered_wh) AS delivered_wh, sum(t.seller_amount) AS seller_amount,
                        sum(t.price - t.returned) AS paid, sum(t.fee) AS fee
                    FROM ledger_trades t
                        JOIN ledger_steps s ON s.trade = t.id
                        JOIN ledger_logs l ON l.block = s.block AND l.position = s.log
                        JOIN ledger_blocks b ON b.number = s.block
                    WHERE t.id >= :first AND t.offered_at < :end
                        AND t.aggregator =
                            (SELECT number FROM addresses WHERE address = :aggregator)
                        AND l.event = (SELECT number FROM events WHERE name =
                            CASE t.state WHEN :settled THEN 'SellerPaid'
                                WHEN :refunded THEN 'TradeRefunded' END)
                        AND b.market_time >= :start AND b.market_time < :end
                    GROUP BY t.state, t.seller, t.buyer
                    """,
                arguments: [
                    "first": try database.firstTrade(offeredFrom: earliest.column),
                    "start": start.seconds.column, "end": end.seconds.column,
                    "aggregator": aggregator.bytes.column,
                    "settled": Int64(TradeStatus.settled.rawValue),
                    "refunded": Int64(TradeStatus.refunded.rawValue),
                ])
            while let row = try rows.next() { try sums.add(StoredRow(row, of: "ledger_trades")) }
            let blocks = try database.firstBlock(from: first)..<database.firstBlock(from: last)
            sums.minted = try database.moved("sender", .zero, in: blocks)
            sums.burned = try database.moved("recipient", .zero, in: blocks)
            return sums
        }
    }
}

extension TradeSums {
    fileprivate mutating func add(_ row: StoredRow) throws {
        let count = try row.number("count")
        guard try row.number("state") == TradeStatus.settled.rawValue else {
            refunded += count
            return
        }
        let energy = WattHours(try row.number("delivered_wh"))
        settled += count
        delivered = WattHours(delivered.value + energy.value)
        fees = TokenAmount(fees.baseUnits + (try row.number("fee")))
        let account = try row.packedAddress("seller")
        var seller = parties[account] ?? Party()
        seller.sales += count
        seller.sold = WattHours(seller.sold.value + energy.value)
        seller.earned = TokenAmount(seller.earned.baseUnits + (try row.number("seller_amount")))
        parties[account] = seller
        guard let account = try row.optional("buyer", row.packedAddress) else { return }
        var buyer = parties[account] ?? Party()
        buyer.purchases += count
        buyer.bought = WattHours(buyer.bought.value + energy.value)
        buyer.spent = TokenAmount(buyer.spent.baseUnits + (try row.number("paid")))
        parties[account] = buyer
    }
}

extension Database {
    /// The first trade that was offered from `time` on, by market time: later ones have later times.
    fileprivate func firstTrade(offeredFrom time: Int64) throws -> Int64 {
        try first(to: "SELECT max(id) FROM ledger_trades") { id in
            try Int64.fetchOne(
                self, sql: "SELECT offered_at FROM ledger_trades WHERE id >= ? ORDER BY id LIMIT 1",
                arguments: [id]) ?? .max >= time
        }
    }

    /// The first block made from `time` on.
    fileprivate func firstBlock(from time: Timestamp) throws -> Int64 {
        try first(to: "SELECT max(number) FROM ledger_blocks") { number in
            try Int64.fetchOne(
                self, sql: "SELECT timestamp_ms FROM ledger_blocks WHERE number = ?",
                arguments: [number])
                ?? .max >= time.milliseconds.column
        }
    }

    /// The least number from 0 to one more than `last` gives for which `holds`, which then holds for all
    /// that are greater.
    private func first(to last: String, _ holds: (Int64) throws -> Bool) throws -> Int64 {
        var (low, high) = (Int64(0), (try Int64.fetchOne(self, sql: last) ?? -1) + 1)
        while low < high {
            let middle = low + (high - low) / 2
            if try holds(middle) { high = middle } else { low = middle + 1 }
        }
        return low
    }

    /// The tokens that moved from or to `account` in `blocks`.
    fileprivate func moved(
        _ side: String, _ account: Address, in blocks: Range<Int64>
    ) throws -> TokenAmount {
        let sum = try Int64.fetchOne(
            self,
            sql: """
                SELECT sum(amount) FROM ledger_transfers
                WHERE \(side) = (SELECT number FROM addresses WHERE address = ?) AND block >= ? AND block < ?
                """, arguments: [account.bytes.column, blocks.lowerBound, blocks.upperBound])
        return TokenAmount(UInt64(bitPattern: sum ?? 0))
    }
}
