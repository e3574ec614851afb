/// A table of texts, its columns as wide as their widest cell.
struct TextTable {
    private let header: [String]
    private var rows: [[String]] = []
    private let rightAligned: Set<Int>

    init(_ header: [String], rightAligned: Set<Int> = []) {
        self.header = header
        self.rightAligned = rightAligned
    }

    mutating func add(_ row: [String]) { rows.append(row) }

    /// The table's lines, without blanks at their ends.
    var lines: [String] {
        let all = [header] + rows
        let widths = header.indices.map { column in
            all.map { $0.indices.contains(column) ? $0[column].count : 0 }.max() ?? 0
        }
        return all.map { row in
            var line = row.indices.map { column -> String in
                let cell = row[column]
                let blanks = String(repeating: " ", count: max(0, widths[column] - cell.count))
                return rightAligned.contains(column) ? blanks + cell : cell + blanks
            }.joined(separator: "  ")
            while line.last == " " { line.removeLast() }
            return line
        }
    }

    var text: String { lines.joined(separator: "\n") }
}
