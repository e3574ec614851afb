internal import Protocol

/// A table of texts, its columns as wide as their widest cell.
package struct Table {
    private let header: [String]
    private var rows: [[String]] = []
    private let rightAligned: Set<Int>

    /// A table whose columns in `rightAligned` are figures.
    package init(_ header: [String], rightAligned: Set<Int> = []) {
        self.header = header
        self.rightAligned = rightAligned
    }

    /// Adds a row with a cell for each column. What could break out of a cell is escaped.
    package mutating func add(_ row: [String]) { rows.append(row.map { UntrustedText.escape($0) }) }

    /// The table's lines, without blanks at their ends.
    package var lines: [String] {
        cells(leastWidth: 0).map { row in
            var line = row.joined(separator: "  ")
            while line.last == " " { line.removeLast() }
            return line
        }
    }

    /// The table's lines as one text.
    package var text: String { lines.joined(separator: "\n") }

    /// The table in Markdown, which reads well as plain text too.
    package var markdown: String {
        var rows = cells(leastWidth: 3)
        let rule = rows[0].indices.map { column in
            let dashes = String(repeating: "-", count: rows[0][column].count)
            return rightAligned.contains(column) ? dashes.dropLast() + ":" : dashes
        }
        rows.insert(rule, at: 1)
        return rows.map { "| " + $0.joined(separator: " | ") + " |" }.joined(separator: "\n")
    }

    /// Header and rows, each cell filled up to its column's width.
    private func cells(leastWidth: Int) -> [[String]] {
        let all = [header] + rows
        let widths = header.indices.map { column in
            all.reduce(leastWidth) { max($0, $1[column].count) }
        }
        return all.map { row in
            row.indices.map { column in
                let blanks = String(repeating: " ", count: widths[column] - row[column].count)
                return rightAligned.contains(column) ? blanks + row[column] : row[column] + blanks
            }
        }
    }
}
