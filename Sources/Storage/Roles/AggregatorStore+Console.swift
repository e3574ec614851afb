internal import GRDB
internal import Ledger
internal import Market
package import Protocol

/// A member as an aggregator's operator knows it: what is not on the ledger.
package struct MemberNote: Hashable, Sendable {
    package let account: Address
    /// What the operator calls it.
    package var name: String
    /// The metering point's number at the grid operator.
    package var meteringPoint: String

    package init(account: Address, name: String, meteringPoint: String) {
        self.account = account
        self.name = name
        self.meteringPoint = meteringPoint
    }
}

/// The last that a meter said, and when it came.
package struct LastReading: Hashable, Sendable {
    package let reading: MeterReading
    package let receivedAt: Timestamp
}

/// Something that an operator did, or tried to do.
package struct OperatorAction: Hashable, Sendable {
    /// What came of it.
    package enum Outcome: Hashable, Sendable {
        case done
        /// The ledger refused it, or the node did, and why.
        case refused(String)

        /// Its name, for programs.
        package var name: String { self == .done ? "done" : "refused" }

        /// Why it was refused.
        package var refusal: String? {
            if case .refused(let reason) = self { reason } else { nil }
        }
    }

    /// Its number; 0 before it is stored.
    package var id: Int64 = 0
    package let at: Timestamp
    /// Who did it, as it is called where it signed in.
    package let name: String
    /// What was done: sold, declined, suspended, reinstated, registered, renamed, invited, withdrawn or
    /// joined.
    package let what: String
    /// Whom it is about; zero for somebody who is no member.
    package let member: Address
    /// What that one is called, who is no member.
    package let subject: String?
    /// The order's number and amount, where it is about one.
    package let number: UInt32?
    package let amount: TokenAmount?
    package let reason: String?
    /// What came of it; nil as long as that is not known, as when the node ended in between.
    package let outcome: Outcome?

    package init(
        at: Timestamp, name: String, what: String, member: Address = .zero,
        subject: String? = nil, number: UInt32? = nil, amount: TokenAmount? = nil,
        reason: String? = nil, outcome: Outcome? = nil
    ) {
        self.at = at
        self.name = name
        self.what = what
        self.member = member
        self.subject = subject
        self.number = number
        self.amount = amount
        self.reason = reason
        self.outcome = outcome
    }
}

// What the operator's console reads. Each call blocks the calling thread.
extension AggregatorStore {
    /// What is noted of `account`.
    package func note(of account: Address) throws(StorageError) -> MemberNote {
        try database.read { db in
            let row = try Row.fetchOne(
                db,
                sql: """
                    SELECT coalesce(n.name, u.name, '') AS name,
                        coalesce(n.metering_point, '') AS metering_point
                    FROM (SELECT ? AS account) a
                    LEFT JOIN user u ON u.account = a.account
                    LEFT JOIN user_note n ON n.account = a.account
                    """, arguments: [account.description])
            guard let row else { return MemberNote(account: account, name: "", meteringPoint: "") }
            let stored = StoredRow(row, of: "user_note")
            return MemberNote(
                account: account, name: try stored.text("name").verbatim,
                meteringPoint: try stored.text("metering_point").verbatim)
        }
    }

    /// When the owner of `account` signed in last, and the node proved it; nil if never.
    package func signedIn(_ account: Address) throws(StorageError) -> Timestamp? {
        try database.read { db in
            try Row.fetchOne(
                db, sql: "SELECT * FROM sign_in WHERE account = ?",
                arguments: [account.description]
            ).map { try StoredRow($0, of: "sign_in").timestamp("at_ms") }
        }
    }

    /// The last reading of `meter`; nil if none came.
    package func lastReading(of meter: Address) throws(StorageError) -> LastReading? {
        try database.read { db in
            let row = try Row.fetchOne(
                db, sql: "SELECT * FROM reading WHERE meter = ? ORDER BY market_time DESC LIMIT 1",
                arguments: [meter.description])
            return try row.map { row in
                LastReading(
                    reading: try MeterReading(StoredRow(row, of: "reading")),
                    receivedAt: try StoredRow(row, of: "reading").timestamp("received_ms"))
            }
        }
    }

    /// The first reading of `meter` in each quarter of an hour from `start` to before `end`, in order.
    package func firstReadings(
        of meter: Address, from start: MarketTime, to end: MarketTime
    ) throws(StorageError) -> [MeterReading] {
        try database.read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT *, min(market_time) FROM reading
                    WHERE meter = ? AND market_time >= ? AND market_time < ?
                    GROUP BY market_time / 900 ORDER BY market_time
                    """,
                arguments: [meter.description, start.seconds.column, end.seconds.column]
            ).map { try MeterReading(StoredRow($0, of: "reading")) }
        }
    }

    /// How far the trade `id` has come at both meters, in Wh: seller's and buyer's; nil for a side that
    /// has not begun, or of which no reading came since.
    package func flowed(for id: OfferID) throws(StorageError) -> (seller: UInt64?, buyer: UInt64?) {
        try database.read { db in
            let row = try Row.fetchOne(
                db, sql: "SELECT * FROM trade WHERE id = ?", arguments: [Int64(id.value)])
            guard let row else { return (nil, nil) }
            let stored = StoredRow(row, of: "trade")
            func flowed(_ column: String, _ direction: FlowDirection) throws -> UInt64? {
                let began: MeterReading? = try stored.optional(column) { try stored.decoded($0) }
                guard let began else { return nil }
                let last = try Row.fetchOne(
                    db,
                    sql: "SELECT * FROM reading WHERE meter = ? ORDER BY market_time DESC LIMIT 1",
                    arguments: [began.meter.description])
                guard let last else { return nil }
                let now = try MeterReading(StoredRow(last, of: "reading"))
                let (first, second) =
                    direction == .export
                    ? (began.exportRegister.value, now.exportRegister.value)
                    : (began.importRegister.value, now.importRegister.value)
                return second - min(first, second)
            }
            return (try flowed("seller_began", .export), try flowed("buyer_began", .import))
        }
    }

    /// The trades that are under way by these books, the oldest first, `limit` at most.
    package func runningTrades(limit: Int) throws(StorageError) -> [OfferID] {
        try database.read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT id FROM trade WHERE status IN ('picked', 'paid', 'delivered')
                    ORDER BY id LIMIT ?
                    """, arguments: [limit]
            ).map { OfferID(try StoredRow($0, of: "trade").number32("id")) }
        }
    }

    /// The tokens that were sold from `start` to before `end`.
    package func sold(
        from start: Timestamp, to end: Timestamp
    ) throws(StorageError) -> TokenAmount {
        try database.read { db in
            let sum = try Int64.fetchOne(
                db,
                sql: "SELECT sum(amount) FROM token_sale WHERE final_ms >= ? AND final_ms < ?",
                arguments: [start.milliseconds.column, end.milliseconds.column])
            return TokenAmount(UInt64(clamping: sum ?? 0))
        }
    }

    /// The tokens that were sold from `start` to before `end`, by buyer.
    package func soldByBuyer(
        from start: Timestamp, to end: Timestamp
    ) throws(StorageError) -> [Address: TokenAmount] {
        try database.read { db in
            let rows = try Row.fetchAll(
                db,
                sql: """
                    SELECT account, sum(amount) AS amount FROM token_sale
                    WHERE final_ms >= ? AND final_ms < ? GROUP BY account
                    """, arguments: [start.milliseconds.column, end.milliseconds.column])
            return Dictionary(
                uniqueKeysWithValues: try rows.map { row in
                    let row = StoredRow(row, of: "token_sale")
                    return (
                        try row.address("account"), TokenAmount(try row.number("amount"))
                    )
                })
        }
    }

    /// What operators did, the last first: up to `limit` actions before the one numbered `before`, about
    /// `member` alone if it is given.
    package func actions(
        before: Int64?, limit: Int, about member: Address? = nil
    ) throws(StorageError) -> [OperatorAction] {
        try database.read { db in
            let about = member?.description
            return try Row.fetchAll(
                db,
                sql: """
                    SELECT * FROM operator_action WHERE id < ? AND (? IS NULL OR member = ?)
                    ORDER BY id DESC LIMIT ?
                    """, arguments: [before ?? .max, about, about, limit]
            ).map { try OperatorAction(StoredRow($0, of: "operator_action")) }
        }
    }

    /// Why `account` is suspended, as an operator noted it; nil where that one gave no reason, or did not
    /// suspend it here.
    package func suspensionReason(of account: Address) throws(StorageError) -> String? {
        try database.read { db in
            let row = try Row.fetchOne(
                db,
                sql: """
                    SELECT what, reason FROM operator_action
                    WHERE member = ? AND what IN ('suspended', 'reinstated')
                        AND outcome IS NOT 'refused' ORDER BY id DESC LIMIT 1
                    """, arguments: [account.description])
            guard let row else { return nil }
            let action = StoredRow(row, of: "operator_action")
            guard try action.text("what") == "suspended" else { return nil }
            return try action.optional("reason") { try action.text($0).verbatim }
        }
    }

    /// Notes what the operator calls a member.
    package func set(_ note: MemberNote) async throws(StorageError) {
        try await database.write { db in
            try db.replace(
                "user_note",
                [
                    "account": note.account.description, "name": note.name,
                    "metering_point": note.meteringPoint,
                ])
        }
    }

    /// Writes down what an operator does; its number.
    package func add(_ action: OperatorAction) async throws(StorageError) -> Int64 {
        try await database.write { db in
            try db.insert(
                "operator_action",
                [
                    "at_ms": action.at.milliseconds.column, "operator": action.name,
                    "what": action.what, "member": action.member.description,
                    "subject": action.subject,
                    "number": action.number.map { Int64($0) },
                    "amount": action.amount?.baseUnits.column, "reason": action.reason,
                    "outcome": action.outcome?.name, "refusal": action.outcome?.refusal,
                ])
            return db.lastInsertedRowID
        }
    }

    /// Writes down what came of the action numbered `id`.
    package func conclude(
        _ id: Int64, _ outcome: OperatorAction.Outcome
    ) async throws(StorageError) {
        try await database.write { db in
            try db.run(
                "UPDATE operator_action SET outcome = ?, refusal = ? WHERE id = ?",
                [outcome.name, outcome.refusal.map { String($0.prefix(256)) }, id])
        }
    }
}

extension OperatorAction {
    fileprivate init(_ row: StoredRow) throws {
        self.init(
            at: try row.timestamp("at_ms"), name: try row.text("operator").verbatim,
            what: try row.text("what").verbatim, member: try row.address("member"),
            subject: try row.optional("subject") { try row.text($0).verbatim },
            number: try row.optional("number") { try row.number32($0) },
            amount: try row.optional("amount") { TokenAmount(try row.number($0)) },
            reason: try row.optional("reason") { try row.text($0).verbatim },
            outcome: try row.optional("outcome") { column in
                try row.text(column) == "done"
                    ? .done : .refused(try row.text("refusal").verbatim)
            })
        id = Int64(try row.number("id"))
    }
}
