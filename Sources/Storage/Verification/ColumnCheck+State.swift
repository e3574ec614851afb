internal import GRDB
internal import Ledger
internal import Protocol

// The tables that say where the ledger stands, against the state and the events.
extension ColumnCheck {
    /// Each transfer against the topics and the data of its event, taken apart here by hand.
    mutating func checkTransfers() throws {
        let topic = ContractABI.token.events.first { $0.name == "Transfer" }?.topic ?? .zero
        var count = 0
        var logs = try rows(
            of: "logs",
            """
            SELECT l.*, x.sender AS "transfers.sender", x.recipient AS "transfers.recipient",
                x.amount AS "transfers.amount"
            FROM logs l LEFT JOIN transfers x ON x.block = l.block AND x.log = l.position
            WHERE l.address = ? AND l.topic0 = ? ORDER BY l.block, l.position
            """, [NativeContract.token.description, topic.description])
        while let row = logs.next() {
            let name = "block \(try row.number("block")), log \(try row.number("position"))"
            func account(_ column: String) throws -> Address? {
                Address(bytes: try row.hash(column).bytes.suffix(20))
            }
            expect(
                try row.optionalAddress("transfers.sender"), try account("topic1"), "sender",
                in: "transfers", name)
            expect(
                try row.optionalAddress("transfers.recipient"), try account("topic2"),
                "recipient", in: "transfers", name)
            expect(
                try row.optionalNumber("transfers.amount"),
                UInt64(bigEndian: try row.bytes("data").suffix(8)), "amount", in: "transfers",
                name)
            count += 1
        }
        try expectCount(count, in: "transfers")
    }

    /// Where and when each step was taken; which steps there are, the trades tell.
    mutating func checkSteps() throws {
        var steps = try rows(
            of: "trade_steps",
            """
            SELECT s.*, b.header AS "blocks.header", t.hash AS "transactions.hash"
            FROM trade_steps s
                LEFT JOIN blocks b ON b.number = s.block
                LEFT JOIN logs l ON l.block = s.block AND l.position = s.log
                LEFT JOIN transactions t
                    ON t.block = l.block AND t.position = l.transaction_position
            ORDER BY s.trade, s.block, s.log
            """)
        while let row = steps.next() {
            let name = "trade \(try row.number("trade")), block \(try row.number("block"))"
            let header = try row.header("blocks.header")
            let marketTime = identity.genesis.marketClock.time(at: header.timestamp)
            expect(
                try row.timestamp("timestamp_ms"), header.timestamp, "timestamp_ms",
                in: "trade_steps", name)
            expect(
                try row.number("market_time"), marketTime.seconds, "market_time",
                in: "trade_steps", name)
            expect(
                try row.hash("transaction_hash"), try row.optionalHash("transactions.hash"),
                "transaction_hash", in: "trade_steps", name)
        }
    }

    mutating func checkAccounts() throws {
        var accounts = try rows(of: "accounts", "SELECT * FROM accounts")
        while let row = accounts.next() {
            let address = try row.address("address")
            let (account, name) = (state.account(address), "address \(address)")
            expect(try row.number("nonce"), account.nonce, "nonce", in: "accounts", name)
            expect(
                try row.number("balance"), account.balance.baseUnits, "balance", in: "accounts",
                name)
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
            let (member, name) = (state.member(account), "account \(account)")
            func expect<Value: Equatable>(_ found: Value?, _ expected: Value?, _ column: String) {
                self.expect(found, expected, column, in: "members", name)
            }
            expect(try row.text("role"), member?.role.name, "role")
            expect(
                try row.optionalAddress("meter_key"),
                member.flatMap { none(if: .zero, $0.meterKey) }, "meter_key")
            expect(
                try row.number("rated_power_w"), member.map { UInt64($0.ratedPower.value) },
                "rated_power_w")
            expect(
                try row.optionalHash("certificate_hash"),
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
            let name = "id \(id.value)"
            count += 1
            guard let trade = state.trade(id) else {
                expect(id, OfferID(0), "id", in: "trades", name)
                continue
            }
            try check(row, is: trade, name)
            let stored = try TradeQuery(database).all("id = ?", [Int64(id.value)], limit: 1)
            expect(
                stored.first?.steps.map { Step(name: $0.name, block: $0.blockNumber) } ?? [],
                trade.steps, "step", in: "trade_steps", "trade \(id.value)")
        }
        try expectCount(state.entries.count { $0.trade != nil }, in: "trades")
    }

    private mutating func check(_ row: StoredRow, is trade: Trade, _ name: String) throws {
        func expect<Value: Equatable>(_ found: Value, _ expected: Value, _ column: String) {
            self.expect(found, expected, column, in: "trades", name)
        }
        let offer = trade.offer
        expect(try row.text("state"), trade.status.name, "state")
        expect(try row.address("seller"), offer.seller, "seller")
        expect(try row.optionalAddress("buyer"), trade.buyer, "buyer")
        expect(try row.optionalAddress("aggregator"), trade.aggregator, "aggregator")
        expect(try row.number("energy_wh"), offer.energy.value, "energy_wh")
        expect(try row.number("price"), offer.price.baseUnits, "price")
        expect(try row.number("offered_at"), offer.timeOffered.seconds, "offered_at")
        expect(try row.optionalNumber("expires_at"), offer.expires?.seconds, "expires_at")
        expect(try row.number("delivered_wh"), trade.deliveredEnergy.value, "delivered_wh")
        expect(
            try row.number("seller_amount"), trade.sellerAmount.baseUnits, "seller_amount")
        expect(try row.number("fee"), trade.fee.baseUnits, "fee")
        expect(try row.number("returned"), trade.returned.baseUnits, "returned")
    }

    mutating func checkSupply() throws {
        let row = try Row.fetchOne(database, sql: "SELECT * FROM supply")
            .map { StoredRow($0, of: "supply") }
        let supply = state.supply
        expect(
            try row.map { row in
                try ["minted", "burned", "escrow"].map { try row.number($0) }
            } ?? [0, 0, 0], [supply.minted, supply.burned, supply.escrow].map(\.baseUnits),
            "minted, burned or escrow", in: "supply", "id 1")
    }

    private mutating func expectCount(_ expected: Int, in table: String) throws {
        let found = try Int.fetchOne(database, sql: "SELECT count(*) FROM \(table)") ?? 0
        expect(found, expected, "count", in: table, "all")
    }
}

/// A step of a trade, as the state remembers it.
private struct Step: Equatable {
    let name: String
    let block: UInt64
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
            ("EnergyDelivered", delivered), (end, closed),
        ]
        return taken.compactMap { name, step in step.map { Step(name: name, block: $0.block) } }
    }
}
