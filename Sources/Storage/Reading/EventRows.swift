internal import Foundation
internal import GRDB
internal import Ledger
internal import Protocol

/// Events as they lie in two tables: movements of tokens in `ledger_transfers`, as three parts, all
/// others in `ledger_logs`, packed.
enum EventRows {
    /// What moved, if `log` says that tokens did.
    static func transfer(
        in log: EventLog
    ) -> (sender: Address, recipient: Address, amount: TokenAmount)? {
        guard case .transfer(let sender, let recipient, let amount)? = TokenEvent(log) else {
            return nil
        }
        return (sender, recipient, amount)
    }

    /// The topics of `log` as its row has them: the first one is left out where the row has the event's
    /// number.
    static func topics(of log: EventLog, isNumbered: Bool) -> Bytes {
        ZeroRuns.pack(log.topics.dropFirst(isNumbered ? 1 : 0).flatMap(\.bytes))
    }

    /// The rows of both tables that fit `condition`, in the order of the ledger; each table is read in its
    /// own order, so that whoever stops reading has read no more than that.
    static func fetch(
        _ condition: String, _ arguments: StatementArguments, in database: Database
    ) throws -> Events {
        let statement = """
            SELECT block, position, transaction_position,
                (SELECT address FROM addresses WHERE number = l.address) AS address,
                (SELECT topic FROM events WHERE number = l.event) AS topic, topics, data,
                NULL AS sender, NULL AS recipient, NULL AS amount
            FROM ledger_logs l WHERE \(condition)
            UNION ALL SELECT block, log, transaction_position, NULL, NULL, NULL, NULL,
                (SELECT address FROM addresses WHERE number = x.sender),
                (SELECT address FROM addresses WHERE number = x.recipient), amount
            FROM ledger_transfers x WHERE \(condition)
            ORDER BY block, position
            """
        var both = arguments
        both += arguments
        return Events(rows: try Row.fetchCursor(database, sql: statement, arguments: both))
    }

    /// Rows, read one after the other.
    struct Events {
        fileprivate let rows: RowCursor

        func next() throws -> StoredRow? {
            try rows.next().map { row in
                let isTransfer = !(row["amount"] ?? DatabaseValue.null).isNull
                return StoredRow(row, of: isTransfer ? "ledger_transfers" : "ledger_logs")
            }
        }
    }

    /// The event in a row of ``fetch(_:_:in:)``.
    static func event(of row: StoredRow) throws -> EventLog {
        if let amount = try row.optional("amount", row.bits) {
            return TokenEvent.transfer(
                from: try row.packedAddress("sender"), to: try row.packedAddress("recipient"),
                amount: TokenAmount(amount)
            ).log
        }
        var topics = try row.optional("topic", row.packedHash).map { [$0] } ?? []
        let rest = try row.unpacked("topics", most: 4 * 32)
        for start in stride(from: 0, to: rest.count, by: 32) {
            guard let topic = Hash32(bytes: rest[start..<min(start + 32, rest.count)]) else {
                throw Damage(reason: "table ledger_logs, column topics is cut short")
            }
            topics.append(topic)
        }
        return EventLog(
            address: try row.packedAddress("address"), topics: topics,
            data: try row.unpacked("data"))
    }
}
