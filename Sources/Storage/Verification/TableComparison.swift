internal import Foundation
internal import GRDB
internal import Protocol

/// Compares every row and column of two databases' tables, those that follow from the blocks.
struct TableComparison {
    /// A table, and the columns that name its rows.
    private struct Table {
        let name: String
        let key: [String]
        /// The column with the height of the block that a row belongs to, where there is one.
        let height: String?
    }

    private static let tables = [
        Table(name: "chain", key: ["id"], height: nil),
        Table(name: "addresses", key: ["number"], height: nil),
        Table(name: "functions", key: ["number"], height: nil),
        Table(name: "events", key: ["number"], height: nil),
        Table(name: "ledger_blocks", key: ["number"], height: "number"),
        Table(name: "validators", key: ["first_block", "address"], height: "first_block"),
        Table(name: "ledger_transactions", key: ["block", "position"], height: "block"),
        Table(name: "ledger_logs", key: ["block", "position"], height: "block"),
        Table(name: "ledger_transfers", key: ["block", "log"], height: "block"),
        Table(name: "ledger_steps", key: ["trade", "block", "log"], height: "block"),
        Table(name: "state", key: ["key"], height: nil),
        Table(name: "accounts", key: ["address"], height: nil),
        Table(name: "members", key: ["account"], height: nil),
        Table(name: "ledger_trades", key: ["id"], height: nil),
        Table(name: "supply", key: ["id"], height: nil),
    ]

    /// How many findings of one table are listed.
    private static let most = 10

    let stored: Database
    let computed: Database
    /// The last block that was computed, if that was not the last stored: then only rows of blocks
    /// up to it can be compared.
    let height: UInt64?

    func findings() throws -> [Finding] {
        var findings = try schemaFindings()
        for table in Self.tables where height == nil || table.height != nil || table.name == "chain"
        {
            do {
                findings += try compare(table)
            } catch let error as DatabaseError {
                findings.append(Finding("table \(table.name)", nil, error.description))
            }
        }
        return findings
    }

    private func schemaFindings() throws -> [Finding] {
        let statement = """
            SELECT name, type, tbl_name, sql FROM sqlite_schema
            WHERE name NOT LIKE 'sqlite_stat%' ORDER BY name
            """
        var findings: [Finding] = []
        let left = try Row.fetchAll(stored, sql: statement)
        let right = try Row.fetchAll(computed, sql: statement)
        for (stored, computed) in zip(left, right) where stored != computed {
            let name = String.fromDatabaseValue(computed["name"]) ?? "?"
            findings.append(Finding("schema", name, "its definition is not this program's"))
        }
        if left.count != right.count {
            findings.append(Finding("schema", nil, "has \(left.count) parts, not \(right.count)"))
        }
        return findings
    }

    private func compare(_ table: Table) throws -> [Finding] {
        let left = try cursor(over: table, in: stored)
        let right = try cursor(over: table, in: computed)
        var findings: [Finding] = []
        while findings.count < Self.most {
            let (found, expected) = (try left.next(), try right.next())
            guard let found, let expected else {
                if let found { findings.append(finding(table, found, "should not be there")) }
                if let expected { findings.append(finding(table, expected, "is missing")) }
                break
            }
            guard name(of: found, in: table) == name(of: expected, in: table) else {
                let reason = "stands where \(name(of: expected, in: table)) should"
                findings.append(finding(table, found, reason))
                break
            }
            for (column, value) in expected where found[column] != value {
                findings.append(finding(table, found, difference(column, found[column], value)))
            }
        }
        return findings
    }

    private func cursor(over table: Table, in database: Database) throws -> RowCursor {
        let condition = height.flatMap { height in table.height.map { "WHERE \($0) <= \(height)" } }
        return try Row.fetchCursor(
            database,
            sql: """
                SELECT * FROM \(table.name) \(condition ?? "")
                ORDER BY \(table.key.joined(separator: ", "))
                """)
    }

    private func finding(_ table: Table, _ row: Row, _ reason: String) -> Finding {
        Finding("table \(table.name)", name(of: row, in: table), reason)
    }

    private func name(of row: Row, in table: Table) -> String {
        table.key.map { "\($0) \(text(of: row[$0]))" }.joined(separator: ", ")
    }

    private func difference(
        _ column: String, _ found: DatabaseValue?, _ expected: DatabaseValue
    ) -> String {
        "column \(column) is \(text(of: found)), the chain gives \(text(of: expected))"
    }

    private func text(of value: DatabaseValue?) -> UntrustedText {
        guard let value, !value.isNull else { return "nothing" }
        if let blob = Data.fromDatabaseValue(value), case .blob = value.storage {
            let hexadecimal = Hexadecimal.encode(blob.prefix(40))
            let rest = blob.count > 40 ? "… (\(blob.count) bytes)" : ""
            return UntrustedText("0x" + hexadecimal + rest)
        }
        return UntrustedText(String.fromDatabaseValue(value) ?? value.description)
    }
}
