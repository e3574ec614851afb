internal import GRDB
internal import Ledger
internal import Protocol

// The tables that say where the ledger stands, against the state and the events.
extension ColumnCheck {
    /// That no movement of tokens lies among the other events. Those that lie where they should are
    /// events too, and the receipts' root in each header is over them.
    mutating func checkTransfers() throws {
        let topic = ContractABI.token.events.first { $0.name == "Transfer" }?.topic ?? .zero
        let count = try Int.fetchOne(
            database,
            sql: """
                SELECT count(*) FROM ledger_logs
                WHERE event = (SELECT number FROM events WHERE topic = ?)
                """, arguments: [topic.bytes.column])
        look(at: "all", in: "transfers")
        expect(count ?? 0, 0, "count")
    }

    /// Where and when each step was taken; which steps there are, the trades tell.
    mutating func checkSteps() throws {
        var steps = try rows(
            of: "trade_steps",
            """
            SELECT s.*, b.header AS "ledger_blocks.header", l.transaction_position
            FROM trade_steps s
                JOIN ledger_blocks b ON b.number = s.block
                JOIN ledger_logs l ON l.block = s.block AND l.position = s.log
            ORDER BY s.trade, s.block, s.log
            """)
        var count = 0
        while let row = steps.next() {
            look(
                at: "trade \(try row.number("trade")), block \(try row.number("block"))",
                in: "trade_steps")
            let header = try row.header("ledger_blocks.header")
            let marketTime = identity.genesis.marketClock.time(at: header.timestamp)
            expect(try row.timestamp("timestamp_ms"), header.timestamp, "timestamp_ms")
            expect(try row.number("market_time"), marketTime.seconds, "market_time")
            let transactions = try database.transactions(
                "t.block = ? AND t.position = ?",
                [try row.number("block").column, try row.count("transaction_position")])
            expect(try row.hash("transaction_hash"), transactions.first?.hash, "transaction_hash")
            count += 1
        }
        look(at: "all", in: "trade_steps")
        let stored = try Int.fetchOne(database, sql: "SELECT count(*) FROM ledger_steps")
        expect(stored ?? 0, count, "count")
    }

    mutating func checkAccounts() throws {
        var accounts = try rows(of: "accounts", "SELECT * FROM accounts")
        while let row = accounts.next() {
            let address = try row.address("address")
            let account = state.account(address)
            look(at: "address \(address)", in: "accounts")
            expect(try row.number("nonce"), account.nonce, "nonce")
            expect(try row.number("balance"), account.balance.baseUnits, "balance")
        }
        let known = state.entries.lazy.compactMap(\.account)
            .count { state.account($0) != .untouched }
        try expectCount(known, in: "accounts")
    }

    mutating func checkMembers() throws {
        func none<Value: Equatable>(if zero: Value, _ value: Value) -> Value? {
            value == zero ? nil : value
        }
        var rows = try self.rows(of: "members", "SELECT * FROM members")
        while let row = rows.next() {
            let account = try row.address("account")
            let member = state.member(account)
            look(at: "account \(account)", in: "members")
            expect(try row.text("role"), (member?.role.name).map { UntrustedText($0) }, "role")
            expect(
                try row.optional("meter_key", row.address),
                member.flatMap { none(if: .zero, $0.meterKey) }, "meter_key")
            expect(
                try row.number("rated_power_w"), member.map { UInt64($0.ratedPower.value) },
                "rated_power_w")
            expect(
                try row.optional("certificate_hash", row.hash),
                member.flatMap { none(if: .zero, $0.certificateHash) }, "certificate_hash")
            expect(try row.number("suspended") == 1, member?.isSuspended, "suspended")
        }
        try expectCount(state.members().count, in: "members")
    }

    mutating func checkTrades() throws {
        let cursor = try Row.fetchCursor(database, sql: "SELECT * FROM trades ORDER BY id")
        var count = 0
        while let row = try cursor.next() {
            let row = StoredRow(row, of: "trades")
            let id = OfferID(try row.number32("id"))
            look(at: "id \(id.value)", in: "trades")
            count += 1
            guard let trade = state.trade(id) else {
                // It has left the state; the row is what blocks made of it, which was compared before.
                let isOver = ["settled", "cancelled", "expired", "refunded"]
                    .contains(try row.text("state"))
                expect(isOver, true, "state")
                continue
            }
            try check(row, is: trade)
            let stored = try database.trades("id = ?", [Int64(id.value)], limit: 1)
            look(at: "trade \(id.value)", in: "trade_steps")
            let steps = stored.first?.steps.map { Step(name: $0.name, block: $0.blockNumber) } ?? []
            expect(
                steps.count { $0.name == Step.release }, Int(trade.releaseCount), "releases")
            expect(steps.withoutReleasedPicks, trade.steps, "step")
        }
        let kept = state.entries.count { $0.trade != nil }
        try expectCount(kept + Int(state.forgottenTradeCount), in: "trades")
    }

    private mutating func check(_ row: StoredRow, is trade: Trade) throws {
        let offer = trade.offer
        expect(try row.text("state"), UntrustedText(trade.status.name), "state")
        expect(try row.address("seller"), offer.seller, "seller")
        expect(try row.optional("recipient", row.address), offer.recipient, "recipient")
        expect(try row.optional("buyer", row.address), trade.buyer, "buyer")
        expect(try row.optional("aggregator", row.address), trade.aggregator, "aggregator")
        expect(try row.number("energy_wh"), offer.energy.value, "energy_wh")
        expect(try row.number("price"), offer.price.baseUnits, "price")
        expect(try row.number("offered_at"), offer.timeOffered.seconds, "offered_at")
        expect(try row.optional("expires_at", row.number), offer.expires.seconds, "expires_at")
        expect(try row.number("delivered_wh"), trade.deliveredEnergy.value, "delivered_wh")
        expect(try row.number("seller_amount"), trade.sellerAmount.baseUnits, "seller_amount")
        expect(try row.number("fee"), trade.fee.baseUnits, "fee")
        expect(try row.number("returned"), trade.returned.baseUnits, "returned")
        expect(try row.number("burned"), trade.burned.baseUnits, "burned")
    }

    mutating func checkSupply() throws {
        let row = try Row.fetchOne(database, sql: "SELECT * FROM supply")
            .map { StoredRow($0, of: "supply") }
        let supply = state.supply
        look(at: "id 1", in: "supply")
        expect(
            try row.map { row in
                try ["minted", "burned", "escrow"].map { try row.number($0) }
            } ?? [0, 0, 0], [supply.minted, supply.burned, supply.escrow].map(\.baseUnits),
            "minted, burned or escrow")
    }

    private mutating func expectCount(_ expected: Int, in table: String) throws {
        let found = try Int.fetchOne(database, sql: "SELECT count(*) FROM \(table)") ?? 0
        look(at: "all", in: table)
        expect(found, expected, "count")
    }
}

/// A step of a trade, as the state remembers it.
private struct Step: Equatable {
    static let release = "OfferReleased"

    let name: String
    let block: UInt64
}

extension [Step] {
    /// The steps that the state remembers: a pick that was released is over, and the offer open again.
    fileprivate var withoutReleasedPicks: [Step] {
        reduce(into: []) { steps, step in
            guard step.name == Step.release else { return steps.append(step) }
            if steps.last?.name == "OfferPicked" { steps.removeLast() }
        }
    }
}

extension Trade {
    fileprivate var steps: [Step] {
        let end =
            switch status {
            case .settled: "SellerPaid"
            case .refunded: "TradeRefunded"
            case .cancelled: "OfferCancelled"
            case .expired: "OfferExpired"
            case .open, .picked, .paid, .delivered: "?"
            }
        let taken: [(String, TradeStep?)] = [
            ("OfferAdded", offered), ("OfferPicked", picked), ("PeerPaid", paid),
            ("ReceiptHandedIn", firstReceipt), ("EnergyDelivered", delivered), (end, closed),
        ]
        return taken.compactMap { name, step in step.map { Step(name: name, block: $0.block) } }
    }
}
