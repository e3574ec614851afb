/// A table in Markdown that reads well as plain text too: its columns have one width.
struct MarkdownTable {
    private let header: [String]
    private var rows: [[String]] = []
    private let textColumns: Int

    /// A table whose first `textColumns` columns are text and whose others are figures.
    init(_ header: [String], textColumns: Int = 1) {
        self.header = header
        self.textColumns = textColumns
    }

    mutating func add(_ row: [String]) { rows.append(row) }

    var text: String {
        let widths = header.indices.map { column in
            ([header] + rows).map { $0[column].count }.max() ?? 0
        }
        let rule = header.indices.map { column in
            let dashes = String(repeating: "-", count: max(3, widths[column]))
            return column < textColumns ? dashes : dashes.dropLast() + ":"
        }
        return ([header, rule] + rows).map { row in
            let cells = row.indices.map { column in
                let missing = max(3, widths[column]) - row[column].count
                let blanks = String(repeating: " ", count: max(0, missing))
                return column < textColumns ? row[column] + blanks : blanks + row[column]
            }
            return "| " + cells.joined(separator: " | ") + " |"
        }.joined(separator: "\n")
    }
}
