private import Ledger
private import Protocol

// What people read: the tables with their numbers as names, and bytes as texts.
extension Schema {
    /// The bytes of `column` as 0x and digits.
    private static func text(_ column: String) -> String { "'0x' || lower(hex(\(column)))" }

    /// The address that has the number in `column`.
    private static func address(_ column: String) -> String {
        "(SELECT \(text("address")) FROM addresses WHERE number = \(column))"
    }

    /// The hash of block `number`; zeros for the one before the first.
    private static func blockHash(_ number: String) -> String {
        """
        coalesce((SELECT \(text("hash")) FROM ledger_blocks WHERE number = \(number)),
            '0x' || printf('%064d', 0))
        """
    }

    /// The milliseconds of `column` as a time of day.
    private static func readable(_ column: String) -> String {
        """
        strftime('%Y-%m-%dT%H:%M:%S', \(column) / 1000, 'unixepoch')
            || printf('.%03dZ', \(column) % 1000)
        """
    }

    private static var state: String {
        let names = TradeStatus.allCases.map { "WHEN \($0.rawValue) THEN '\($0.name)'" }
        return "CASE state \(names.joined(separator: " ")) END"
    }

    private static let event = "(SELECT name FROM events WHERE number = event)"

    static let views: [String] = [
        """
        CREATE VIEW blocks AS
            SELECT number, \(text("hash")) AS hash, \(blockHash("b.number - 1")) AS parent_hash,
                timestamp_ms, \(readable("timestamp_ms")) AS time, market_time,
                \(address("proposer")) AS proposer, round, seals, transaction_count,
                transaction_bytes, gas_used, \(text("state_root")) AS state_root, header, certificate
            FROM ledger_blocks b
        """,
        """
        CREATE VIEW transactions AS
            SELECT block, position, \(text("hash")) AS hash, \(address("sender")) AS sender, nonce,
                \(address("recipient")) AS recipient,
                (SELECT name FROM functions WHERE number = function) AS function,
                iif(revert_reason IS NULL, 'succeeded', 'failed') AS status, revert_reason,
                gas_used, cumulative_gas_used, first_log, body
            FROM ledger_transactions
        """,
        """
        CREATE VIEW transfers AS
            SELECT block, log, transaction_position, \(address("sender")) AS sender,
                \(address("recipient")) AS recipient, amount
            FROM ledger_transfers
        """,
        """
        CREATE VIEW logs AS
            SELECT block, position, transaction_position, \(address("ledger_logs.address")) AS address,
                \(event) AS event, topics, data
            FROM ledger_logs
            UNION ALL SELECT block, log, transaction_position, '\(NativeContract.token)', 'Transfer',
                NULL, NULL
            FROM ledger_transfers
        """,
        """
        CREATE VIEW trades AS
            SELECT id, \(state) AS state, \(address("seller")) AS seller,
                \(address("buyer")) AS buyer, \(address("aggregator")) AS aggregator, energy_wh,
                price, offered_at, expires_at, delivered_wh, seller_amount, fee, returned, burned,
                \(address("recipient")) AS recipient
            FROM ledger_trades
        """,
        """
        CREATE VIEW trade_steps AS
            SELECT s.trade, s.block, s.log, \(event) AS step, b.timestamp_ms,
                \(readable("b.timestamp_ms")) AS time, b.market_time,
                \(text("t.hash")) AS transaction_hash
            FROM ledger_steps s
                JOIN ledger_logs l ON l.block = s.block AND l.position = s.log
                JOIN ledger_blocks b ON b.number = s.block
                JOIN ledger_transactions t
                    ON t.block = s.block AND t.position = l.transaction_position
        """,
        """
        CREATE VIEW offers AS
            SELECT id, seller, recipient, energy_wh, price, offered_at, expires_at
            FROM trades WHERE state = 'open'
        """,
    ]
}
